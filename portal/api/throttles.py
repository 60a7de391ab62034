"""How often one address may ask: a counter per minute, one step in the cache for each request."""

import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

WINDOW = 60


def client_of(request: HttpRequest | Request) -> str:
    """The reader's address; behind proxies the last entry that our own proxies vouch for."""
    if proxies := settings.TRUSTED_PROXIES:
        forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(forwarded) >= proxies and forwarded[-proxies]:
            return forwarded[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))


def within(scope: str, client: str, limit: int) -> bool:
    """Count this request; False when the address has used up its minute."""
    if not limit:
        return True
    key = f"rate:{scope}:{client}:{int(time.time()) // WINDOW}"
    try:
        return int(cache.incr(key)) <= limit
    except ValueError:
        # The first of this minute; `add` loses no count when two arrive together.
        return bool(cache.add(key, 1, WINDOW)) or int(cache.incr(key)) <= limit


class MinuteThrottle(BaseThrottle):
    def allow_request(self, request: Request, view: APIView) -> bool:
        return within("api", client_of(request), settings.API_RATE_PER_MINUTE)

    def wait(self) -> float:
        return WINDOW - time.time() % WINDOW
