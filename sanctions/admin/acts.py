"""One sanction and the acts on it; each page calls one service."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.errors import Invalid, NotAllowed
from core.lifecycle import first_reason
from core.models import AuditEvent
from core.pages import ReasonForm, add_refusal, form_page, render
from records.admin.record import reads_records, visible_record
from sanctions import services
from sanctions.admin.desk import carries_out, decides
from sanctions.admin.words import sanction_badge
from sanctions.choices import SanctionStatus
from sanctions.forms import DecisionForm, ExecutionForm, ProposalForm
from sanctions.lifecycle import SANCTION
from sanctions.models import Sanction
from sanctions.permissions import decides_sanctions, executes, may_propose
from sanctions.policy import period

proposes = desk.roles(Role.CREDIT_OFFICE, Role.CLERK)
PARTS = (
    "measure__edition", "cause__agency", "subject", "executor", "tenure__official", "proposed_by", "decided_by",
    "executed_by", "stopped_by",
)  # fmt: skip


def _visible(pk: int, actor: Actor) -> Sanction:
    rows = Sanction.objects.visible_to(actor).select_related(*PARTS)
    found: Sanction | None = rows.prefetch_related("cause__earlier_clerks").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@desk.page("records/<int:pk>/sanctions/new/", "sanction_new", may=proposes)
def sanction_new(request: HttpRequest, pk: int) -> HttpResponseBase:
    """提出惩戒 because of one record."""
    actor, today = actor_of(request), timezone.localdate()
    cause = visible_record(pk, actor)
    if why_not := may_propose(cause, actor):
        raise NotAllowed("not_allowed", why_not)
    form = ProposalForm(cause, services.heads(cause), request.POST or None, today=today)

    def act() -> HttpResponseBase:
        made = services.propose(pk, form.proposal(), actor=actor, today=today)
        messages.success(request, "惩戒已提出，由信用办的另一位工作人员批准后执行。")
        return redirect("admin:sanction", made.pk)

    back = reverse("admin:record", args=[pk])
    return form_page(
        request, form, act, title="提出惩戒", submit="提出", cancel=back,
        intro=f"因{cause}，对{cause.subject.name}。只列出现行清单中适用于该类主体的措施，清单之外不得采取。",
        crumbs=[(cause.title, back), ("提出惩戒", "")],
    )  # fmt: skip


@desk.page("sanctions/<int:pk>/", "sanction", may=reads_records)
def sanction_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One sanction: what, why, by whom, until when; and the decision of a second person."""
    actor, form = actor_of(request), DecisionForm(request.POST or None)
    found = _visible(pk, actor)
    if request.method == "POST" and form.is_valid():
        try:
            return _decide(request, pk, form.cleaned_data["opinion"])
        except Invalid as refusal:
            add_refusal(form, refusal)
    context = _context(found, actor, form)
    return render(request, "admin/sanctions/sanction.html", context, status=400 if form.errors else 200)


def _decide(request: HttpRequest, pk: int, opinion: str) -> HttpResponseBase:
    actor = actor_of(request)
    if request.POST.get("decision") == "decline":
        services.decline(pk, actor=actor, opinion=opinion)
        messages.success(request, "已决定不予采取。")
    else:
        services.impose(pk, actor=actor, opinion=opinion, today=timezone.localdate())
        messages.success(request, "已批准，执行单位会在“待执行的惩戒”中看到。")
    return redirect("admin:sanction", pk)


def _context(s: Sanction, actor: Actor, form: DecisionForm) -> dict[str, Any]:
    names = {t.name for t in SANCTION.available(s, actor)}
    waiting = s.status == SanctionStatus.PROPOSED
    mine = executes(s, actor) is None
    may_read_cause = actor.has(Role.CREDIT_OFFICE, Role.AUDITOR) or s.cause.agency_id in actor.unit_ids
    return {
        "title": str(s), "sanction": s, "badge": sanction_badge(s), "period": period(s.starts_on, s.ends_on),
        "form": form, "may_decide": "impose" in names, "may_lift": "lift" in names,
        "why_not": first_reason(SANCTION.transition("impose").may, s, actor)
        if waiting and decides_sanctions(s, actor) is None else None,
        "may_execute": mine and s.status == SanctionStatus.ACTIVE and s.executed_on is None,
        "may_stop": mine and s.status == SanctionStatus.LIFTED and s.stopped_on is None,
        "may_read_cause": may_read_cause, "labels": {},
        "events": AuditEvent.objects.filter(object_type=Sanction._meta.label_lower, object_id=s.pk)[:50],
    }  # fmt: skip


@desk.page("sanctions/<int:pk>/execute/", "sanction_execute", may=carries_out)
def sanction_execute(request: HttpRequest, pk: int) -> HttpResponseBase:
    """登记执行情况."""
    actor = actor_of(request)
    found = _visible(pk, actor)
    form = ExecutionForm(request.POST or None, request.FILES or None)

    def act() -> HttpResponseBase:
        data = {**form.cleaned_data}
        file = data.pop("scan")
        scan = file.read() if file else None
        services.record_execution(pk, **data, scan=scan, actor=actor, today=timezone.localdate())
        messages.success(request, "执行情况已登记。")
        return redirect("admin:sanction", pk)

    back = reverse("admin:sanction", args=[pk])
    return form_page(
        request, form, act, title="登记执行情况", submit="登记", cancel=back,
        intro=f"{found}，{period(found.starts_on, found.ends_on)}", crumbs=[(str(found), back), ("登记执行情况", "")],
    )  # fmt: skip


@desk.page("sanctions/<int:pk>/lift/", "sanction_lift", may=decides)
def sanction_lift(request: HttpRequest, pk: int) -> HttpResponseBase:
    """决定解除."""
    actor, form = actor_of(request), ReasonForm(request.POST or None)
    found = _visible(pk, actor)
    SANCTION.check(found, "lift", actor=actor)

    def act() -> HttpResponseBase:
        services.lift(pk, actor=actor, reason=form.cleaned_data["reason"], today=timezone.localdate())
        messages.success(request, "已解除，执行单位会在“已解除、待停止执行”中看到。")
        return redirect("admin:sanction", pk)

    return form_page(
        request, form, act, title="解除惩戒", submit="解除", cancel=reverse("admin:sanction", args=[pk]),
        intro=f"{found}。解除后不能恢复，需要时另行提出。",
    )  # fmt: skip


@desk.page("sanctions/<int:pk>/stop/", "sanction_stop", may=carries_out)
@require_POST
def sanction_stop(request: HttpRequest, pk: int) -> HttpResponseBase:
    """确认停止执行."""
    services.confirm_stopped(pk, actor=actor_of(request), today=timezone.localdate())
    messages.success(request, "已确认停止执行。")
    return redirect("admin:sanction", pk)


@desk.page("sanctions/<int:pk>/evidence/", "sanction_evidence", may=reads_records)
@require_safe
def sanction_evidence(request: HttpRequest, pk: int) -> HttpResponseBase:
    """执行凭证, as an attachment; opening is on record."""
    opened = services.open_evidence(pk, actor=actor_of(request))
    response = HttpResponse(opened.content, content_type=opened.media_type)
    response["Content-Disposition"] = content_disposition_header(True, opened.filename)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
