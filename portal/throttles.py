"""How often one address may ask."""

import time

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

WINDOW = 60


def client_of(request: HttpRequest | Request) -> str:
    """The reader's address (core.proxies has already looked behind our own proxies)."""
    return str(request.META.get("REMOTE_ADDR", ""))


class Minute:
    """Counts of the running minute, in this process: a shared counter would cost each request a trip to the cache,
    and a bound against abuse need not be exact. Each web process allows the limit for itself."""

    def __init__(self) -> None:
        self.number = 0
        self.counts: dict[str, int] = {}

    def count(self, key: str) -> int:
        now = int(time.time()) // WINDOW
        if now != self.number:
            self.number, self.counts = now, {}
        self.counts[key] = seen = self.counts.get(key, 0) + 1
        return seen

    def clear(self) -> None:
        self.counts = {}


minute = Minute()


def within(scope: str, client: str, limit: int) -> bool:
    """Count this request; False when the address has used up its minute."""
    return not limit or minute.count(f"{scope}:{client}") <= limit


class MinuteThrottle(BaseThrottle):
    def allow_request(self, request: Request, view: APIView) -> bool:
        return within("api", client_of(request), settings.API_RATE_PER_MINUTE)

    def wait(self) -> float:
        return WINDOW - time.time() % WINDOW
