"""A subject's own file, open in this browser: the server's session knows the code and the look by their keys, nothing
of the person. It ends when nobody asked for a page for some minutes, at midnight, on 退出, and with the code."""

import time

from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone

from creditfiles import own
from creditfiles.own import Opened

KEY = "own"


def enter(request: HttpRequest, opened: Opened) -> None:
    """From now on this browser reads the file. A new key: whoever planted the old one is out."""
    request.session.cycle_key()
    rotate_token(request)
    request.session[KEY] = {"access": opened.access.pk, "query": opened.query.pk}
    _stay(request, opened)


def _stay(request: HttpRequest, opened: Opened) -> None:
    kept = request.session[KEY]
    request.session[KEY] = {**kept, "until": time.time() + own.terms_of(opened.access.rule).minutes * 60}


def current(request: HttpRequest) -> Opened | None:
    """The file that is open in this browser; None when none is, or no longer."""
    kept = request.session.get(KEY)
    if kept is None:
        return None
    found = None
    if time.time() < kept["until"]:
        request_id = getattr(request, "request_id", "")
        found = own.opened(kept["access"], kept["query"], day=timezone.localdate(), request_id=request_id)
    if found is None:
        leave(request)
    else:
        _stay(request, found)
    return found


def leave(request: HttpRequest) -> None:
    """退出. A member of the staff who is signed in beside it stays signed in."""
    request.session.pop(KEY, None)
    if not list(request.session.keys()):
        request.session.flush()
