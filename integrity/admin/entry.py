"""录入: whom it is about, then the instrument and the facts; 修改 of a draft, 申请更正 of what is public."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.desk import Place, Section
from core.errors import Invalid
from core.pages import form_page, render
from core.text import fold_text
from integrity import services
from integrity.columns import COLUMNS
from integrity.forms import EntryForm, SearchForm
from integrity.services.persons import by_number
from records import services as ledger
from records.admin import sheets
from records.admin.record import reads_records, record_for
from records.admin.sheets import Sheet
from records.choices import RecordStatus, SubjectKind
from records.kinds import kind_of
from records.models import CreditRecord, OfficialProfile, Subject

enters = desk.roles(Role.CLERK)
TEMPLATE = "admin/integrity/entry.html"
FOUND = 20
# Officials that this person identified by number, in the session: nobody else's become known by trying keys.
KNOWN = "integrity.identified"

for _kind, _columns in COLUMNS.items():
    sheets.register(Sheet(_kind, _columns, "", "admin:integrity_edit", "admin:integrity_correct"))


def _known(kind: str) -> str:
    if kind not in COLUMNS:
        raise Http404
    return str(kind_of(kind).label)


def _agency(actor: Actor) -> Subject:
    agency: Subject | None = Subject.objects.agencies().filter(pk__in=actor.unit_ids).order_by("name").first()
    if agency is None:
        raise Invalid("no_agency", "您的账号还没有所属单位，不能录入。请联系本单位的部门管理员增加成员。")
    return agency


@desk.page("integrity/new/<slug:kind>/", "integrity_new", may=enters)
def integrity_new(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Whom it is about: an agency or an official."""
    label, form, found = _known(kind), SearchForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        found = _found(request, form.cleaned_data["q"])
        if not found:
            form.add_error("q", "没有找到。请核对单位名称；公务员须已登记档案，其他单位的须填写完整证件号码。")
    context = {
        "title": f"录入{label}", "form": form, "found": found, "kind": kind,
        "lead": "先选择记录所针对的政府机构或公务员。同名不等于同一人，公务员以证件号码为准。",
    }  # fmt: skip
    return render(request, "admin/integrity/choose.html", context, status=400 if form.errors else 200)


def _found(request: HttpRequest, words: str) -> list[tuple[Subject, str]]:
    """Subjects with what tells them apart."""
    actor, today = actor_of(request), timezone.localdate()
    if person := by_number(words):
        request.session[KNOWN] = [*request.session.get(KNOWN, []), person.pk][-50:]
        return [(person, "公务员，按证件号码找到")]
    if len(fold_text(words)) < 2:
        return []
    agencies = Subject.objects.agencies().standing().matching(words).order_by("name")[:FOUND]
    profiles = OfficialProfile.objects.visible_to(actor).filter(subject__terms__has=words)
    people = profiles.select_related("subject").prefetch_related("subject__tenures__agency")[:FOUND]
    found = [(agency, agency.code or "") for agency in agencies]
    for profile in people:
        held = [f"{t.agency.name}{t.post}" for t in profile.subject.tenures.all() if t.held_on(today)]
        found.append((profile.subject, "、".join(held) or profile.get_state_display()))
    return found


def _subject(request: HttpRequest, pk: int) -> Subject:
    """An agency, or an official whom this clerk may know of."""
    subject: Subject | None = (
        Subject.objects.standing().filter(pk=pk, kind__in=(SubjectKind.AGENCY, SubjectKind.OFFICIAL)).first()
    )
    if subject is None:
        raise Http404
    known = OfficialProfile.objects.visible_to(actor_of(request)).filter(pk=pk)
    if subject.kind == SubjectKind.OFFICIAL and pk not in request.session.get(KNOWN, []) and not known.exists():
        raise Http404
    return subject


