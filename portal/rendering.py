"""One way to answer with a page."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.utils.cache import patch_vary_headers

from portal.caching import as_of
from portal.environment import is_entrance

Crumbs = Sequence[tuple[str, str]]


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    section: str = "",
    crumbs: Crumbs = (),
    status: int = 200,
) -> HttpResponse:
    """Render a public page: what every page's head and foot need, and the context."""
    here = request.get_full_path()
    shell = {
        "elder": request.COOKIES.get("elder") == "1",
        "here": here,
        "entrance": here if is_entrance(here) else "",
        "section": section,
        "crumbs": crumbs,
        "data_as_of": as_of(),
    }
    body = engines["portal"].get_template(template).render({**shell, **context})
    response = HttpResponse(body, status=status)
    patch_vary_headers(response, ["Cookie"])
    return response
