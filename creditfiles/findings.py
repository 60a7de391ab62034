"""What is on record about the subjects of a list and counts for the purpose: reads, in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from creditfiles.entitlement import ListEntitlement
from creditfiles.file import DISPUTED, KIND_LABELS, STATE_LABELS
from records import families
from records.choices import SubjectKind

# An answer lists so many records of one subject, the newest, and says how many there are.
MOST = 20
FIELDS = {
    "kind": "种类", "title": "标题", "document_number": "文书号", "agency": "作出机关", "decided_on": "决定日期",
    "effective_to": "有效期至", "state": "状态",
}  # fmt: skip
_ROW = (
    "subject", "pk", "version", "kind", "title", "document_number", "agency__name", "decided_on", "effective_to",
    "status", "disputed",
)  # fmt: skip


@dataclass(slots=True)
class Finding:
    """Of one subject: counts by kind, and its newest records ([{"record", "version", …fields of the rule}])."""

    counts: dict[str, int] = field(default_factory=dict)
    records: list[dict[str, Any]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def shown(self) -> dict[str, int]:
        """As a log row says it: counts by label."""
        return {str(KIND_LABELS[kind]): count for kind, count in sorted(self.counts.items())}


def findings(subjects: Mapping[int, str], allowed: ListEntitlement, day: date) -> dict[int, Finding]:
    """One finding per subject (`subjects`: key → kind), for all that stands in its file on that day."""
    found: dict[int, Finding] = {pk: Finding() for pk in subjects}
    owners = _owners(subjects, day)
    rows = allowed.scope(owners).rows().order_by().select_related(None)
    for member, kind, count in rows.values_list("subject", "kind").annotate(Count("pk")) if owners else ():
        for pk in owners[member]:
            found[pk].counts[kind] = found[pk].counts.get(kind, 0) + count
    place = Window(RowNumber(), partition_by=F("subject"), order_by=[F("decided_on").desc(), F("pk").desc()])
    newest = rows.annotate(place=place).filter(place__lte=MOST).order_by("-decided_on", "-pk")
    for row in newest.values_list(*_ROW) if owners else ():
        for pk in owners[row[0]]:
            if len(found[pk].records) < MOST:
                found[pk].records.append(_record(row, allowed.shown))
    return found


def covered(
    subjects: Mapping[int, str], allowed: ListEntitlement, day: date, known: Iterable[int]
) -> set[tuple[int, int]]:
    """(record, version) of what would be listed on that day, and of those `known` records that still count."""
    rows = allowed.scope(_owners(subjects, day)).rows().order_by().select_related(None)
    still = set(rows.filter(pk__in=list(known)).values_list("pk", "version"))
    listed = findings(subjects, allowed, day).values()
    return still | {(record["record"], record["version"]) for finding in listed for record in finding.records}


def _owners(subjects: Mapping[int, str], day: date) -> dict[int, list[int]]:
    """Whose files the records of each subject stand in."""
    agencies = [pk for pk, kind in subjects.items() if kind == SubjectKind.AGENCY]
    members = families.families_of(pk for pk in subjects if pk not in set(agencies))
    if agencies:
        members |= families.files_of(agencies, day)
    owners: dict[int, list[int]] = defaultdict(list)
    for pk, family in members.items():
        for member in family:
            owners[member].append(pk)
    return owners


def _record(row: tuple[Any, ...], shown: Iterable[str]) -> dict[str, Any]:
    _, pk, version, kind, title, number, agency, decided_on, until, status, disputed = row
    values = {
        "kind": str(KIND_LABELS[kind]), "title": title, "document_number": number, "agency": agency,
        "decided_on": decided_on.isoformat(), "effective_to": until.isoformat() if until else "",
        "state": DISPUTED if disputed else STATE_LABELS[status],
    }  # fmt: skip
    return {"record": pk, "version": version, **{name: values[name] for name in FIELDS if name in shown}}
