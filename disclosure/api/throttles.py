"""How often one key may report."""

import time

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from records.models import ApiKey

WINDOW = 60


def within(key_id: int, limit: int) -> bool:
    """Count this call of the running minute, in the cache that all web processes share."""
    if not limit:
        return True
    counter = f"intake:{key_id}:{int(time.time()) // WINDOW}"
    try:
        return int(cache.incr(counter)) <= limit
    except ValueError:
        # The first of this minute; `add` loses no count when two arrive together.
        return bool(cache.add(counter, 1, WINDOW)) or int(cache.incr(counter)) <= limit


class KeyThrottle(BaseThrottle):
    """Calls per key and minute; a call carries up to 1,000 rows."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        key = request.auth
        return not isinstance(key, ApiKey) or within(key.pk, settings.INTAKE_RATE_PER_MINUTE)

    def wait(self) -> float:
        return WINDOW - time.time() % WINDOW
