"""变更申请: a correction or withdrawal proposed by one person, decided by another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.errors import Invalid, WrongState
from core.lifecycle import first_reason
from core.pages import add_refusal, form_page, render
from records import services
from records.admin.bulk import chosen_ids
from records.admin.forms import ChangeFilter, DisputeForm, OpinionForm, WithdrawalForm, in_year
from records.admin.lists import by_whom, capped, list_filter
from records.admin.record import reads_records, record_for, visible_record
from records.admin.sheets import sheet_of
from records.admin.words import CHANGE as BADGES
from records.choices import ChangeKind, ChangeStatus, RecordStatus
from records.kinds import kind_of
from records.lifecycle import CHANGE
from records.models import ChangeRequest, CreditRecord, ImportBatch
from records.projection import tombstone

PAGE = 50
# Of a batch, which may have a hundred thousand.
SHOWN = 20
decides = desk.roles(Role.REVIEWER, Role.CREDIT_OFFICE)
proposes = desk.roles(Role.CLERK, Role.REVIEWER, Role.CREDIT_OFFICE)
TABS = (("proposed", "待复核"), ("accepted", "已同意"), ("refused", "已退回"))


@dataclass(frozen=True, slots=True)
class Row:
    """A change in a list; `own`: proposed by the reader, who therefore cannot decide it."""

    change: ChangeRequest
    badge: Any
    own: bool


@desk.page("changes/", "changes", may=reads_records)
def changes(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    tab = request.GET.get("tab") if request.GET.get("tab") in dict(TABS) else "proposed"
    form = list_filter(request.GET, actor, ChangeFilter)
    rows = filtered(ChangeRequest.objects.visible_to(actor).filter(status=tab), form.chosen(), actor).order_by("-pk")
    total, after = capped(rows), request.GET.get("after", "")
    if after.isdecimal():
        rows = rows.filter(pk__lt=int(after[:18]))
    found = list(rows.select_related("record__subject", "record__agency", "proposed_by", "decided_by")[: PAGE + 1])
    context = {
        "title": "变更申请",
        "tabs": TABS,
        "tab": tab,
        "form": form,
        "chosen": form.chosen(),
        "total": total,
        "select": decides(actor) and tab == "proposed",
        "rows": [Row(c, BADGES[ChangeStatus(c.status)], c.proposed_by_id == actor.user_id) for c in found[:PAGE]],
        "following": found[PAGE - 1].pk if len(found) > PAGE else "",
    }
    return render(request, "admin/records/changes.html", context)


def filtered(rows: Any, chosen: Mapping[str, Any], actor: Actor) -> Any:
    """By what is known of the record, what is asked and who asks."""
    if text := chosen.get("q"):
        rows = rows.filter(record__in=CreditRecord.objects.visible_to(actor).found_by(text))
    plain = {"kind": "record__kind", "agency": "record__agency", "act": "kind"}
    rows = rows.filter(**{path: chosen[name] for name, path in plain.items() if name in chosen})
    rows = rows.filter(in_year("record__decided_on", chosen.get("year", "")))
    return by_whom(rows, "proposed_by", chosen.get("who", ""), actor)


@desk.page("changes/selected/", "changes_selected", may=decides)
@require_POST
def changes_selected(request: HttpRequest) -> HttpResponseBase:
    """同意 or 退回 several; without `confirmed` only what will happen."""
    actor, ids = actor_of(request), chosen_ids(request)
    found = ChangeRequest.objects.visible_to(actor).filter(pk__in=ids, status=ChangeStatus.PROPOSED)
    rows = [c for c in found.select_related("record__subject") if c.proposed_by_id != actor.user_id]
    if not rows:
        raise Invalid("nothing_to_decide", "所选申请已由他人处理，或都是您本人提出的，没有需要您复核的。")
    keys = [c.pk for c in rows]

    def decide(refuse: bool, opinion: str) -> int:
        if refuse:
            return services.refuse_changes(keys, actor=actor, opinion=opinion)
        return services.accept_changes(keys, actor=actor, opinion=opinion)

    withdrawals = sum(c.kind == ChangeKind.WITHDRAW for c in rows)
    context = {"title": "复核所选变更", "rows": rows, "ids": keys, "total": len(rows)}
    context |= {"withdrawals": withdrawals, "corrections": len(rows) - withdrawals, "left_out": len(ids) - len(rows)}
    return _plan_page(request, decide, context)


@desk.page("changes/batches/<int:pk>/", "changes_batch", may=decides)
def changes_batch(request: HttpRequest, pk: int) -> HttpResponseBase:
    """同意 or 退回 every withdrawal that waits of one import batch."""
    actor = actor_of(request)
    batch = ImportBatch.objects.visible_to(actor).filter(pk=pk).first()
    if batch is None:
        raise Http404
    waiting = ChangeRequest.objects.visible_to(actor).withdrawals_of(pk)
    total, own = waiting.count(), waiting.filter(proposed_by=actor.user_id).exists()

    def decide(refuse: bool, opinion: str) -> int:
        if refuse:
            return services.refuse_batch_withdrawal(pk, actor=actor, opinion=opinion)
        return services.accept_batch_withdrawal(pk, actor=actor, opinion=opinion)

    rows = list(waiting.order_by("pk").select_related("record__subject")[:SHOWN])
    context = {"title": f"整批复核撤下：{batch.filename}", "batch": batch, "rows": rows, "total": total, "own": own}
    return _plan_page(request, decide, {**context, "withdrawals": total})


def _plan_page(request: HttpRequest, decide: Callable[[bool, str], int], context: dict[str, Any]) -> HttpResponseBase:
    """What will happen; then, `confirmed`, it happens to all of them or to none."""
    chosen = request.POST.get("confirmed", "")
    form = OpinionForm(request.POST if chosen else None)
    if chosen and form.is_valid():
        try:
            count = decide(chosen == "refuse", form.cleaned_data["opinion"])
        except Invalid as refusal:
            add_refusal(form, refusal)
        else:
            done = (
                f"已退回{count}项变更申请，记录保持不变。" if chosen == "refuse" else f"已同意{count}项变更，立即生效。"
            )
            messages.success(request, done)
            return redirect("admin:changes")
    status = 400 if form.errors else 200
    return render(request, "admin/records/changes_plan.html", {**context, "form": form}, status=status)


def _visible(pk: int, actor: Actor) -> ChangeRequest:
    found = ChangeRequest.objects.visible_to(actor).select_related(
        "record__subject", "record__agency", "proposed_by", "decided_by"
    )
    change: ChangeRequest | None = found.filter(pk=pk).first()
    if change is None:
        raise Http404
    return change


@desk.page("changes/<int:pk>/", "change", may=reads_records)
def change_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Old and new side by side, and the decision."""
    actor = actor_of(request)
    change, form = _visible(pk, actor), OpinionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _decide(request, pk, form.cleaned_data["opinion"])
        except Invalid as refusal:
            add_refusal(form, refusal)
    status = 400 if form.errors else 200
    return render(request, "admin/records/change.html", change_context(change, actor, form), status=status)


