"""Every significant write of the ledger. Pages, admin, API and tasks call these and nothing else."""

from records.services.batches import approve_batch, approve_batch_later, return_batch, withdraw_batch
from records.services.changes import (
    accept_change,
    accept_changes,
    propose_correction,
    propose_withdrawal,
    propose_withdrawals,
    refuse_change,
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
from records.services.publication import (
    close_dispute,
    correct_published,
    daily_sweep,
    end_publication,
    expire_due,
    mark_disputed,
    publish_due,
    seal,
)
from records.services.review import approve, approve_many, discard, edit, return_, return_many, submit, submit_many

__all__ = [
    "Typed",
    "take_edit",
    "take_draft",
    "start_draft",
    "keep_edit",
    "keep_draft",
    "drop_draft",
    "draft_of",
    "accept_change",
    "accept_changes",
    "approve",
    "approve_batch",
    "approve_batch_later",
    "approve_many",
    "close_dispute",
    "correct_published",
    "daily_sweep",
    "discard",
    "edit",
    "end_publication",
    "expire_due",
    "mark_disputed",
    "propose_correction",
    "propose_withdrawal",
    "propose_withdrawals",
    "publish_due",
    "refuse_change",
    "return_",
    "return_batch",
    "return_many",
    "seal",
    "submit",
    "submit_many",
    "withdraw_batch",
]
