"""The ledger's tables, by noun."""

from records.models.drafts import EntryDraft
from records.models.dry_runs import DryRun, DryRunRow
from records.models.imports import ImportBatch, ImportRow
from records.models.keys import ApiKey
from records.models.ledger import ChangeRequest, CreditRecord, EarlierClerk, PublicRecord, Revision
from records.models.merges import DuplicateCandidate, SubjectMerge
from records.models.policy import PublicationProposal, PublicationRule
from records.models.registry import AgencyProfile, OfficialProfile, Succession, Tenure
from records.models.subjects import Membership, Subject, SubjectIdentifier, SubjectName

__all__ = [
    "AgencyProfile",
    "ApiKey",
    "ChangeRequest",
    "CreditRecord",
    "DryRun",
    "DryRunRow",
    "DuplicateCandidate",
    "EarlierClerk",
    "EntryDraft",
    "ImportBatch",
    "ImportRow",
    "Membership",
    "OfficialProfile",
    "PublicRecord",
    "PublicationProposal",
    "PublicationRule",
    "Revision",
    "Subject",
    "SubjectIdentifier",
    "SubjectMerge",
    "SubjectName",
    "Succession",
    "Tenure",
]
