"""What was imported together is approved, returned and withdrawn together; each record keeps its own trail."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from core.actors import Actor
from core.errors import NotFound, RuleViolation, WrongState
from core.locks import locked, locked_if_free
from records.choices import RecordStatus
from records.models import ChangeRequest, CreditRecord, ImportBatch
from records.people import actor_for
from records.services.changes import accept_changes, propose_withdrawals, refuse_changes
from records.services.review import approve_many, return_many


def _visible(batch_id: int, actor: Actor) -> None:
    if not ImportBatch.objects.visible_to(actor).filter(pk=batch_id).exists():
        raise NotFound("not_found", "没有找到该导入批次，可能不属于您的单位。")


def _ids(batch_id: int, statuses: Sequence[RecordStatus], actor: Actor) -> list[int]:
    _visible(batch_id, actor)
    ids = list(
        CreditRecord.objects.visible_to(actor)
        .filter(batch_id=batch_id, status__in=statuses)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if not ids:
        label = "”或“".join(str(s.label) for s in statuses)
        raise WrongState("batch_empty", f"该批次中没有“{label}”的记录，可能已由他人处理，请刷新后查看。")
    return ids


def _withdrawals(batch_id: int, actor: Actor) -> list[int]:
    _visible(batch_id, actor)
    waiting = ChangeRequest.objects.visible_to(actor).withdrawals_of(batch_id)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    if not ids:
        raise WrongState("batch_empty", "该批次中没有待复核的撤下申请，可能已由他人处理，请刷新后查看。")
    return ids


def approve_batch(batch_id: int, *, actor: Actor, today: date | None = None) -> int:
    """审核通过 every waiting record of the batch, all or none."""
    return approve_many(_ids(batch_id, [RecordStatus.SUBMITTED], actor), actor=actor, today=today)


@transaction.atomic
def approve_batch_later(batch_id: int, *, actor: Actor) -> None:
    """The same in the background, for batches too large for a page. The batch keeps that it was asked for, so a lost
    message or a killed worker does not lose it, and why it was not carried out. WrongState while one is on its way."""
    from records import tasks  # the tasks call this room's services

    batch: ImportBatch = locked(ImportBatch.objects.visible_to(actor), batch_id)
    _ids(batch_id, [RecordStatus.SUBMITTED], actor)
    if batch.approval_by_id is not None:
        raise WrongState("approving", "该批次正在整批审核，通常几分钟内完成。请稍后刷新待审核列表查看结果。")
    _save_approval(batch, actor.user_id, actor.now(), "")
    tasks.work_on_later(tasks.approve_batch, batch_id)


@transaction.atomic
def carry_out_approval(batch_id: int, *, today: date | None = None) -> int:
    """What `approve_batch_later` was asked for, as the person who asked, with the rights of now; returns how many.

    Refused as it would be on a page: then the reason stands on the batch and every record waits as before.
    """
    batch: ImportBatch | None = locked_if_free(ImportBatch.objects.select_related("approval_by"), batch_id)
    if batch is None or batch.approval_by is None:
        return 0  # another worker is at it, or has done it
    try:
        with transaction.atomic():
            count = approve_batch(batch_id, actor=actor_for(batch.approval_by), today=today)
    except RuleViolation as refusal:
        _save_approval(batch, None, batch.approval_at, refusal.message)
        return 0
    _save_approval(batch, None, None, "")
    return count


def _save_approval(batch: ImportBatch, user_id: int | None, at: datetime | None, problem: str) -> None:
    batch.approval_by_id, batch.approval_at, batch.approval_problem = user_id, at, problem
    batch.save(update_fields=["approval_by", "approval_at", "approval_problem"])


def return_batch(batch_id: int, *, actor: Actor, reason: str) -> int:
    """退回 every waiting record of the batch with one reason."""
    return return_many(_ids(batch_id, [RecordStatus.SUBMITTED], actor), actor=actor, reason=reason)


def withdraw_batch(batch_id: int, *, actor: Actor, reason: str, basis: str = "") -> int:
    """申请撤下 every record of the batch that was decided; a second person decides, on all of it or on single ones."""
    ids = _ids(batch_id, [RecordStatus.PUBLISHED, RecordStatus.APPROVED], actor)
    return propose_withdrawals(ids, actor=actor, reason=reason, basis=basis)


def accept_batch_withdrawal(batch_id: int, *, actor: Actor, opinion: str = "", today: date | None = None) -> int:
    """同意 every withdrawal of the batch that waits, all or none."""
    return accept_changes(_withdrawals(batch_id, actor), actor=actor, opinion=opinion, today=today)


def refuse_batch_withdrawal(batch_id: int, *, actor: Actor, opinion: str) -> int:
    """退回 every withdrawal of the batch that waits; the records stay public."""
    return refuse_changes(_withdrawals(batch_id, actor), actor=actor, opinion=opinion)
