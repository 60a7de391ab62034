"""The ledger of corrections and the two Atom feeds."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portal import feeds
from portal.caching import kept_page
from portal.filters import Asked
from portal.pages.corrections import corrections_page
from portal.rendering import page


@require_safe
@kept_page
def corrections(request: HttpRequest) -> HttpResponse:
    context = {"page": corrections_page(request.GET, path=request.path)}
    return page(request, "corrections.html", context, section="corrections", crumbs=[("更正公告", "")])


@require_safe
@kept_page
def feed(request: HttpRequest) -> HttpResponse:
    """Atom: newest public records, of one kind when asked."""
    asked = Asked.of({k: request.GET[k] for k in ("kind",) if k in request.GET})
    return HttpResponse(feeds.newest(asked), content_type=feeds.ATOM)


@require_safe
@kept_page
def corrections_feed(request: HttpRequest) -> HttpResponse:
    """Atom: corrections, withdrawals, repairs."""
    return HttpResponse(feeds.corrections(), content_type=feeds.ATOM)
