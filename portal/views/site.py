"""Pages about the site itself."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from portal.caching import kept_page
from portal.pages.data import data_page, help_page, sitemap_page
from portal.rendering import page

YEAR = 365 * 24 * 3600


@require_safe
@kept_page
def data(request: HttpRequest) -> HttpResponse:
    return page(request, "data.html", data_page(), section="data", crumbs=[("开放数据", "")])


@require_safe
@kept_page
def help_(request: HttpRequest) -> HttpResponse:
    return page(request, "help.html", help_page(timezone.localdate()), crumbs=[("公示规则与您的权利", "")])


@require_safe
@kept_page
def about(request: HttpRequest) -> HttpResponse:
    return page(request, "about.html", {}, crumbs=[("关于本站", "")])


@require_safe
@kept_page
def sitemap(request: HttpRequest) -> HttpResponse:
    return page(request, "sitemap.html", sitemap_page(), crumbs=[("网站地图", "")])


@require_safe
def elder(request: HttpRequest) -> HttpResponse:
    """大字版 on or off: a cookie, no script; back to where the reader was."""
    following = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(following, {request.get_host()}, require_https=request.is_secure()):
        following = reverse("portal:home")
    response = HttpResponseRedirect(following)
    if request.GET.get("on") == "1":
        response.set_cookie("elder", "1", max_age=YEAR, samesite="Lax", secure=request.is_secure(), httponly=True)
    else:
        response.delete_cookie("elder", samesite="Lax")
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Everything public may be indexed; exports and the staff's pages not."""
    lines = ["User-agent: *", "Disallow: /staff/", "Disallow: /display/", "Disallow: /api/", "Disallow: /own/"]
    lines += [
        f"Disallow: {reverse(view)}export" for view in ("portal:licences", "portal:penalties", "portal:integrity")
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
