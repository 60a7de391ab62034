"""Every significant write of the ledger. Pages, admin, API and tasks call these and nothing else."""

from records.services.changes import accept_change, propose_correction, propose_withdrawal, refuse_change
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
    "accept_change",
    "approve",
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
    "publish_due",
    "refuse_change",
    "return_",
    "return_many",
    "seal",
    "submit",
    "submit_many",
]
