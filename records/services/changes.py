"""更正 and 撤下 of a published record: proposed by one person, decided by another (four eyes)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import audit
from core.actors import Actor
from core.errors import Invalid, WrongState
from core.locks import locked
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
def accept_change(change_id: int, *, actor: Actor, opinion: str = "", today: date | None = None) -> ChangeRequest:
    """同意: the change takes effect in this transaction, for all readers and recipients."""
    change: ChangeRequest = locked(ChangeRequest.objects.visible_to(actor), change_id)
    CHANGE.check(change, "accept", actor=actor)
    record = locked(CreditRecord.objects.all(), change.record_id)
    if record.version != change.base_version:
        raise WrongState("record_changed", "申请之后该记录已有新的版本，请退回后按最新内容重新申请。")
    EFFECTS[change.kind](change, record, actor, today or timezone.localdate())
    _decide(change, "accept", actor, opinion)
    return change


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
    change.decided_at = timezone.now()
    change.decision_reason = opinion.strip()
    change.save()
    action = "records.change_accepted" if transition == "accept" else "records.change_refused"
    audit.record(action, change.record, actor=actor, reason=opinion)


def _correct(change: ChangeRequest, record: CreditRecord, actor: Actor, today: date) -> None:
    kind = kind_of(record.kind)
    detail = kind.detail_model._default_manager.get(pk=record.pk)
    values = {**kind.raw_values(record, detail), **{k: new for k, (_, new) in change.changes.items()}}
    kind.apply(record, detail, values)
    detail.save()
    correct_published(record, actor=actor, reason=change.reason, basis=change.basis)
    audit.record("records.corrected", record, actor=actor, changes=change.changes, reason=change.reason)


def _withdraw(change: ChangeRequest, record: CreditRecord, actor: Actor, today: date) -> None:
    end_publication([record], "withdraw", actor=actor, reason=change.reason, basis=change.basis, today=today)


EFFECTS: dict[str, Callable[[ChangeRequest, CreditRecord, Actor, date], None]] = {
    ChangeKind.CORRECT: _correct,
    ChangeKind.WITHDRAW: _withdraw,
}
