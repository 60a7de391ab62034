"""信用档案 as a document: one subject, one projection, one moment. Reads only; whoever shows it logs the look.

Three projections of one ledger: what is public now (and nothing else), what the subject itself may see (everything
about it that was decided, and who asked), and what an authorised purpose opens.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import ExtractYear
from django.utils import timezone

from core.formats import day, yuan
from creditfiles.choices import Projection
from records import families
from records.choices import PublicState, RecordKindCode, RecordStatus, RevisionAct, SubjectKind, Visibility
from records.kinds import kind_of
from records.models import CreditRecord, OfficialProfile, PublicRecord, Revision, Subject, Tenure
from records.panels import Panel, panels

KIND_LABELS = dict(RecordKindCode.choices)
STATE_LABELS = {str(value): str(label) for value, label in (*RecordStatus.choices, *PublicState.choices)}
# Decided facts; drafts and entries under review belong to nobody's file yet.
IN_EFFECT = (RecordStatus.APPROVED, RecordStatus.PUBLISHED)
EVER_DECIDED = (*IN_EFFECT, RecordStatus.REPAIRED, RecordStatus.WITHDRAWN, RecordStatus.EXPIRED)
DISPUTED = "异议处理中"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of the ledger a reader is shown. `kinds` None: every kind. `internal`: also what a rule keeps from
    everybody but supervision. `passing`: kinds of which only what has effect on `day` or later is shown."""

    subject_ids: tuple[int, ...]
    projection: str
    kinds: frozenset[str] | None = None
    internal: bool = False
    passing: frozenset[str] = frozenset()
    day: date | None = None

    def rows(self) -> "QuerySet[Any]":
        """Newest first; every row has record key, kind and decision day."""
        if self.projection == Projection.PUBLIC:
            rows: QuerySet[Any] = PublicRecord.objects.filter(subject__in=self.subject_ids)
            rows = rows.select_related("revision").order_by("-decided_on", "-record_id")
        else:
            states = EVER_DECIDED if self.projection == Projection.OWN else IN_EFFECT
            rows = CreditRecord.objects.filter(subject__in=self.subject_ids, status__in=states)
            rows = rows.select_related("agency").order_by("-decided_on", "-id")
            if self.projection == Projection.AUTHORISED and not self.internal:
                rows = rows.exclude(visibility=Visibility.INTERNAL)
            if self.passing:
                rows = rows.exclude(kind__in=sorted(self.passing), effective_to__lt=self.day)
        return rows if self.kinds is None else rows.filter(kind__in=sorted(self.kinds))

    @property
    def key(self) -> str:
        return "record_id" if self.projection == Projection.PUBLIC else "pk"


@dataclass(frozen=True, slots=True)
class Revised:
    """One revision (修订) of a record: what was done when, and why."""

    version: int
    on: date
    act: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One record in a file, in words. `facts`: (label, value) in the standard's order, no identity numbers.
    `revisions`: everything that changed what the public sees of it, oldest first."""

    record_id: int
    version: int
    kind: str
    kind_label: str
    title: str
    document_number: str
    agency: str
    decided_on: date
    state: str
    ended: bool
    facts: tuple[tuple[str, str], ...]
    revisions: tuple[Revised, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts by kind and year; the years are the columns."""

    years: tuple[int, ...]
    lines: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def total(self) -> int:
        return sum(sum(counts) for _, counts in self.lines)


@dataclass(frozen=True, slots=True)
class File:
    """A whole file, or its first part (`more`)."""

    subject: Subject
    projection: str
    former_names: tuple[str, ...]
    ancestors: tuple[families.Ancestor, ...]
    summary: Summary
    entries: tuple[Entry, ...]
    more: bool = False
    panels: tuple[Panel, ...] = ()
    # Of an official: posts over time, newest first, and whether still in service. Never in the public version.
    tenures: tuple[Tenure, ...] = ()
    official: OfficialProfile | None = None


def family(subject: Subject, day: date) -> tuple[int, ...]:
    """The subjects whose records stand in this file: what was merged into it, and the agencies it took over."""
    if subject.kind == SubjectKind.AGENCY:
        return tuple(families.file_of(subject.pk, day))
    return tuple(families.family(subject.pk))


def read(subject: Subject, scope: Scope, *, limit: int, today: date, after: tuple[date, int] | None = None) -> File:
    """The file, newest first, at most `limit` records; `after` = (decision day, record key) of the last one seen.

    A fixed number of queries, whatever the length of the file.
    """
    rows = scope.rows()
    if after is not None:
        behind = Q(decided_on__lt=after[0]) | Q(**{"decided_on": after[0], f"{scope.key}__lt": after[1]})
        rows = rows.filter(Q(decided_on__lte=after[0]) & behind)
    found = list(rows[: limit + 1])
    names = subject.names.order_by("-valid_from").values_list("name", flat=True)
    serves = subject.kind == SubjectKind.OFFICIAL and scope.projection != Projection.PUBLIC
    return File(
        subject=subject,
        projection=scope.projection,
        former_names=tuple(n for n in names if n != subject.name),
        ancestors=tuple(families.lineage(subject.pk, today)) if subject.kind == SubjectKind.AGENCY else (),
        summary=summarise(scope),
        entries=tuple(entries(found[:limit], today, public=scope.projection == Projection.PUBLIC)),
        more=len(found) > limit,
        panels=tuple(panels(scope.subject_ids, today, kind=subject.kind, public=scope.projection == Projection.PUBLIC)),
        tenures=tuple(posts(scope.subject_ids)) if serves else (),
        official=OfficialProfile.objects.filter(subject=subject).first() if serves else None,
    )


