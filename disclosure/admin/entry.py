"""录入 of one decision, 修改 of a draft or returned record, 申请更正 of a published one: one form, one validator."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date

from accounts.choices import Role
from core import clocks, desk
from core.actors import Actor
from core.admin import actor_of
from core.calendar import WorkCalendar
from core.desk import Place, Section
from core.errors import Invalid, NotFound
from core.models import Clock
from core.pages import add_refusal, render
from core.rules import rule_on
from disclosure import standard
from disclosure.entry import enter
from disclosure.forms import CorrectionForm, RecordForm
from disclosure.validation import Ground, Validator
from records import services
from records.admin import sheets
from records.admin.record import reads_records, record_for
from records.admin.sheets import Sheet
from records.choices import RecordKindCode, SubjectKind
from records.kinds import kind_of
from records.models import CreditRecord, Subject

enters = desk.roles(Role.CLERK)
proposes = desk.roles(Role.CLERK, Role.REVIEWER, Role.CREDIT_OFFICE)
KINDS = (RecordKindCode.LICENCE, RecordKindCode.PENALTY)

for _kind in KINDS:
    sheets.register(Sheet(_kind, standard.columns(_kind), "admin:entry_edit", "admin:entry_correct"))


def _agencies(actor: Actor) -> Sequence[Subject]:
    return list(Subject.objects.filter(kind=SubjectKind.AGENCY, pk__in=actor.unit_ids).order_by("name"))


def _agency(request: HttpRequest) -> Subject:
    """The agency this entry is for: the only one, or the chosen one."""
    mine = _agencies(actor_of(request))
    if not mine:
        raise Invalid("no_agency", "您的账号还没有所属单位，不能录入。请联系本单位的部门管理员增加成员。")
    chosen = request.POST.get("agency") or request.GET.get("agency")
    return next((a for a in mine if str(a.pk) == chosen), mine[0])


@desk.page("entry/<slug:kind>/", "entry_new", may=enters)
def entry_new(request: HttpRequest, kind: str) -> HttpResponseBase:
    """录入行政许可 or 行政处罚."""
    if kind not in KINDS:
        raise Http404
    agency, actor = _agency(request), actor_of(request)
    form = RecordForm(kind, request.POST or None, initial=_own_unit(agency))

    def act(send: bool) -> HttpResponseBase:
        record = enter(kind, form.values(), actor=actor, agency=agency, today=timezone.localdate(), submit=send)
        return _entered(request, record, send)

    label = RecordKindCode(kind).label
    lead = f"为{agency.name}录入。带“必填”的栏目按国家标准必须填写；保存时检查全部内容，有问题的栏目会逐一说明。"
    return _form_page(
        request, form, agency, act, title=f"录入{label}", lead=lead, agencies=_agencies(actor), agency=agency,
        cancel=reverse("admin:entries"), send="提交审核", keep="保存草稿",
    )  # fmt: skip


def _own_unit(agency: Subject) -> dict[str, str]:
    names = {"authority": agency.name, "source_unit": agency.name}
    return names | {"authority_code": agency.code or "", "source_unit_code": agency.code or ""}


def _entered(request: HttpRequest, record: CreditRecord, sent: bool) -> HttpResponseBase:
    due = f"公示期限为{record.due_on.year}年{record.due_on.month}月{record.due_on.day}日。"
    done = "已提交审核，由另一位工作人员审核后公示。" if sent else "草稿已保存，核对后请提交审核。"
    messages.success(request, done + due)
    return redirect("admin:record", record.pk)


@desk.page("records/<int:pk>/edit/", "entry_edit", may=reads_records)
def entry_edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """修改 a draft or a returned record."""
    record, actor = record_for(pk, "submit", actor_of(request)), actor_of(request)
    form = RecordForm(record.kind, request.POST or None, known=_known(record))

    def act(send: bool) -> HttpResponseBase:
        changed = services.edit(pk, form.values(), actor=actor)
        if send:
            services.submit(pk, actor=actor)
        return _entered(request, changed, send)

    cancel = reverse("admin:record", args=[pk])
    return _form_page(
        request, form, record.agency, act, title=f"修改{kind_of(record.kind).label}", lead=str(record), record=record,
        cancel=cancel, send="保存并提交审核", keep="只保存", crumbs=[(record.title, cancel), ("修改", "")],
    )  # fmt: skip


@desk.page("records/<int:pk>/correct/", "entry_correct", may=reads_records)
def entry_correct(request: HttpRequest, pk: int) -> HttpResponseBase:
    """申请更正 of a published record."""
    record, actor = record_for(pk, "correct", actor_of(request)), actor_of(request)
    form = CorrectionForm(record.kind, request.POST or None, known=_known(record))

    def act(send: bool) -> HttpResponseBase:
        reason, basis = form.cleaned_data["reason"], form.cleaned_data["basis"]
        change = services.propose_correction(pk, form.values(), actor=actor, reason=reason, basis=basis)
        messages.success(request, "更正申请已提出，由另一位工作人员复核后生效。")
        return redirect("admin:change", change.pk)

    cancel = reverse("admin:record", args=[pk])
    lead = "改动有误的栏目，其他栏目保持不变。复核同意后立即公示更正后的内容，更正前后和原因向社会公开。"
    return _form_page(
        request, form, record.agency, act, title="申请更正", lead=lead, record=record, cancel=cancel, send="提出申请",
        crumbs=[(record.title, cancel), ("申请更正", "")],
    )  # fmt: skip


def _known(record: CreditRecord) -> dict[str, str]:
    kind = kind_of(record.kind)
    return kind.raw_values(record, kind.detail_model._default_manager.get(pk=record.pk))


def _form_page(
    request: HttpRequest,
    form: RecordForm,
    owner: Subject,
    act: Callable[[bool], HttpResponseBase],
    **context: Any,
) -> HttpResponseBase:
    """Show the form; when it was sent, warn once, then call the service; errors and warnings beside their fields."""
    asked = False
    if request.method == "POST" and form.is_valid():
        asked = _warn(form, owner)
        if not asked:
            try:
                return act(request.POST.get("do") == "send")
            except Invalid as refusal:
                add_refusal(form, refusal)
    context |= {"form": form, "asked": asked, "deadline": _deadline(form["decided_on"].value() or "", form.kind)}
    context["reasoned"] = isinstance(form, CorrectionForm)
    return render(request, "admin/disclosure/entry.html", context, status=400 if form.errors else 200)


def _warn(form: RecordForm, owner: Subject) -> bool:
    """Put the validator's doubts beside the fields; True while the clerk has not confirmed exactly these."""
    ground = Ground.load(owner, today=timezone.localdate())
    given = {name: value for name, value in form.values().items() if value}
    outcome = Validator(form.kind, ground).check(given)
    for problem in outcome.warnings:
        form.warnings.setdefault(problem["field"], []).append(problem["message"])
    said = hashlib.sha256(repr(outcome.warnings).encode()).hexdigest() if outcome.warnings else ""
    confirmed = form.cleaned_data["acknowledged"] == said
    data: Any = form.data
    form.data = data.copy()
    form.data["acknowledged"] = said  # type: ignore[index]
    return bool(said) and not confirmed and not outcome.errors


