"""One record as staff see it in every state: data as entered beside what the public sees, acts, history."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from core import clocks, desk
from core.actors import Actor
from core.admin import actor_of
from core.lifecycle import first_reason
from core.models import AuditEvent, Clock
from core.pages import render
from records.admin.forms import ReturnForm
from records.admin.review import Tally, attention, heading, next_waiting
from records.admin.sheets import lines, personal_numbers, sheet_of
from records.admin.words import record_badge
from records.choices import RecordStatus
from records.deadlines import CLOCK, OBJECT
from records.kinds import kind_of
from records.lifecycle import HELD, RECORD, by_change
from records.models import CreditRecord, EntryDraft
from records.preview import preview
from records.services import disputable, draft_of

WAITING = (
    RecordStatus.DRAFT, RecordStatus.SUBMITTED, RecordStatus.RETURNED, RecordStatus.FINDING, RecordStatus.NOTIFIED,
)  # fmt: skip
READERS = (Role.CLERK, Role.REVIEWER, Role.AGENCY_ADMIN, Role.CREDIT_OFFICE, Role.AUDITOR)
reads_records = desk.roles(*READERS)


@dataclass(frozen=True, slots=True)
class RecordSection:
    """What an upper room adds to the record's page: a heading, a template and its context for this record."""

    title: str
    template: str
    context: Callable[[CreditRecord, Actor], dict[str, Any]]
    kinds: frozenset[str] = frozenset()  # empty: every kind


_sections: list[RecordSection] = []


def add_section(section: RecordSection) -> None:
    _sections.append(section)


@dataclass(frozen=True, slots=True)
class Button:
    """An act on the record. `post` sends at once; otherwise the address asks first."""

    label: str
    url: str
    tone: str = ""
    post: bool = False
    act: str = ""


def visible_record(pk: int, actor: Actor) -> CreditRecord:
    """The record, or 404 when this actor may not know that it exists."""
    found = CreditRecord.objects.visible_to(actor).select_related("subject", "agency", "entered_by", "approved_by")
    found = found.select_related("batch", "publication_rule").prefetch_related("earlier_clerks__user")
    record: CreditRecord | None = found.filter(pk=pk).first()
    if record is None:
        raise Http404
    return record


def record_for(pk: int, transition: str, actor: Actor) -> CreditRecord:
    """The record for an act on it: 404, 409 or 403 with the reason before anything is asked.

    "correct" and "withdraw" are asked of records that are not public, too.
    """
    record = visible_record(pk, actor)
    RECORD.check(record, by_change(record, transition) if transition in HELD else transition, actor=actor)
    return record


@desk.page("records/<int:pk>/", "record", may=reads_records)
def record_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    actor = actor_of(request)
    return render(request, "admin/records/record.html", record_context(visible_record(pk, actor), actor))


def record_context(record: CreditRecord, actor: Actor) -> dict[str, Any]:
    """Everything the page says; shared by the review page's refusals."""
    today = timezone.localdate()
    draft = draft_of(record.pk, actor=actor)
    detail = kind_of(record.kind).detail_model._default_manager.get(pk=record.pk)
    public_row = getattr(record, "public_row", None) if record.status == RecordStatus.PUBLISHED else None
    waiting = record.status in WAITING
    future = preview(record, detail, today=today) if waiting else None
    public = future.public if future else public_row.revision.public if public_row else None
    clock = Clock.objects.filter(kind=CLOCK, object_type=OBJECT, object_id=record.pk).select_related("rule").first()
    explained = clocks.explain(clock, today=today) if clock else None
    groups, head = lines(record, detail, public), heading(record, public)
    tally = Tally.of(groups)
    submitted = record.status == RecordStatus.SUBMITTED
    edited = edited_since_return(record) if submitted else {}
    acts = buttons(record, actor, draft)
    decides = any(b.act == "approve" for b in acts)
    return {
        "title": record.title,
        "record": record,
        "badge": record_badge(record.status, record.disputed, record.visibility),
        "kind_label": kind_of(record.kind).label,
        "waiting": waiting,
        "preview": future,
        "public": public,
        "groups": [("公示页抬头", head), *groups] if head else groups,
        "tally": tally,
        "clock": explained,
        "draft": draft,
        "buttons": acts,
        "attention": attention(record, explained, tally, edited, today) if submitted else [],
        "form": ReturnForm() if decides else None,
        "next": next_waiting(record, actor) if decides else None,
        "why_not": why_not(record, actor),
        "labels": sheet_of(record.kind).labels,
        "edited": edited,
        "has_numbers": bool(personal_numbers(record, detail)),
        "change": record.change_requests.filter(status="proposed").first(),
        "revisions": record.revisions.order_by("-version"),
        "events": AuditEvent.objects.filter(object_type=OBJECT, object_id=record.pk)[:100],
        "sections": [
            {"title": s.title, "template": s.template, "context": s.context(record, actor)}
            for s in _sections
            if not s.kinds or record.kind in s.kinds
        ],
        "seen": record.updated_at.isoformat(),
    }


