"""One decision counts once, however often it was handed in before it passed (合规率).

A rejected row speaks of the same decision as a record when all that could be read of document number, party and
decision date is the same, and at least two of the three could be read; the third may be what was wrong. A record that
goes in answers such rows of its agency (`ImportRow.record_id`); a row that fails when its decision is in already is no
first rejection. A row of which less can be read counts by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from core.bulk import update_rows
from core.text import fold_document_number
from disclosure.duplicates import FREED, mark
from disclosure.standard import CODE_COLUMNS
from disclosure.validation import Problem
from records.choices import IdentifierScheme
from records.matching import Party, identity_index
from records.models import CreditRecord, ImportRow

PARTY_COLUMNS = frozenset({"party_name", "party_id_number", *CODE_COLUMNS})
Parts = tuple[str, str, str]


def readable(values: Mapping[str, Any], problems: Iterable[Problem]) -> Parts:
    """Folded document number, key of the party, decision day: "" where it is missing or itself in question."""
    wrong = {problem["field"] for problem in problems}
    number = values.get("document_number") if "document_number" not in wrong else None
    day = values.get("decided_on") if "decided_on" not in wrong else None
    party = "" if wrong & PARTY_COLUMNS else _party_key(values)
    return fold_document_number(number) if number else "", party, day.isoformat() if day else ""


def _party_key(values: Mapping[str, Any]) -> str:
    """As `Party.keys` has it, of values that may not make a party."""
    for scheme in CODE_COLUMNS:
        if code := values.get(scheme):
            return f"{scheme}:{code}"
    number = values.get("party_id_number")
    return f"id:{identity_index(number)}" if number else ""


def mark_of(parts: Parts) -> str:
    """What tells a rejected row from those about other decisions; "" when too little of it can be read."""
    return mark(*parts) if sum(map(bool, parts)) > 1 else ""


def marks_of(number: str, party: Party, decided_on: date) -> list[str]:
    """Under which marks this decision may have been rejected before."""
    key, day = party.keys[0], decided_on.isoformat()
    return [mark(number, key, day), mark("", key, day), mark(number, "", day), mark(number, key, "")]


def answer(decisions: Mapping[str, tuple[int, date]], *, kind: str, agency_id: int) -> None:
    """Rejected rows of these decisions are done with. `decisions`: mark → record and its day."""
    if not decisions:
        return
    waiting = ImportRow.objects.filter(failed_first=True, record_id=None, fingerprint__in=decisions)
    found = waiting.filter(batch__agency_id=agency_id, batch__importer=kind)
    rows = []
    for pk, fingerprint in found.values_list("pk", "fingerprint"):
        record_id, day = decisions[fingerprint]
        rows.append((pk, record_id, day.replace(day=1)))
    if rows:
        update_rows(ImportRow, ["record_id", "month"], rows)


def known_already(rows: Sequence[Parts], *, kind: str, agency_id: int) -> dict[Parts, int]:
    """The records that rejected rows speak of, where their decision was in the ledger before."""
    found = _answered(rows, kind, agency_id)
    wanted = {(number, day) for number, _, day in rows if number and day}
    records = (
        CreditRecord.objects.filter(kind=kind, agency_id=agency_id, document_number_folded__in={n for n, _ in wanted})
        .exclude(status__in=FREED)
        .order_by()
        .values_list("document_number_folded", "decided_on", "subject__code", "pk")
    )
    by_number: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for number, day, code, pk in records if wanted else ():
        by_number.setdefault((number, day.isoformat()), []).append((f"{IdentifierScheme.USCC}:{code}", pk))
    for parts in rows:
        number, party, day = parts
        same = by_number.get((number, day), [])
        if party.startswith(f"{IdentifierScheme.USCC}:"):
            same = [(key, pk) for key, pk in same if key == party]
        if len(same) == 1:
            found.setdefault(parts, same[0][1])
    return found


def _answered(rows: Sequence[Parts], kind: str, agency_id: int) -> dict[Parts, int]:
    """By an earlier rejection of the same that has been answered since."""
    marks = {fingerprint: parts for parts in rows if (fingerprint := mark_of(parts))}
    answered = ImportRow.objects.filter(
        failed_first=True, record_id__isnull=False, fingerprint__in=marks, batch__agency_id=agency_id,
        batch__importer=kind,
    )  # fmt: skip
    pairs = answered.values_list("fingerprint", "record_id") if marks else ()
    return {marks[fingerprint]: pk for fingerprint, pk in pairs if pk is not None}