@desk.page("entry/<slug:kind>/deadline/", "entry_deadline", may=proposes)
def entry_deadline(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Part of the form: the deadline that a decision day gives, while it is typed."""
    if kind not in KINDS:
        raise Http404
    deadline = _deadline(request.GET.get("decided_on", ""), kind)
    return render(request, "admin/disclosure/deadline.html", {"deadline": deadline})


def _deadline(text: str, kind: str) -> clocks.Explanation | None:
    """The clock of a decision made on that day; None when it is not a day or no rule held."""
    try:
        day = parse_date(text)
        rule = rule_on(kind_of(kind).deadline_rule, day) if day else None
    except (ValueError, NotFound):
        return None
    if day is None or rule is None or not 1990 <= day.year <= 2100:
        return None
    calendar = WorkCalendar.load()
    due_on, provisional = clocks.due(calendar, day, rule)
    working = rule.value.get("working", True)
    clock = Clock(started_on=day, days=rule.value["days"], working_days=working, rule=rule, due_on=due_on)
    clock.provisional = provisional
    return clocks.explain(clock, today=timezone.localdate(), calendar=calendar)


desk.add_places(
    Place(Section.ENTRY, "录入行政许可", "entry_new", enters, order=10, args=("licence",)),
    Place(Section.ENTRY, "录入行政处罚", "entry_new", enters, order=20, args=("penalty",)),
)
