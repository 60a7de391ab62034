"""What was imported together is approved, returned and withdrawn together; each record keeps its own trail."""

from datetime import date

from core.actors import Actor
from core.errors import NotFound, WrongState
from records.choices import RecordStatus
from records.models import ChangeRequest, CreditRecord, ImportBatch
from records.services.changes import accept_changes, propose_withdrawals, refuse_changes
from records.services.review import approve_many, return_many


def _visible(batch_id: int, actor: Actor) -> None:
    if not ImportBatch.objects.visible_to(actor).filter(pk=batch_id).exists():
        raise NotFound("not_found", "没有找到该导入批次，可能不属于您的单位。")


def _ids(batch_id: int, status: str, actor: Actor) -> list[int]:
    _visible(batch_id, actor)
    ids = list(
        CreditRecord.objects.visible_to(actor)
        .filter(batch_id=batch_id, status=status)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if not ids:
        label = RecordStatus(status).label
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
    return approve_many(_ids(batch_id, RecordStatus.SUBMITTED, actor), actor=actor, today=today)


def approve_batch_later(batch_id: int, *, actor: Actor) -> None:
    """The same in the background, for batches too large for a page; `records.approve_batch` does it."""
    from records import tasks  # the task calls this room's services

    _ids(batch_id, RecordStatus.SUBMITTED, actor)
    tasks.approve_batch.delay_on_commit(batch_id, actor.user_id)  # type: ignore[attr-defined]


def return_batch(batch_id: int, *, actor: Actor, reason: str) -> int:
    """退回 every waiting record of the batch with one reason."""
    return return_many(_ids(batch_id, RecordStatus.SUBMITTED, actor), actor=actor, reason=reason)


def withdraw_batch(batch_id: int, *, actor: Actor, reason: str, basis: str = "") -> int:
    """申请撤下 every published record of the batch; a second person decides, on all of it or on single records."""
    return propose_withdrawals(_ids(batch_id, RecordStatus.PUBLISHED, actor), actor=actor, reason=reason, basis=basis)


def accept_batch_withdrawal(batch_id: int, *, actor: Actor, opinion: str = "", today: date | None = None) -> int:
    """同意 every withdrawal of the batch that waits, all or none."""
    return accept_changes(_withdrawals(batch_id, actor), actor=actor, opinion=opinion, today=today)


def refuse_batch_withdrawal(batch_id: int, *, actor: Actor, opinion: str) -> int:
    """退回 every withdrawal of the batch that waits; the records stay public."""
    return refuse_changes(_withdrawals(batch_id, actor), actor=actor, opinion=opinion)
