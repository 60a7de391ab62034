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
from records.services.publication import (
    close_dispute,
    correct_published,
    end_publication,
    expire_due,
    mark_disputed,
    publish_due,
    seal,
)
from records.services.redecision import apply_due_rules
from records.services.review import approve, approve_many, discard, edit, return_, return_many, submit, submit_many
from records.services.sweeping import daily_sweep

__all__ = [
    "accept_change",
    "accept_changes",
    "apply_due_rules",
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
