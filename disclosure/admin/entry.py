"""录入 of one decision, 修改 of a draft or returned record, 申请更正 of a published one: one form, one validator."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from core import clocks, desk
from core.actors import Actor
from core.admin import actor_of
from core.calendar import WorkCalendar
from core.desk import Place, Section
from core.errors import Invalid, NotFound, WrongState
from core.models import Clock
from core.pages import add_refusal, render
from core.rules import rule_on
from core.values import ValueProblem, parse_date
from disclosure import standard
from disclosure.admin.paper import Paper
from disclosure.forms import CorrectionForm, RecordForm
from records import services
from records.admin import sheets
from records.admin.record import reads_records, record_for, visible_record
from records.admin.sheets import Sheet
from records.choices import RecordKindCode, RecordStatus, SubjectKind
from records.kinds import kind_of
from records.models import CreditRecord, EntryDraft, Subject

enters = desk.roles(Role.CLERK)
proposes = desk.roles(Role.CLERK, Role.REVIEWER, Role.CREDIT_OFFICE)
LEAD = "带“必填”的栏目按国家标准必须填写。没有填完的可以先保存草稿；提交审核时检查全部内容。"
PUBLIC_LEAD = "复核同意后立即公示更正后的内容，更正前后和原因向社会公开。"
HELD_LEAD = "该记录没有公示；复核同意后，授权查询和主体本人看到更正后的内容，按新内容应当公示的立即公示。"
KINDS = (RecordKindCode.LICENCE, RecordKindCode.PENALTY)

for _kind in KINDS:
    sheets.register(
        Sheet(_kind, standard.columns(_kind), "admin:entry_draft", "admin:entry_edit", "admin:entry_correct")
    )


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
    _known_kind(kind)
    return _work(request, Paper(kind, _agency(request), actor_of(request)))


@desk.page("entry/<slug:kind>/<int:pk>/", "entry_draft", may=enters)
def entry_draft(request: HttpRequest, kind: str, pk: int) -> HttpResponseBase:
    """Go on with a draft, one's own or a colleague's."""
    _known_kind(kind)
    actor = actor_of(request)
    drafts = EntryDraft.objects.visible_to(actor).select_related("agency", "saved_by")
    draft = drafts.filter(pk=pk, kind=kind, record=None).first()
    if draft is None:
        return _gone(request, kind)
    return _work(request, Paper(kind, draft.agency, actor, draft))


@desk.page("records/<int:pk>/edit/", "entry_edit", may=reads_records)
def entry_edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """修改 a draft or a returned record."""
    actor = actor_of(request)
    # What was typed is not thrown away because the record has moved on: the service refuses, and the page keeps it.
    record = visible_record(pk, actor) if request.method == "POST" else record_for(pk, "submit", actor)
    return _work(request, Paper(record.kind, record.agency, actor, services.draft_of(pk, actor=actor), record))


def _known_kind(kind: str) -> None:
    if kind not in KINDS:
        raise Http404


def _work(request: HttpRequest, paper: Paper) -> HttpResponseBase:
    """Open the paper, keep it, or send it to review."""
    if request.method != "POST":
        form = paper.form()
        if paper.draft:
            paper.tell(form)
        return _paper_page(request, paper, form)
    form, seen = paper.form(request.POST), request.POST.get("version", "")
    version = int(seen) if seen.isdecimal() and len(seen) < 10 else 0
    try:
        return (_send if request.POST.get("do") == "send" else _keep)(request, paper, form, version)
    except NotFound:
        return _gone(request, paper.kind)
    except WrongState as refusal:
        return _overtaken(request, paper, refusal)


def _keep(request: HttpRequest, paper: Paper, form: RecordForm, version: int) -> HttpResponseBase:
    paper.draft = paper.keep(form, version)
    messages.success(request, "草稿已保存，本单位的经办人都可以继续填写。")
    return redirect(paper.address)


def _send(request: HttpRequest, paper: Paper, form: RecordForm, version: int) -> HttpResponseBase:
    asked = False
    if form.is_valid():
        # Whoever was overtaken is told so by the service, before being asked about doubts.
        current = version == paper.version and not paper.moved_on
        asked = current and not paper.confirmed(form)
        if not asked:
            try:
                return _entered(request, paper.send(form, version))
            except Invalid as refusal:
                add_refusal(form, refusal)
    return _paper_page(request, paper, form, status=400 if form.errors else 200, asked=asked, unsaved=True)


def _entered(request: HttpRequest, record: CreditRecord) -> HttpResponseBase:
    due = f"公示期限为{record.due_on.year}年{record.due_on.month}月{record.due_on.day}日。"
    messages.success(request, "已提交审核，由另一位工作人员审核后公示。" + due)
    return redirect("admin:record", record.pk)


def _overtaken(request: HttpRequest, paper: Paper, refusal: WrongState) -> HttpResponseBase:
    """Somebody saved, submitted or deleted it meanwhile: nothing of theirs is overwritten, nothing of ours is lost."""
    if paper.record:
        paper.record = visible_record(paper.record.pk, paper.actor)
        paper.draft = services.draft_of(paper.record.pk, actor=paper.actor)
    elif paper.draft:
        paper.draft = EntryDraft.objects.visible_to(paper.actor).get(pk=paper.draft.pk)
    form = paper.form(request.POST)
    paper.compare(form)
    paper.tell(form)
    context = {"refusal": refusal, "moved_on": paper.moved_on, "unsaved": True}
    return _paper_page(request, paper, form, status=refusal.status, **context)


def _gone(request: HttpRequest, kind: str) -> HttpResponseBase:
    """No such draft for this reader: submitted, deleted, or another agency's. What was sent may become a new one."""
    if request.method != "POST":
        raise Http404
    paper = Paper(kind, _agency(request), actor_of(request))
    form = paper.form(request.POST)
    paper.tell(form)
    return _paper_page(request, paper, form, status=404, gone=True, unsaved=True)


