"""Whose address a request bears when it came through our own reverse proxies."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class ReaderAddressMiddleware:
    """REMOTE_ADDR becomes the reader's, as the outermost of TRUSTED_PROXIES proxies saw it.

    Lock-out, throttles and the audit trail count by it. Without proxies the header is a reader's own words and is
    not looked at; with them, only the last TRUSTED_PROXIES entries are ours.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if count := settings.TRUSTED_PROXIES:
            hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
            if len(hops) >= count:
                request.META["REMOTE_ADDR"] = hops[-count]
        return self.get_response(request)
