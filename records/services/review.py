"""Draft → submitted → approved | returned: the two pairs of eyes. Set-based; one record is a set of one."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import audit, clocks
from core.actors import Actor
from core.bulk import update_rows
from core.errors import Invalid, NotFound, WrongState
from core.locks import locked_many
from records.choices import RecordStatus
from records.clerks import take_over
from records.deadlines import CLOCK, OBJECT, restart
from records.kinds import kind_of
from records.lifecycle import RECORD
from records.models.ledger import CreditRecord
from records.policy import PublicationPolicy
from records.services.drafts import drop_edits, refuse_unfinished
from records.services.publication import CHUNK, publish_approved


def chunks(ids: Iterable[int]) -> Iterable[list[int]]:
    """Keys in order, each once, so many at a time as one round of statements takes."""
    ordered = sorted(set(ids))
    return (ordered[i : i + CHUNK] for i in range(0, len(ordered), CHUNK))


def lock_visible(ids: list[int], actor: Actor) -> list[CreditRecord]:
    """Lock the records this actor may see; NotFound when one of them is not among these."""
    records = locked_many(CreditRecord.objects.visible_to(actor).prefetch_related("earlier_clerks"), ids)
    if len(records) != len(set(ids)):
        raise NotFound("not_found", "所选记录中有的不存在，或不属于您的单位，请刷新列表后重试。")
    return records


def _entries(records: Iterable[CreditRecord], reason: str = "") -> list[audit.Entry]:
    return [audit.Entry(r.pk, str(r), None, reason) for r in records]


@transaction.atomic
def submit_many(ids: Iterable[int], *, actor: Actor, today: date | None = None) -> int:
    """提交审核. The first submission is the day of reporting (报送日) that timeliness is judged by."""
    day, count = today or timezone.localdate(), 0
    for chunk in chunks(ids):
        records = lock_visible(chunk, actor)
        refuse_unfinished(chunk)
        for record in records:
            RECORD.check(record, "submit", actor=actor)
            RECORD.move(record, "submit")
            record.submitted_on = record.submitted_on or day
        take_over(records, actor)
        now = actor.now()
        update_rows(
            CreditRecord,
            ["status", "submitted_on", "entered_by", "return_reason", "updated_at"],
            [(r.pk, r.status, r.submitted_on, r.entered_by_id, "", now) for r in records],
        )
        audit.record_many("records.submitted", OBJECT, _entries(records), actor=actor)
        count += len(records)
    return count


def submit(record_id: int, *, actor: Actor, today: date | None = None) -> None:
    """提交审核 one record. Raises NotFound, NotAllowed, WrongState."""
    submit_many([record_id], actor=actor, today=today)


@transaction.atomic
def approve_many(ids: Iterable[int], *, actor: Actor, today: date | None = None) -> int:
    """审核通过, and publication at once where the policy says so; kinds that are found go on to the credit office.

    All or nothing.
    Raises NotFound, NotAllowed (own entry, other agency), WrongState (somebody was faster).
    """
    day, count, policy = today or timezone.localdate(), 0, PublicationPolicy()
    for chunk in chunks(ids):
        records = lock_visible(chunk, actor)
        by_way: dict[str, list[CreditRecord]] = {"approve": [], "endorse": []}
        for record in records:
            way = "endorse" if kind_of(record.kind).found else "approve"
            RECORD.check(record, way, actor=actor)
            RECORD.move(record, way)
            record.approved_by_id = actor.user_id
            by_way[way].append(record)
        if approved := by_way["approve"]:
            audit.record_many("records.approved", OBJECT, _entries(approved), actor=actor)
            publish_approved(approved, policy, actor=actor, today=day)
        if endorsed := by_way["endorse"]:
            _save_endorsed(endorsed, actor)
        count += len(records)
    return count


def _save_endorsed(records: list[CreditRecord], actor: Actor) -> None:
    now = actor.now()
    rows = [(r.pk, r.status, r.approved_by_id, now) for r in records]
    update_rows(CreditRecord, ["status", "approved_by", "updated_at"], rows)
    # They were reported in time or not; how long the finding takes is no matter of this clock.
    for day in {r.submitted_on for r in records if r.submitted_on}:
        clocks.finish(CLOCK, OBJECT, [r.pk for r in records if r.submitted_on == day], on=day)
    audit.record_many("records.endorsed", OBJECT, _entries(records), actor=actor)


def approve(record_id: int, *, actor: Actor, today: date | None = None) -> CreditRecord:
    """审核通过 one record; returns it as it stands afterwards (published, or held by the policy)."""
    approve_many([record_id], actor=actor, today=today)
    return CreditRecord.objects.get(pk=record_id)


@transaction.atomic
def return_many(ids: Iterable[int], *, actor: Actor, reason: str) -> int:
    """退回 with a reason that the clerk will read."""
    reason = _needed(reason, "退回理由")
    count = 0
    for chunk in chunks(ids):
        records = lock_visible(chunk, actor)
        for record in records:
            RECORD.check(record, "return", actor=actor)
            RECORD.move(record, "return")
        now = actor.now()
        update_rows(
            CreditRecord, ["status", "return_reason", "updated_at"], [(r.pk, r.status, reason, now) for r in records]
        )
        audit.record_many("records.returned", OBJECT, _entries(records, reason), actor=actor)
        count += len(records)
    return count


def return_(record_id: int, *, actor: Actor, reason: str) -> None:
    return_many([record_id], actor=actor, reason=reason)


@transaction.atomic
def discard(record_id: int, *, actor: Actor, reason: str) -> None:
    """作废 a draft or returned record: it keeps its row and its trail, and frees its document number."""
    reason = _needed(reason, "作废理由")
    (record,) = lock_visible([record_id], actor)
    RECORD.check(record, "discard", actor=actor)
    RECORD.move(record, "discard")
    drop_edits([record.pk], actor=actor)
    update_rows(CreditRecord, ["status", "updated_at"], [(record.pk, record.status, actor.now())])
    audit.record_many("records.discarded", OBJECT, _entries([record], reason), actor=actor)


@transaction.atomic
def edit(record_id: int, values: Mapping[str, Any], *, actor: Actor) -> CreditRecord:
    """Change a draft or returned record. `values` are form values by column name; Invalid names every error."""
    (record,) = lock_visible([record_id], actor)
    if record.status not in (RecordStatus.DRAFT, RecordStatus.RETURNED):
        raise WrongState(
            "wrong_state",
            f"当前状态为“{record.get_status_display()}”，不能直接修改。待审核的请先由审核人退回；已公示的请申请更正。",
        )
    RECORD.check(record, "submit", actor=actor)
    kind = kind_of(record.kind)
    detail = kind.detail_model._default_manager.get(pk=record.pk)
    before = kind.raw_values(record, detail)
    kind.apply(record, detail, values)
    restart(record)
    take_over([record], actor)
    record.updated_at = actor.now()
    record.save()
    detail.save()
    changes = audit.difference(before, kind.raw_values(record, detail))
    audit.record("records.edited", record, actor=actor, changes=audit.scrubbed(changes))
    return record


def _needed(text: str, label: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid("reason_required", f"请填写{label}。", fields={"reason": [f"请填写{label}。"]})
    return text