def _paper_page(
    request: HttpRequest, paper: Paper, form: RecordForm, *, status: int = 200, **context: Any
) -> HttpResponseBase:
    label, record = kind_of(paper.kind).label, paper.record
    context |= {"paper": paper, "form": form, "pointers": form.pointers(), "agency": paper.agency}
    context |= _deadline(form["decided_on"].value() or "", paper.kind)
    if record:
        cancel = reverse("admin:record", args=[record.pk])
        context |= {"title": f"修改{label}", "lead": str(record), "crumbs": [(record.title, cancel), ("修改", "")]}
    else:
        cancel = reverse("admin:entry_drafts" if paper.draft else "admin:entries")
        context |= {"title": f"录入{label}", "lead": f"为{paper.agency.name}录入。{LEAD}"}
        # A draft stays with the agency it was begun for.
        context["agencies"] = [] if paper.draft else _agencies(paper.actor)
    context |= {"record": record, "cancel": cancel, "send": "提交审核", "keep": "保存草稿"}
    return render(request, "admin/disclosure/entry.html", context, status=status)


@desk.page("records/<int:pk>/correct/", "entry_correct", may=reads_records)
def entry_correct(request: HttpRequest, pk: int) -> HttpResponseBase:
    """申请更正 of a record that was decided."""
    record, actor = record_for(pk, "correct", actor_of(request)), actor_of(request)
    paper = Paper(record.kind, record.agency, actor, record=record)
    form = CorrectionForm(record.kind, request.POST or None, known=paper.known())
    asked = False
    if request.method == "POST" and form.is_valid():
        asked = not paper.confirmed(form)
        if not asked:
            try:
                return _proposed(request, pk, form)
            except Invalid as refusal:
                add_refusal(form, refusal)
    cancel = reverse("admin:record", args=[pk])
    context = {
        "title": "申请更正", "record": record, "form": form, "asked": asked, "cancel": cancel, "send": "提出申请",
        "crumbs": [(record.title, cancel), ("申请更正", "")], "reasoned": True, "unsaved": form.is_bound,
        "lead": "改动有误的栏目，其他栏目保持不变。"
        + (HELD_LEAD if record.status == RecordStatus.APPROVED else PUBLIC_LEAD),
        "pointers": form.pointers(), **_deadline(form["decided_on"].value() or "", record.kind),
    }  # fmt: skip
    return render(request, "admin/disclosure/entry.html", context, status=400 if form.errors else 200)


def _proposed(request: HttpRequest, pk: int, form: CorrectionForm) -> HttpResponseBase:
    reason, basis = form.cleaned_data["reason"], form.cleaned_data["basis"]
    change = services.propose_correction(pk, form.values(), actor=actor_of(request), reason=reason, basis=basis)
    messages.success(request, "更正申请已提出，由另一位工作人员复核后生效。")
    return redirect("admin:change", change.pk)


@desk.page("entry/<slug:kind>/deadline/", "entry_deadline", may=proposes)
def entry_deadline(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Part of the form: the deadline that a decision day gives, while it is typed."""
    _known_kind(kind)
    return render(request, "admin/disclosure/deadline.html", _deadline(request.GET.get("decided_on", ""), kind))


def _deadline(text: str, kind: str) -> dict[str, Any]:
    """The clock of a decision made on that day, or why there is none."""
    today = timezone.localdate()
    try:
        day = parse_date(text)
        rule = rule_on(kind_of(kind).deadline_rule, day) if day else None
    except (ValueProblem, NotFound) as problem:
        return {"deadline": None, "no_deadline": problem.message}
    if day is None or rule is None:
        return {"deadline": None, "no_deadline": "填写决定日期后，这里显示公示期限。"}
    if day > today:
        return {"deadline": None, "no_deadline": "决定日期晚于今天，请核对。"}
    calendar = WorkCalendar.load()
    due_on, provisional = clocks.due(calendar, day, rule)
    working = rule.value.get("working", True)
    clock = Clock(started_on=day, days=rule.value["days"], working_days=working, rule=rule, due_on=due_on)
    clock.provisional = provisional
    return {"deadline": clocks.explain(clock, today=today, calendar=calendar)}


desk.add_places(
    Place(Section.ENTRY, "录入行政许可", "entry_new", enters, order=10, args=("licence",)),
    Place(Section.ENTRY, "录入行政处罚", "entry_new", enters, order=20, args=("penalty",)),
)