@desk.page("integrity/new/<slug:kind>/<int:pk>/", "integrity_entry", may=enters)
def integrity_entry(request: HttpRequest, kind: str, pk: int) -> HttpResponseBase:
    """录入 about one subject: it is kept as a draft, then persons are named, then it goes to review."""
    label, actor = _known(kind), actor_of(request)
    subject, agency = _subject(request, pk), _agency(actor)
    form = EntryForm(kind, request.POST or None, request.FILES or None, subject_kind=subject.kind)

    def act() -> HttpResponseBase:
        record = services.enter(
            kind, form.values(), scan=form.upload(), subject=subject, agency=agency, actor=actor,
            today=timezone.localdate(), numbers_meant=form.cleaned_data["numbers_meant"],
        )  # fmt: skip
        messages.success(request, "已保存为草稿。请核对内容和责任人，再提交审核。")
        return redirect("admin:record", record.pk)

    new = reverse("admin:integrity_new", args=[kind])
    return form_page(
        request, form, _asking(form, act), title=f"录入{label}", submit="保存", cancel=new, template=TEMPLATE,
        intro=f"关于{subject.name}，由{agency.name}录入。带“必填”的栏目必须填写。",
        crumbs=[(f"录入{label}", new), (subject.name, "")],
    )  # fmt: skip


def _asking(form: EntryForm, act: Any) -> Any:
    """Numbers in free text are asked about: the box to confirm stands in the form only then."""

    def asked() -> HttpResponseBase:
        try:
            return act()  # type: ignore[no-any-return]
        except Invalid as refusal:
            form.asked = refusal.code == "personal_numbers"
            raise

    return asked


def _texts(record: CreditRecord) -> dict[str, str]:
    kind = kind_of(record.kind)
    return kind.raw_values(record, kind.detail_model._default_manager.get(pk=record.pk))


@desk.page("records/<int:pk>/integrity/edit/", "integrity_edit", may=reads_records)
def integrity_edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """修改 a draft or a returned record."""
    actor = actor_of(request)
    record = _of_this_room(record_for(pk, "submit", actor))
    form = EntryForm(
        record.kind, request.POST or None, request.FILES or None, subject_kind=record.subject.kind, known=_texts(record)
    )

    def act() -> HttpResponseBase:
        services.revise(
            pk, form.values(), scan=form.upload(), actor=actor, numbers_meant=form.cleaned_data["numbers_meant"]
        )
        messages.success(request, "已保存。核对后请提交审核。")
        return redirect("admin:record", pk)

    back = reverse("admin:record", args=[pk])
    return form_page(
        request, form, _asking(form, act), title=f"修改{kind_of(record.kind).label}", submit="保存", cancel=back,
        template=TEMPLATE, intro=str(record), crumbs=[(record.title, back), ("修改", "")],
    )  # fmt: skip


@desk.page("records/<int:pk>/integrity/correct/", "integrity_correct", may=reads_records)
def integrity_correct(request: HttpRequest, pk: int) -> HttpResponseBase:
    """申请更正 of a record that was decided."""
    actor = actor_of(request)
    record = _of_this_room(record_for(pk, "correct", actor))
    form = EntryForm(
        record.kind, request.POST or None, subject_kind=record.subject.kind, known=_texts(record), reasoned=True
    )

    def act() -> HttpResponseBase:
        reason, basis = form.cleaned_data["reason"], form.cleaned_data["basis"]
        change = ledger.propose_correction(pk, form.values(), actor=actor, reason=reason, basis=basis)
        messages.success(request, "更正申请已提出，由另一位工作人员复核后生效。")
        return redirect("admin:change", change.pk)

    back = reverse("admin:record", args=[pk])
    said = "向社会公开" if record.status == RecordStatus.PUBLISHED else "不公开，因为该记录没有公示"
    return form_page(
        request, form, act, title="申请更正", submit="提出申请", cancel=back, template=TEMPLATE,
        intro=f"改动有误的栏目，其他栏目保持不变，由信用办复核。更正前后和原因{said}。",
        crumbs=[(record.title, back), ("申请更正", "")],
    )  # fmt: skip


def _of_this_room(record: CreditRecord) -> CreditRecord:
    if record.kind not in COLUMNS:
        raise Http404
    return record


desk.add_places(
    Place(Section.ENTRY, "录入政务失信", "integrity_new", enters, order=22, args=("dishonesty",)),
    Place(Section.ENTRY, "录入守信荣誉", "integrity_new", enters, order=24, args=("honour",)),
)
