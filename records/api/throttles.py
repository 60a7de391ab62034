"""How often one key may report."""

import logging
import time

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from records.models import ApiKey

logger = logging.getLogger(__name__)
WINDOW = 60


def within(key_id: int, limit: int) -> bool:
    """Count this call of the running minute, in the cache that all web processes share."""
    if not limit:
        return True
    try:
        return _counted(f"intake:{key_id}:{int(time.time()) // WINDOW}") <= limit
    except RedisError:
        # A bound against abuse is no reason to refuse reports while the cache is away.
        logger.warning("the cache cannot be reached: calls of departments' systems are not counted")
        return True


def _counted(counter: str) -> int:
    try:
        return int(cache.incr(counter))
    except ValueError:
        # The first of this minute; `add` loses no count when two arrive together.
        return 1 if cache.add(counter, 1, WINDOW) else int(cache.incr(counter))


class KeyThrottle(BaseThrottle):
    """Calls per key and minute; a call carries up to 1,000 rows."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        key = request.auth
        return not isinstance(key, ApiKey) or within(key.pk, settings.INTAKE_RATE_PER_MINUTE)

    def wait(self) -> float:
        return WINDOW - time.time() % WINDOW