def buttons(record: CreditRecord, actor: Actor, draft: EntryDraft | None = None) -> list[Button]:
    """Read off the lifecycle: what this actor could do now. Changes that wait (`draft`) come first."""
    names = {t.name for t in RECORD.available(record, actor)}
    sheet = sheet_of(record.kind)
    if draft is not None:
        edit = reverse(sheet.edit_url, args=[record.pk])
        drop = reverse("admin:entry_draft_drop", args=[draft.pk])
        discard = reverse("admin:record_discard", args=[record.pk])
        return [Button("继续修改", edit), Button("删除修改草稿", drop, "quiet"), Button("作废", discard, "alert")]
    known: tuple[tuple[str, Button], ...] = (
        ("approve", Button("审核通过", reverse("admin:record_approve", args=[record.pk]), post=True, act="approve")),
        ("endorse", Button("审核同意", reverse("admin:record_approve", args=[record.pk]), post=True, act="approve")),
        ("return", Button("退回", reverse("admin:record_return", args=[record.pk]), "alert", act="return")),
        ("submit", Button("提交审核", reverse("admin:record_submit", args=[record.pk]), post=True)),
        ("submit", Button("修改", reverse(sheet.edit_url, args=[record.pk]), "quiet")),
        ("discard", Button("作废", reverse("admin:record_discard", args=[record.pk]), "alert")),
        ("correct", Button("申请更正", reverse(sheet.correct_url, args=[record.pk]), "quiet")),
        ("withdraw", Button("申请撤下", reverse("admin:record_withdraw", args=[record.pk]), "alert")),
        ("amend", Button("申请更正", reverse(sheet.correct_url, args=[record.pk]), "quiet")),
        ("void", Button("申请撤下", reverse("admin:record_withdraw", args=[record.pk]), "alert")),
    )
    if disputable(record) and actor.has(Role.CREDIT_OFFICE):
        label, names = "办结异议" if record.disputed else "受理异议", names | {"dispute"}
        known += (("dispute", Button(label, reverse("admin:record_dispute", args=[record.pk]), "quiet")),)
    decided = record.status in (RecordStatus.PUBLISHED, RecordStatus.APPROVED)
    open_change = decided and record.change_requests.filter(status="proposed").exists()
    held_back = ("correct", "withdraw", "amend", "void", "dispute") if open_change else ()
    return [b for name, b in known if name in names and name not in held_back]


def why_not(record: CreditRecord, actor: Actor) -> str | None:
    """Why somebody who reviews cannot review this one."""
    if record.status != RecordStatus.SUBMITTED or not actor.has(Role.REVIEWER, Role.CREDIT_OFFICE):
        return None
    return first_reason(RECORD.transition("approve").may, record, actor)


def edited_since_return(record: CreditRecord) -> dict[str, list[Any]]:
    """{column: [as returned, as resubmitted]} from the trail; empty when it was never returned."""
    events = AuditEvent.objects.filter(object_type=OBJECT, object_id=record.pk)
    returned = events.filter(action="records.returned").order_by("-id").first()
    if returned is None:
        return {}
    edits = events.filter(action="records.edited", id__gt=returned.pk).order_by("id")
    return _merged(event.changes for event in edits)


def _merged(steps: Iterable[dict[str, list[Any]]]) -> dict[str, list[Any]]:
    """Several edits as one: first old value, last new value; what came back to itself is left out."""
    merged: dict[str, list[Any]] = {}
    for changes in steps:
        for name, (before, after) in changes.items():
            merged[name] = [merged[name][0] if name in merged else before, after]
    return {name: pair for name, pair in merged.items() if pair[0] != pair[1]}
