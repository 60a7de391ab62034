"""录入 and 修改: a record begins as a draft, with its instrument and, of an official, the post held on that day."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import audit
from core.actors import Actor
from core.calendar import WorkCalendar
from core.clocks import ClockStart, due, start_many
from core.errors import Invalid, NotAllowed
from core.locks import one_at_a_time
from core.rules import rule_on
from core.scans import read_scan
from integrity.choices import Duty
from integrity.kinds import assign
from integrity.models import Responsibility
from integrity.services.persons import role_of
from integrity.services.scans import put_scan
from integrity.validation import Checked, check
from records import services
from records.choices import RecordKindCode, SubjectKind
from records.deadlines import CLOCK, OBJECT
from records.kinds import kind_of
from records.models import CreditRecord, Subject, Tenure
from records.permissions import may_import_for

# Whom this room's records are about.
SUBJECTS = (SubjectKind.AGENCY, SubjectKind.OFFICIAL)


@transaction.atomic
def enter(
    kind: str,
    values: Mapping[str, Any],
    *,
    scan: bytes | None,
    subject: Subject,
    agency: Subject,
    actor: Actor,
    today: date,
    numbers_meant: bool = False,
) -> CreditRecord:
    """录入 as a draft. `values`: texts by column (integrity.columns); `scan`: the instrument as uploaded.

    Raises NotAllowed, and Invalid with every error by column; `personal_numbers` asks about numbers in free text, until
    `numbers_meant`.
    """
    if reason := may_import_for(agency.pk, actor):
        raise NotAllowed("not_allowed", reason)
    if subject.kind not in SUBJECTS:
        raise Invalid("wrong_subject", "政务失信和守信荣誉只登记政府机构和公务员。其他主体请录入双公示。")
    one_at_a_time("integrity.entry")
    checked = check(kind, values, subject, agency.pk, today=today)
    if not scan:
        checked.wrong("scan", "请上传生效文书的扫描件。没有生效文书的，不能登记。")
    checked.raise_errors()
    _ask(checked, numbers_meant)
    read = read_scan(scan or b"", field="scan")
    record = _create(kind, checked.values, subject, agency, actor)
    detail = kind_of(kind).detail_model(record=record)
    assign(record, detail, checked.values)
    put_scan(detail, read)
    record.save()
    detail.save()
    _name_self(record, subject, checked.values)
    audit.record("records.entered", record, actor=actor, changes={"状态": [None, record.get_status_display()]})
    return record


def _ask(checked: Checked, meant: bool) -> None:
    if checked.doubts and not meant:
        sentence = "文字中像是写有个人号码。请删去后重新提交；确需保留的，勾选下方的确认。"
        raise Invalid("personal_numbers", sentence, fields=checked.doubts)


def _create(kind: str, v: Mapping[str, Any], subject: Subject, agency: Subject, actor: Actor) -> CreditRecord:
    rule = rule_on(kind_of(kind).deadline_rule, v["decided_on"])
    calendar, now = WorkCalendar.load(), actor.now()
    record = CreditRecord.objects.create(
        kind=kind,
        subject=subject,
        agency=agency,
        document_number=v["document_number"],
        decided_on=v["decided_on"],
        effective_from=v["effective_from"],
        due_on=due(calendar, v["decided_on"], rule)[0],
        door=actor.door,
        entered_by_id=actor.user_id,
        created_at=now,
        updated_at=now,
    )
    start_many(CLOCK, OBJECT, [ClockStart(record.pk, agency.pk, v["decided_on"], rule)], calendar)
    return record


@transaction.atomic
def revise(
    record_id: int, values: Mapping[str, Any], *, scan: bytes | None = None, actor: Actor, numbers_meant: bool = False
) -> CreditRecord:
    """修改 a draft or returned record; without `scan` the instrument stays. Raises as `enter`, and WrongState."""
    record = services.edit(record_id, values, actor=actor)
    kind, subject = kind_of(record.kind), Subject.objects.get(pk=record.subject_id)
    detail: Any = kind.detail_model._default_manager.get(pk=record.pk)
    now, today = kind.raw_values(record, detail), timezone.localdate(actor.now())
    checked = check(record.kind, now, subject, record.agency_id, today=today, besides=record.pk)
    _ask(checked, numbers_meant)
    if scan:
        before = detail.scan_digest
        put_scan(detail, read_scan(scan, field="scan"))
        detail.save()
        changes = {"扫描件摘要": [before, detail.scan_digest]}
        audit.record("integrity.instrument_replaced", record, actor=actor, changes=changes)
    if record.kind == RecordKindCode.DISHONESTY:
        _still_right(record, subject, checked.values)
    return record


def _still_right(record: CreditRecord, subject: Subject, v: Mapping[str, Any]) -> None:
    """The persons named were responsible in the days that the act has now."""
    _name_self(record, subject, v)
    last = v["acted_to"] or v["acted_from"]
    if Responsibility.objects.filter(dishonesty=record.pk).exclude(on__range=(v["acted_from"], last)).exists():
        problem = "已登记的责任人不是这些日子的任职。请先在“责任人”中改正，再修改行为日期。"
        raise Invalid("persons_of_other_days", problem, fields={"acted_from": [problem]})


def _name_self(record: CreditRecord, subject: Subject, v: Mapping[str, Any]) -> None:
    """An official's own record says which post was held on the day of the act."""
    held: Tenure | None = v.get("responsible")
    if subject.kind != SubjectKind.OFFICIAL or held is None:
        return
    known = Responsibility.objects.filter(dishonesty=record.pk, official=held.official_id).first()
    if known and v["acted_from"] <= known.on <= (v["acted_to"] or v["acted_from"]):
        return
    Responsibility.objects.update_or_create(
        dishonesty_id=record.pk,
        official_id=held.official_id,
        defaults={
            "tenure": held, "on": v["acted_from"], "role": role_of(held),
            "kind": known.kind if known else Duty.DIRECT,
        },
    )  # fmt: skip
