"""Whole pages for anonymous readers, kept in this process and dropped with the next revision.

A page is good as long as no revision was written since (the stamp) and the day is the same. The stamp is read from
the database at most once in STAMP_SECONDS and process; a page is therefore at most that much older than the ledger.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.db.models import Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from records.models import Revision

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

MAX_PAGES = 256
MAX_BYTES = 200_000
MAX_AGE = 300.0
Mark = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Stamp:
    """How far the ledger is: the newest revision, the newest sealed one, and the latest time.

    Keys are drawn before commit, so a slow transaction may add a revision below the newest; it shows in `sealed`.
    """

    revision: int = 0
    sealed: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    stamp: Mark
    born: float
    body: bytes
    content_type: str
    etag: str


RECENT = 100
_lock = threading.Lock()
_pages: OrderedDict[str, Kept] = OrderedDict()
_stamp: tuple[float, Stamp] = (-1e9, Stamp())


def stamp() -> Stamp:
    """The newest revision, and how far the data reach, remembered for settings.STAMP_SECONDS.

    Whoever began earlier may commit later: the latest time is looked for among the last few.
    """
    global _stamp
    now = time.monotonic()
    read_at, known = _stamp
    if 0 <= now - read_at < settings.STAMP_SECONDS:
        return known
    sealed = Revision.objects.filter(seq__isnull=False).order_by("-seq").values("seq")[:1]
    newest = list(Revision.objects.order_by("-id").values_list("id", Coalesce(Subquery(sealed), 0), "at")[:RECENT])
    known = Stamp(newest[0][0], newest[0][1], max(at for _, _, at in newest)) if newest else Stamp()
    _stamp = (now, known)
    return known


def forget() -> None:
    """Read the stamp anew at the next request: this process has just written a revision."""
    global _stamp
    _stamp = (-1e9, Stamp())


def kept_page(view: View[P]) -> View[P]:
    """Keeps the answer of a GET view per address and display mode."""

    @wraps(view)
    def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not settings.KEEP_PAGES or request.method not in ("GET", "HEAD"):
            return view(request, *args, **kwargs)
        key = f"{request.COOKIES.get('elder') == '1'}{request.get_host()}{request.get_full_path()}"
        ledger = stamp()
        now = (ledger.revision, ledger.sealed, timezone.localdate().isoformat())
        kept = _pages.get(key)
        if kept is None or kept.stamp != now or time.monotonic() - kept.born > MAX_AGE:
            response = view(request, *args, **kwargs)
            if response.status_code != 200 or response.streaming or response.cookies:
                return response
            kept = _keep(key, now, response)
        return _respond(request, kept)

    return cast("View[P]", answer)


def _keep(key: str, now: Mark, response: HttpResponse) -> Kept:
    body = response.content
    etag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    kept = Kept(now, time.monotonic(), body, response["Content-Type"], etag)
    if len(body) <= MAX_BYTES:
        with _lock:
            _pages[key] = kept
            _pages.move_to_end(key)
            while len(_pages) > MAX_PAGES:
                _pages.popitem(last=False)
    return kept


def _respond(request: HttpRequest, kept: Kept) -> HttpResponse:
    response: HttpResponse
    if kept.etag in request.headers.get("If-None-Match", ""):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(kept.body, content_type=kept.content_type)
    response["ETag"] = kept.etag
    response["Cache-Control"] = "public, no-cache"
    patch_vary_headers(response, ["Cookie"])
    return response


def clear() -> None:
    """Drop every kept page (tests, and after rules were edited)."""
    forget()
    with _lock:
        _pages.clear()


def as_of() -> datetime | None:
    return stamp().at
