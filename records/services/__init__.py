"""Every significant write of the ledger. Pages, admin, API and tasks call these and nothing else."""

from records.services.batches import (
    accept_batch_withdrawal,
    approve_batch,
    approve_batch_later,
    carry_out_approval,
    refuse_batch_withdrawal,
    return_batch,
    withdraw_batch,
)
from records.services.changes import (
    accept_change,
    accept_changes,
    propose_correction,
    propose_withdrawal,
    propose_withdrawals,
    refuse_change,
    refuse_changes,
)
from records.services.drafts import (
    Typed,
    draft_of,
    drop_draft,
    keep_draft,
    keep_edit,
    start_draft,
    take_draft,
    take_edit,
)
from records.services.endings import expire_due
from records.services.publication import close_dispute, disputable, mark_disputed, publish_due, seal
from records.services.redecision import apply_due_rules
from records.services.review import approve, approve_many, discard, edit, return_, return_many, submit, submit_many
from records.services.sweeping import daily_sweep

__all__ = [
    "Typed",
    "accept_batch_withdrawal",
    "accept_change",
    "accept_changes",
    "apply_due_rules",
    "approve",
    "approve_batch",
    "approve_batch_later",
    "approve_many",
    "carry_out_approval",
    "close_dispute",
    "daily_sweep",
    "discard",
    "disputable",
    "draft_of",
    "drop_draft",
    "edit",
    "expire_due",
    "keep_draft",
    "keep_edit",
    "mark_disputed",
    "propose_correction",
    "propose_withdrawal",
    "propose_withdrawals",
    "publish_due",
    "refuse_batch_withdrawal",
    "refuse_change",
    "refuse_changes",
    "return_",
    "return_batch",
    "return_many",
    "seal",
    "start_draft",
    "submit",
    "submit_many",
    "take_draft",
    "take_edit",
    "withdraw_batch",
]
