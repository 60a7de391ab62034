"""更正 and 撤下 of records that were decided, public or not: proposed by one person, decided by another (four eyes).

Set-based, one record is a set of one: thousands are proposed, agreed to or refused with as many statements as five,
and every record has its own request, revision and audit row all the same. Only corrections are applied one by one,
since each changes something else.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import acts, audit
from core.actors import Actor
from core.bulk import insert_rows, reserve_ids, update_rows
from core.errors import Invalid, NotFound, WrongState
from core.locks import locked, locked_many
from records.choices import ChangeKind, ChangeStatus, RecordStatus
from records.deadlines import OBJECT
from records.kinds import kind_of
from records.lifecycle import CHANGE, RECORD, by_change
from records.models import ChangeRequest, CreditRecord
from records.services.endings import Ending, end_publication, void
from records.services.publication import correct_held, correct_published
from records.services.review import chunks, lock_visible

COLUMNS = (
    "id", "record", "kind", "status", "sealed", "reason", "basis", "base_version", "proposed_by", "proposed_at",
)  # fmt: skip


# ---------------------------------------------------------------- proposing


@transaction.atomic
def propose_correction(
    record_id: int, values: Mapping[str, Any], *, actor: Actor, reason: str, basis: str = ""
) -> ChangeRequest:
    """申请更正. `values`: form values by column name; checked now, so that the reviewer sees a valid proposal."""
    record = locked(CreditRecord.objects.visible_to(actor), record_id)
    kind = kind_of(record.kind)
    detail = kind.detail_model._default_manager.get(pk=record.pk)
    before = kind.raw_values(record, detail)
    kind.apply(record, detail, values)
    changes = audit.difference(before, kind.raw_values(record, detail))
    if not changes:
        raise Invalid("nothing_changed", "没有任何内容发生变化，无需更正。")
    (change_id,) = _propose([record_id], ChangeKind.CORRECT, changes, actor=actor, reason=reason, basis=basis)
    return ChangeRequest.objects.get(pk=change_id)


@transaction.atomic
def propose_withdrawal(record_id: int, *, actor: Actor, reason: str, basis: str = "") -> ChangeRequest:
    """申请撤下. The reason is shown to the public (行政处罚法第四十八条: 三日内撤回并公开说明理由)."""
    (change_id,) = _propose([record_id], ChangeKind.WITHDRAW, {}, actor=actor, reason=reason, basis=basis)
    return ChangeRequest.objects.get(pk=change_id)


@transaction.atomic
def propose_withdrawals(ids: Iterable[int], *, actor: Actor, reason: str, basis: str = "") -> int:
    """申请撤下 for many records at once, each with its own request; all or nothing."""
    return sum(
        len(_propose(chunk, ChangeKind.WITHDRAW, {}, actor=actor, reason=reason, basis=basis)) for chunk in chunks(ids)
    )


def _propose(
    ids: list[int], kind: str, changes: dict[str, Any], *, actor: Actor, reason: str, basis: str
) -> Sequence[int]:
    reason = reason.strip()
    if not reason:
        raise Invalid("reason_required", "请填写理由：它将向社会公开。", fields={"reason": ["请填写理由。"]})
    records = lock_visible(ids, actor)
    for record in records:
        RECORD.check(record, by_change(record, kind), actor=actor)
    _none_open(ids)
    now, sealed = actor.now(), ChangeRequest.seal(changes)
    keys = reserve_ids(ChangeRequest, len(records))
    insert_rows(
        ChangeRequest,
        COLUMNS,
        [
            (key, r.pk, kind, CHANGE.initial, sealed, reason, basis, r.version, actor.user_id, now)
            for key, r in zip(keys, records, strict=True)
        ],
    )
    trail = [audit.Entry(r.pk, str(r), None, reason) for r in records]
    audit.record_many("records.change_proposed", OBJECT, trail, actor=actor)
    return keys


def _none_open(ids: list[int]) -> None:
    count = ChangeRequest.objects.filter(record__in=ids, status=ChangeStatus.PROPOSED).count()
    if count and len(ids) == 1:
        raise WrongState("change_open", "该记录已有一项待复核的变更申请，请先处理那一项。")
    if count:
        raise WrongState("change_open", f"其中{count}条记录已有待复核的变更申请，请先处理那些申请，再整批提出。")


# ---------------------------------------------------------------- deciding


@transaction.atomic
def accept_changes(change_ids: Iterable[int], *, actor: Actor, opinion: str = "", today: date | None = None) -> int:
    """同意: the changes take effect in this transaction, for all readers and recipients; all or nothing."""
    day, count = today or timezone.localdate(), 0
    for chunk in chunks(change_ids):
        changes = _lock(chunk, "accept", actor)
        moved_on = sum(c.record.version != c.base_version for c in changes)
        if moved_on:
            which = "该记录" if len(changes) == 1 else f"其中{moved_on}条记录"
            raise WrongState("record_changed", f"申请之后{which}已有新的版本，请退回后按最新内容重新申请。")
        # Decided first: nothing is withdrawn but by an accepted request (endings.end_publication).
        _decide(changes, "accept", actor, opinion)
        for change in changes:
            if change.kind == ChangeKind.CORRECT:
                _correct(change, actor, day)
        ended = [Ending(c.record, c.reason, c.basis) for c in changes if c.kind == ChangeKind.WITHDRAW]
        if public := [e for e in ended if e.record.status == RecordStatus.PUBLISHED]:
            end_publication(public, "withdraw", actor=actor, today=day)
        if held := [e for e in ended if e.record.status == RecordStatus.APPROVED]:
            void(held, actor=actor, today=day)
        count += len(changes)
    return count


def accept_change(change_id: int, *, actor: Actor, opinion: str = "", today: date | None = None) -> None:
    """同意 one change. Raises NotFound, NotAllowed (own proposal), WrongState (decided, or record moved on)."""
    accept_changes([change_id], actor=actor, opinion=opinion, today=today)


@transaction.atomic
def refuse_changes(change_ids: Iterable[int], *, actor: Actor, opinion: str) -> int:
    """退回 with an opinion; the records stay as they are; all or nothing."""
    if not opinion.strip():
        raise Invalid("reason_required", "请填写复核意见。", fields={"opinion": ["请填写复核意见。"]})
    count = 0
    for chunk in chunks(change_ids):
        changes = _lock(chunk, "refuse", actor)
        _decide(changes, "refuse", actor, opinion)
        count += len(changes)
    return count


def refuse_change(change_id: int, *, actor: Actor, opinion: str) -> ChangeRequest:
    """退回 one change; returns it as it stands afterwards."""
    refuse_changes([change_id], actor=actor, opinion=opinion)
    return ChangeRequest.objects.get(pk=change_id)


def _lock(ids: list[int], transition: str, actor: Actor) -> list[ChangeRequest]:
    """The requests and their records, locked; every one may be decided by this actor."""
    changes: list[ChangeRequest] = locked_many(ChangeRequest.objects.visible_to(actor), ids)
    if len(changes) != len(ids):
        raise NotFound("not_found", "所选申请中有的不存在，或不属于您的单位，请刷新列表后重试。")
    records = {r.pk: r for r in locked_many(CreditRecord.objects.all(), [c.record_id for c in changes])}
    for change in changes:
        change.record = records[change.record_id]
        CHANGE.check(change, transition, actor=actor)
    return changes


def _decide(changes: Sequence[ChangeRequest], transition: str, actor: Actor, opinion: str) -> None:
    now, opinion = actor.now(), opinion.strip()
    for change in changes:
        CHANGE.move(change, transition)
    update_rows(
        ChangeRequest,
        ["status", "decided_by", "decided_at", "decision_reason"],
        [(c.pk, c.status, actor.user_id, now, opinion) for c in changes],
    )
    action = "records.change_accepted" if transition == "accept" else "records.change_refused"
    trail = [audit.Entry(c.record_id, str(c.record), None, opinion) for c in changes]
    audit.record_many(action, OBJECT, trail, actor=actor)


def _correct(change: ChangeRequest, actor: Actor, today: date) -> None:
    record = change.record
    kind = kind_of(record.kind)
    detail = kind.detail_model._default_manager.get(pk=record.pk)
    new = {name: after for name, (_, after) in change.changes.items()}
    kind.apply(record, detail, {**kind.raw_values(record, detail), **new})
    detail.save()
    if record.status == RecordStatus.APPROVED:
        correct_held(record, actor=actor, today=today)
    else:
        correct_published(record, actor=actor, reason=change.reason, basis=change.basis)
    changes = audit.scrubbed(change.changes)
    audit.record("records.corrected", record, actor=actor, changes=changes, reason=change.reason)
    acts.announce("records.corrected", reasons={record.pk: change.reason}, actor=actor, today=today)
