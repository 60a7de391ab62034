"""The ledger's tables, by noun."""

from records.models.drafts import EntryDraft
from records.models.imports import ImportBatch, ImportRow
from records.models.keys import ApiKey
from records.models.ledger import ChangeRequest, CreditRecord, PublicRecord, Revision
from records.models.policy import PublicationRule
from records.models.subjects import Membership, Subject, SubjectIdentifier, SubjectName

__all__ = [
    "ApiKey",
    "ChangeRequest",
    "CreditRecord",
    "EntryDraft",
    "ImportBatch",
    "ImportRow",
    "Membership",
    "PublicRecord",
    "PublicationRule",
    "Revision",
    "Subject",
    "SubjectIdentifier",
    "SubjectName",
]
