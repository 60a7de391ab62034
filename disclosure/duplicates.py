"""The same decision twice: same agency, folded document number, subject and decision date (`record_once`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from records.choices import RecordStatus
from records.matching import Party
from records.models import CreditRecord

# Records that no longer stand in the way of a new one.
FREED = (RecordStatus.DISCARDED, RecordStatus.WITHDRAWN)
Key = tuple[str, int, date]


@dataclass(frozen=True, slots=True)
class Standing:
    """A record that is already in the ledger."""

    pk: int
    status: str


def fingerprint(folded_number: str, party: Party, decided_on: date) -> str:
    """Tells rows of one file apart before their subjects are known; one way, so that it holds no identity number."""
    return mark(folded_number, party.keys[0], decided_on.isoformat())


def mark(folded_number: str, party_key: str, day: str) -> str:
    return blake2b(f"{folded_number}\n{party_key}\n{day}".encode(), digest_size=16).hexdigest()


def standing_records(
    kind: str, agency_id: int, keys: Iterable[Key], *, besides: int | None = None
) -> dict[Key, Standing]:
    """Which of these (folded number, subject, decision day) the agency's ledger holds; one query."""
    wanted = set(keys)
    if not wanted:
        return {}
    rows = (
        CreditRecord.objects.filter(
            kind=kind, agency_id=agency_id, document_number_folded__in={number for number, _, _ in wanted}
        )
        .exclude(status__in=FREED)
        .order_by()
        .values_list("document_number_folded", "subject_id", "decided_on", "pk", "status")
    )
    return {
        (number, subject_id, day): Standing(pk, status)
        for number, subject_id, day, pk, status in rows
        if (number, subject_id, day) in wanted and pk != besides
    }


def standing_message(number: str, standing: Standing) -> str:
    label = RecordStatus(standing.status).label
    return (
        f"文书号“{number}”的同一决定已在库中（记录编号{standing.pk}，{label}），不重复录入。"
        "内容有变化的，请在原记录上修改或申请更正。"
    )