def posts(subject_ids: Iterable[int]) -> "QuerySet[Tenure]":
    """Posts held, newest first."""
    return Tenure.objects.filter(official__in=list(subject_ids)).select_related("agency")


def summarise(scope: Scope) -> Summary:
    rows = scope.rows().order_by().select_related(None).annotate(year=ExtractYear("decided_on"))
    counts = Counter({(kind, year): n for kind, year, n in rows.values_list("kind", "year").annotate(Count(scope.key))})
    years = tuple(sorted({year for _, year in counts}))
    kinds = [kind for kind in RecordKindCode.values if any((kind, year) in counts for year in years)]
    return Summary(years, tuple((str(KIND_LABELS[k]), tuple(counts[k, y] for y in years)) for k in kinds))


def entries(rows: Sequence[Any], today: date, *, public: bool) -> Iterable[Entry]:
    """Rows of a scope in words; details are read once per kind, revisions once."""
    history = _revised([row.pk for row in rows])
    if public:
        return [_public_entry(row, history[row.pk]) for row in rows]
    details = {k: kind_of(k).details(r.pk for r in rows if r.kind == k) for k in {r.kind for r in rows}}
    return [_inner_entry(r, details[r.kind][r.pk], history[r.pk], today) for r in rows]


def _revised(record_ids: Sequence[int]) -> dict[int, tuple[Revised, ...]]:
    found: dict[int, list[Revised]] = {pk: [] for pk in record_ids}
    rows = Revision.objects.filter(record__in=record_ids).order_by("version")
    for pk, version, at, act, reason in rows.values_list("record", "version", "at", "act", "reason"):
        found[pk].append(Revised(version, timezone.localdate(at), str(RevisionAct(act).label), reason))
    return {pk: tuple(revisions) for pk, revisions in found.items()}


def _public_entry(row: PublicRecord, revisions: tuple[Revised, ...]) -> Entry:
    p = row.revision.public
    facts = [(f["label"], _shown(f["type"], f["value"])) for f in p["fields"]]
    if p["publish_until"]:
        facts.append(("公示截止", day(p["publish_until"])))
    return Entry(
        row.record_id, p["version"], p["kind"], p["kind_label"], p["title"], p["document_number"], p["agency"]["name"],
        row.decided_on, STATE_LABELS[p["state"]], False, tuple(facts), revisions,
    )  # fmt: skip


def _inner_entry(record: CreditRecord, detail: Any, revisions: tuple[Revised, ...], today: date) -> Entry:
    kind = kind_of(record.kind)
    facts = [(f.label, _shown(f.type, value)) for f in kind.fields if (value := f.value(record, detail))]
    ended = record.status not in IN_EFFECT
    state = DISPUTED if record.disputed else STATE_LABELS[record.status]
    if kind.standing and not ended:
        standing = kind.standing(record, detail, today)
        plain = record.status == RecordStatus.APPROVED and not record.disputed
        state = standing if plain else f"{state}，{standing}"
    return Entry(
        record.pk, record.version, record.kind, kind.label, record.title, record.document_number, record.agency.name,
        record.decided_on, state, ended, tuple(facts), revisions,
    )  # fmt: skip


def _shown(type_: str, value: str) -> str:
    if type_ == "date":
        return day(value)
    return yuan(value) if type_ == "amount" else value


def _service(official: OfficialProfile | None) -> str:
    if official is None:
        return ""
    since = f"（自{day(official.state_since)}起）" if official.state_since else ""
    return f"{official.get_state_display()}{since}"


def span(tenure: Tenure) -> str:
    return f"{day(tenure.started_on)}至{day(tenure.ended_on) if tenure.ended_on else '今'}"


def identity(file: File) -> list[tuple[str, str]]:
    """The identity block. Of a person: kind and, where the projection allows, nothing that could be misused."""
    s = file.subject
    pairs = [
        ("主体类别", str(SubjectKind(s.kind).label)),
        ("人员状态", _service(file.official)),
        ("统一社会信用代码", s.code or ""),
        ("曾用名", "、".join(file.former_names) if not s.is_person else ""),
        ("承继单位的记录", "；".join(f"{a.name}（自{day(a.since)}起）" for a in file.ancestors)),
        ("法定代表人", s.representative if file.projection != Projection.PUBLIC else ""),
        ("行政区划代码", s.region_code),
        ("住所", s.address if not s.is_person else ""),
        ("核验情况", s.get_verification_display()),
    ]
    return [(label, value) for label, value in pairs if value]
