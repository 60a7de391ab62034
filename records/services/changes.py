"""更正 and 撤下 of a published record: proposed by one person, decided by another (four eyes)."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import audit
from core.actors import Actor
from core.errors import Invalid, NotFound, WrongState
from core.locks import locked, locked_many
from records.choices import ChangeKind
from records.kinds import kind_of
from records.lifecycle import CHANGE, RECORD
from records.models import ChangeRequest, CreditRecord
from records.services.publication import correct_published, end_publication


def _propose(
    record_id: int, kind: str, changes: dict[str, Any], *, actor: Actor, reason: str, basis: str
) -> ChangeRequest:
    reason = reason.strip()
    if not reason:
        raise Invalid("reason_required", "请填写理由：它将向社会公开。", fields={"reason": ["请填写理由。"]})
    record = locked(CreditRecord.objects.visible_to(actor), record_id)
    RECORD.check(record, kind, actor=actor)
    if record.change_requests.filter(status="proposed").exists():
        raise WrongState("change_open", "该记录已有一项待复核的变更申请，请先处理那一项。")
    change = ChangeRequest.objects.create(
        record=record,
        kind=kind,
        changes=changes,
        reason=reason,
        basis=basis,
        base_version=record.version,
        proposed_by_id=actor.user_id,
        proposed_at=actor.now(),
    )
    audit.record("records.change_proposed", record, actor=actor, reason=reason)
    return change


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
    return _propose(record_id, ChangeKind.CORRECT, changes, actor=actor, reason=reason, basis=basis)


@transaction.atomic
def propose_withdrawal(record_id: int, *, actor: Actor, reason: str, basis: str = "") -> ChangeRequest:
    """申请撤下. The reason is shown to the public (行政处罚法第四十八条: 三日内撤回并公开说明理由)."""
    return _propose(record_id, ChangeKind.WITHDRAW, {}, actor=actor, reason=reason, basis=basis)


@transaction.atomic
def propose_withdrawals(ids: Iterable[int], *, actor: Actor, reason: str, basis: str = "") -> int:
    """申请撤下 for many records at once, each with its own request; all or nothing."""
    return len([propose_withdrawal(pk, actor=actor, reason=reason, basis=basis) for pk in sorted(set(ids))])


@transaction.atomic
def accept_changes(change_ids: Iterable[int], *, actor: Actor, opinion: str = "", today: date | None = None) -> int:
    """同意: the changes take effect in this transaction, for all readers and recipients; all or nothing."""
    day = today or timezone.localdate()
    ids = sorted(set(change_ids))
    changes: list[ChangeRequest] = locked_many(ChangeRequest.objects.visible_to(actor), ids)
    if len(changes) != len(ids):
        raise NotFound("not_found", "所选申请中有的不存在，或不属于您的单位，请刷新列表后重试。")
    records = {r.pk: r for r in locked_many(CreditRecord.objects.all(), [c.record_id for c in changes])}
    for change in changes:
        CHANGE.check(change, "accept", actor=actor)
        if records[change.record_id].version != change.base_version:
            raise WrongState("record_changed", "申请之后该记录已有新的版本，请退回后按最新内容重新申请。")
    _correct_all([c for c in changes if c.kind == ChangeKind.CORRECT], records, actor)
    _withdraw_all([c for c in changes if c.kind == ChangeKind.WITHDRAW], records, actor, day)
    for change in changes:
        _decide(change, "accept", actor, opinion)
    return len(changes)


def accept_change(change_id: int, *, actor: Actor, opinion: str = "", today: date | None = None) -> None:
    """同意 one change. Raises NotFound, NotAllowed (own proposal), WrongState (decided, or record moved on)."""
    accept_changes([change_id], actor=actor, opinion=opinion, today=today)


@transaction.atomic
def refuse_change(change_id: int, *, actor: Actor, opinion: str) -> ChangeRequest:
    """退回 with an opinion; the record stays as it is."""
    if not opinion.strip():
        raise Invalid("reason_required", "请填写复核意见。", fields={"opinion": ["请填写复核意见。"]})
    change: ChangeRequest = locked(ChangeRequest.objects.visible_to(actor), change_id)
    CHANGE.check(change, "refuse", actor=actor)
    _decide(change, "refuse", actor, opinion)
    return change


def _decide(change: ChangeRequest, transition: str, actor: Actor, opinion: str) -> None:
    CHANGE.move(change, transition)
    change.decided_by_id = actor.user_id
    change.decided_at = actor.now()
    change.decision_reason = opinion.strip()
    change.save()
    action = "records.change_accepted" if transition == "accept" else "records.change_refused"
    audit.record(action, change.record, actor=actor, reason=opinion)


def _correct_all(changes: Iterable[ChangeRequest], records: Mapping[int, CreditRecord], actor: Actor) -> None:
    for change in changes:
        record = records[change.record_id]
        kind = kind_of(record.kind)
        detail = kind.detail_model._default_manager.get(pk=record.pk)
        new = {name: after for name, (_, after) in change.changes.items()}
        kind.apply(record, detail, {**kind.raw_values(record, detail), **new})
        detail.save()
        correct_published(record, actor=actor, reason=change.reason, basis=change.basis)
        audit.record("records.corrected", record, actor=actor, changes=change.changes, reason=change.reason)


def _withdraw_all(
    changes: Iterable[ChangeRequest], records: Mapping[int, CreditRecord], actor: Actor, today: date
) -> None:
    """Set-based for the changes that were proposed together, which share reason and basis."""
    together: dict[tuple[str, str], list[CreditRecord]] = {}
    for change in changes:
        together.setdefault((change.reason, change.basis), []).append(records[change.record_id])
    for (reason, basis), group in together.items():
        end_publication(group, "withdraw", actor=actor, reason=reason, basis=basis, today=today)
