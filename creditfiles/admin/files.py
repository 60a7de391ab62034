"""查阅信用档案: find a subject, say why, read the file, take a report."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.desk import Place, Section
from core.errors import NotAllowed
from core.pages import form_page, render
from core.text import fold_text
from creditfiles import services
from creditfiles.choices import Projection
from creditfiles.entitlement import entitlement, open_to
from creditfiles.file import Scope, identity, read
from creditfiles.forms import LookForm
from creditfiles.models import CreditReport, QueryLog
from creditfiles.permissions import issuable
from creditfiles.querysets import SEE_ALL
from records.admin.words import DISPUTED, STATUS, Badge
from records.models import Subject

PAGE, FOUND, ASKED = 20, 30, 20
BADGES = {badge.label: badge for badge in (*STATUS.values(), DISPUTED)}
looks_up = desk.roles(Role.REVIEWER, Role.AGENCY_ADMIN, Role.CREDIT_OFFICE, Role.AUDITOR)


@desk.page("files/", "files", may=looks_up)
def files(request: HttpRequest) -> HttpResponseBase:
    """Whose file: any two characters of a name, or a code. People are found only by who may know them."""
    q = request.GET.get("q", "").strip()[:100]
    rows = []
    if len(fold_text(q)) > 1:
        rows = list(Subject.objects.visible_to(actor_of(request)).matching(q).order_by("name", "pk")[:FOUND])
    mine = QueryLog.objects.filter(user=actor_of(request).user_id, at__date=timezone.localdate())[:10]
    codes = issuable(rows, actor_of(request), timezone.localdate())
    context = {"title": "查阅信用档案", "q": q, "rows": rows, "full": len(rows) == FOUND, "mine": mine, "codes": codes}
    return render(request, "admin/creditfiles/files.html", context)


@desk.page("files/<int:pk>/open/", "file_open", may=looks_up)
def file_open(request: HttpRequest, pk: int) -> HttpResponseBase:
    """登记查询, then the file."""
    actor = actor_of(request)
    subject = Subject.objects.visible_to(actor).filter(pk=pk).first()
    if subject is None:
        raise Http404
    form = LookForm(open_to(actor, timezone.localdate()), request.POST or None)

    def act() -> HttpResponseBase:
        query = services.open_file(subject, actor=actor, **form.cleaned_data)
        return redirect("admin:file", query.pk)

    intro = f"{subject.name}（{subject.get_kind_display()}）。查阅档案须写明目的、依据和文号；每次查询都会留痕。"
    return form_page(
        request, form, act, title="登记查询", submit="登记并查阅", cancel=reverse("admin:files"), intro=intro
    )


def own_look(request: HttpRequest, pk: int) -> QueryLog:
    """The look of this person today; somebody else's does not exist, yesterday's is over."""
    looks = QueryLog.objects.select_related("subject").filter(user=actor_of(request).user_id)
    query: QueryLog | None = looks.filter(pk=pk).first()
    if query is None:
        raise Http404
    if timezone.localdate(query.at) != timezone.localdate():
        raise NotAllowed("look_over", "登记的查询只在当天有效。需要再看的，请重新登记查询。")
    return query


@desk.page("files/looks/<int:pk>/", "file", may=looks_up)
@never_cache
def file(request: HttpRequest, pk: int) -> HttpResponseBase:
    query, today = own_look(request, pk), timezone.localdate()
    scope = entitlement(query.purpose, today).scope(query.subject)
    found = read(query.subject, scope, limit=PAGE, today=today, after=_place(request.GET.get("after", "")))
    last = found.entries[-1] if found.more else None
    context: dict[str, Any] = {
        "title": "信用档案",
        "query": query,
        "file": found,
        "identity": identity(found),
        "line": [(entry, *_state(entry.state)) for entry in found.entries],
        "following": f"{last.decided_on.isoformat()}.{last.record_id}" if last else "",
        "asked": _asked(scope, actor_of(request)),
        "reports": CreditReport.objects.filter(query=query),
    }
    return render(request, "admin/creditfiles/file.html", context)


def _state(state: str) -> tuple[Badge | None, str]:
    """“公示中，效力期内”: the badge, and what stands beside it."""
    label, _, beside = state.partition("，")
    badge = BADGES.get(label)
    return (badge, beside) if badge else (None, state)


def _asked(scope: Scope, actor: Actor) -> Sequence[QueryLog] | None:
    """Who asked is for the subject itself and for supervision; others are not told (None)."""
    if scope.projection != Projection.OWN and not actor.has(*SEE_ALL):
        return None
    return list(QueryLog.objects.filter(subject__in=scope.subject_ids).exclude(projection=Projection.OWN)[:ASKED])


def _place(text: str) -> tuple[date, int] | None:
    """“2026-11-02.17”; anything else is the first page."""
    day, _, key = text.partition(".")
    try:
        return (date.fromisoformat(day), int(key)) if key.isascii() and key.isdigit() else None
    except ValueError:
        return None


@desk.page("files/looks/<int:pk>/report/", "file_report", may=looks_up)
@require_POST
def file_report(request: HttpRequest, pk: int) -> HttpResponseBase:
    """出具报告: the answer is the PDF itself."""
    report = services.issue_report(own_look(request, pk), actor=actor_of(request))
    return pdf_response(report)


def pdf_response(report: CreditReport, title: str = "信用报告") -> HttpResponse:
    with report.file.open() as stored:
        response = HttpResponse(stored.read(), content_type="application/pdf")
    # No name in the filename: files are passed on, and this one is not public.
    response["Content-Disposition"] = content_disposition_header(True, f"{title}-{report.code}.pdf") or "attachment"
    response["Cache-Control"] = "no-store"
    return response


desk.add_places(Place(Section.SUBJECTS, "查阅信用档案", "files", looks_up, order=20))