def change_context(change: ChangeRequest, actor: Actor, form: OpinionForm) -> dict[str, Any]:
    record = change.record
    public_row = getattr(record, "public_row", None)
    public = public_row.revision.public if public_row else {}
    opened = {f["name"] for f in public.get("fields", ())}
    refusal = first_reason(CHANGE.transition("accept").may, change, actor)
    proposed = change.status == ChangeStatus.PROPOSED
    ending = change.kind == ChangeKind.WITHDRAW and proposed
    grave = tombstone(record, act="withdrawn", reason=change.reason, basis=change.basis, on=timezone.localdate())
    return {
        "title": f"{change.get_kind_display()}申请",
        "change": change,
        "record": record,
        "form": form,
        "badge": BADGES[ChangeStatus(change.status)],
        "labels": sheet_of(record.kind).labels,
        "kind_label": kind_of(record.kind).label,
        "unseen": [n for n in change.changes if n not in opened],
        "may": proposed and not refusal,
        "stale": proposed and record.version != change.base_version,
        "why_not": refusal if proposed and decides(actor) else None,
        "grave": grave if ending and public_row else None,
        "public": public_row is not None,
    }


def _decide(request: HttpRequest, pk: int, opinion: str) -> HttpResponseBase:
    if request.POST.get("decision") == "refuse":
        services.refuse_change(pk, actor=actor_of(request), opinion=opinion)
        messages.success(request, "已退回申请，记录保持不变。")
    else:
        services.accept_change(pk, actor=actor_of(request), opinion=opinion)
        messages.success(request, "已同意，变更立即生效；已公示的同时通知上级平台。")
    return redirect("admin:change", pk)


