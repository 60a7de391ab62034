"""The pages people read: home, search, lists, a record, a subject, statistics."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.caching import kept_page
from portal.errors import error_page
from portal.filters import Asked
from portal.pages import disclosure
from portal.pages import home as home_page
from portal.pages import integrity as integrity_pages
from portal.pages import measures as measure_pages
from portal.pages import record as record_pages
from portal.pages import statistics as statistics_pages
from portal.pages.search import search_page
from portal.pages.subject import public_subject, subject_page
from portal.rendering import page
from portal.throttles import client_of, within
from records.choices import RecordKindCode


@require_safe
@kept_page
def home(request: HttpRequest) -> HttpResponse:
    return page(request, "home.html", home_page.home_page(timezone.localdate(), settings.DISTRICT["code"]))


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    if not within("search", client_of(request), settings.SEARCH_RATE_PER_MINUTE):
        return error_page(request, 429)
    context = {"page": search_page(Asked.of(request.GET), path=request.path)}
    return page(request, "search.html", context, section="search", crumbs=[("信用查询", "")])


def _disclosure(request: HttpRequest, kind: str) -> HttpResponse:
    asked = Asked.of(request.GET, kind=kind)
    context = {"page": disclosure.list_page(asked, path=request.path, today=timezone.localdate())}
    crumbs = [("双公示", reverse("portal:licences")), (context["page"]["title"], "")]
    return page(request, "list.html", context, section="disclosure", crumbs=crumbs)


@require_safe
@kept_page
def licences(request: HttpRequest) -> HttpResponse:
    return _disclosure(request, RecordKindCode.LICENCE)


@require_safe
@kept_page
def penalties(request: HttpRequest) -> HttpResponse:
    return _disclosure(request, RecordKindCode.PENALTY)


@require_safe
@kept_page
def integrity(request: HttpRequest) -> HttpResponse:
    """政务诚信: what is public about government bodies."""
    asked = integrity_pages.asked_of(request.GET)
    context = {"page": integrity_pages.integrity_page(asked, path=request.path, today=timezone.localdate())}
    return page(request, "integrity.html", context, section="integrity", crumbs=[("政务诚信", "")])


@require_safe
def measures(request: HttpRequest) -> HttpResponse:
    """惩戒措施清单 in force. Not kept: the stamp of kept pages is the ledger's, and lists change without it."""
    crumbs = [("政务诚信", reverse("portal:integrity")), ("惩戒措施清单", "")]
    context = {"page": measure_pages.measures_page(timezone.localdate())}
    return page(request, "measures.html", context, section="integrity", crumbs=crumbs)


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """通报批评 in force."""
    crumbs = [("政务诚信", reverse("portal:integrity")), ("惩戒措施清单", reverse("portal:measures")), ("通报批评", "")]
    context = {"page": measure_pages.notices_page(timezone.localdate())}
    return page(request, "notices.html", context, section="integrity", crumbs=crumbs)


@require_safe
def record(request: HttpRequest, record_id: int) -> HttpResponse:
    """A record that is public; 410 with the reason when it no longer is, 404 when it never was."""
    revisions = record_pages.revisions_of(record_id)
    if record_pages.is_ended(revisions):
        context = record_pages.gone_page(revisions)
        return page(request, "gone.html", context, section="disclosure", crumbs=[("已停止公示", "")], status=410)
    context = record_pages.record_page(revisions, today=timezone.localdate())
    title, place, section = disclosure.list_of(context["r"]["kind"])
    crumbs = [(title, reverse(place)), (context["r"]["document_number"] or "详情", "")]
    return page(request, "record.html", context, section=section, crumbs=crumbs)


@require_safe
def subject(request: HttpRequest, subject_id: int) -> HttpResponse:
    known = public_subject(subject_id)
    found = known.body
    if found.merged_into_id:
        return HttpResponsePermanentRedirect(reverse("portal:subject", args=[found.merged_into_id]))
    asked = Asked.of({k: request.GET[k] for k in ("kind", "after") if k in request.GET})
    context = subject_page(known, asked, side=request.GET.get("side", ""), path=request.path)
    crumbs = [("信用查询", reverse("portal:search")), (found.name, "")]
    return page(request, "subject.html", context, section="search", crumbs=crumbs)


@require_safe
@kept_page
def statistics(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    period = statistics_pages.Period.of(request.GET, today)
    context = statistics_pages.statistics_page(period, path=request.path, today=today)
    return page(request, "statistics.html", context, section="statistics", crumbs=[("数据与统计", "")])
