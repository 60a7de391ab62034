"""The ledger's tables, by noun."""

from records.models.dry_runs import DryRun, DryRunRow
from records.models.imports import ImportBatch, ImportRow
from records.models.keys import ApiKey
from records.models.ledger import ChangeRequest, CreditRecord, PublicRecord, Revision
from records.models.policy import PublicationProposal, PublicationRule
from records.models.subjects import Membership, Subject, SubjectIdentifier, SubjectName

__all__ = [
    "ApiKey",
    "ChangeRequest",
    "CreditRecord",
    "DryRun",
    "DryRunRow",
    "ImportBatch",
    "ImportRow",
    "Membership",
    "PublicRecord",
    "PublicationProposal",
    "PublicationRule",
    "Revision",
    "Subject",
    "SubjectIdentifier",
    "SubjectName",
]