@desk.page("records/<int:pk>/withdraw/", "record_withdraw", may=reads_records)
def record_withdraw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """申请撤下 a record that was decided."""
    record, form = record_for(pk, "withdraw", actor_of(request)), WithdrawalForm(request.POST or None)

    def act() -> HttpResponseBase:
        change = services.propose_withdrawal(pk, actor=actor_of(request), **form.cleaned_data)
        messages.success(request, "撤下申请已提出，由另一位工作人员复核后生效。")
        return redirect("admin:change", change.pk)

    cancel = reverse("admin:record", args=[pk])
    intro = "复核同意后，该记录立即停止公示，撤下原因和依据列入更正公告，并要求上级平台同步撤回。"
    if record.status == RecordStatus.APPROVED:
        intro = "该记录没有公示。复核同意后，授权查询不再显示，主体本人的档案中注明已撤下。"
    return form_page(
        request,
        form,
        act,
        title="申请撤下",
        submit="提出申请",
        cancel=cancel,
        intro=intro,
        crumbs=[(record.title, cancel), ("申请撤下", "")],
    )


@desk.page(
    "batches/<int:pk>/withdraw/", "batch_withdraw", may=desk.roles(Role.CLERK, Role.REVIEWER, Role.CREDIT_OFFICE)
)
def batch_withdraw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """申请撤下 everything that was decided of one import batch."""
    batch = ImportBatch.objects.visible_to(actor_of(request)).filter(pk=pk).first()
    if batch is None:
        raise Http404
    form = WithdrawalForm(request.POST or None)

    def act() -> HttpResponseBase:
        count = services.withdraw_batch(pk, actor=actor_of(request), **form.cleaned_data)
        messages.success(
            request, f"已对该批次中已审核的{count}条记录提出撤下申请，由另一位工作人员整批或逐条复核后生效。"
        )
        return redirect("admin:changes")

    decided = batch.records.filter(status__in=["published", "approved"]).count()
    intro = f"该批次中公示和未公示的{decided}条已审核记录将逐条提出撤下申请，复核人可以整批同意或退回。"
    cancel = reverse("admin:published") + f"?batch={pk}"
    return form_page(request, form, act, title="整批申请撤下", submit="提出申请", cancel=cancel, intro=intro)


@desk.page("records/<int:pk>/dispute/", "record_dispute", may=desk.roles(Role.CREDIT_OFFICE))
def record_dispute(request: HttpRequest, pk: int) -> HttpResponseBase:
    """异议受理, or 异议办结 when one is open."""
    record, form = visible_record(pk, actor_of(request)), DisputeForm(request.POST or None)
    if not services.disputable(record):
        raise WrongState("wrong_state", "只有公示中或认定生效的记录可以受理、办结异议。请刷新后查看。")
    opening, public = not record.disputed, record.status == RecordStatus.PUBLISHED

    def act() -> HttpResponseBase:
        service = services.mark_disputed if opening else services.close_dispute
        service(pk, actor=actor_of(request), **form.cleaned_data)
        messages.success(request, "已标注“异议处理中”。" if opening else "异议已办结，标注已取消。")
        return redirect("admin:record", pk)

    title = "受理异议" if opening else "办结异议"
    intro = (
        f"该记录{'继续公示' if public else '仍供授权查询'}，并标注“异议处理中”，提示核查期间谨慎使用。"
        if opening
        else "核查后内容无误、维持公示的，在此办结。需要更正或撤下的，请另行申请，不在此办结。"
    )
    cancel = reverse("admin:record", args=[pk])
    return form_page(
        request,
        form,
        act,
        title=title,
        submit=title,
        cancel=cancel,
        intro=intro,
        crumbs=[(record.title, cancel), (title, "")],
    )
