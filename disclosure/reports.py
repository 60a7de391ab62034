"""双公示 figures per agency and kind for a month or a year (R2): measures from the ledger, rates by declared formulas.

A measure is counted once, set-based, by the decision day. A rate is a rule (`kpi.*`): numerator and denominator name
two measures, so the credit office can change a formula by a dated row and every page shows what was divided by what.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat, TruncMonth

from core.actors import Actor
from core.compiled import CompiledQuery
from core.models import Rule
from disclosure.models import MonthlyDeclaration
from records.choices import RecordKindCode, RecordStatus
from records.models import CreditRecord, ImportRow, Subject
from records.querysets import of_agencies

KINDS = (RecordKindCode.LICENCE, RecordKindCode.PENALTY)
Key = tuple[int, str]
Provider = Callable[[date, date], Mapping[Key, int]]

MEASURES: dict[str, str] = {
    "produced": "产生数量（自行申报）",
    "reported": "报送数量",
    "reported_declared": "已申报月份的报送数量",
    "on_time": "按时报送",
    "late": "迟报",
    "published": "公示数量",
    "withheld": "依规不公示",
    "received": "收到数量",
    "rejected_first": "首次未通过",
    "accepted_first": "首次通过",
    "missing": "未报送",
    "declared": "已申报月数",
    "zero_reports": "零报告月数",
}
# How 收到数量 and 首次未通过 are counted: part of every formula that names them.
COUNTED_ONCE = (
    "收到数量和首次未通过中，同一决定只计一次：退回的行改正后再次上传、在线录入或经接口报送的，不重复计数。"
    "退回的行中能读出的文书号、相对人代码、决定日期与记录全部相同且至少有两项的，视为同一决定；能读出的不足两项的，逐行计数。"
    "决定日期无法读出的行，在入库前计入上传当月。"
)
# Known only from what the agency declared.
FROM_DECLARATIONS = frozenset({"produced", "reported_declared", "missing"})
_providers: dict[str, Provider] = {}


def register_measure(name: str, label: str, provider: Provider) -> None:
    """A room above adds a measure it alone knows, for example what the platforms took in (入库)."""
    MEASURES[name] = label
    _providers[name] = provider


@dataclass(frozen=True, slots=True)
class Rate:
    """One formula as it was in force, with the two numbers that were divided."""

    code: str
    title: str
    numerator: int
    denominator: int
    rule: Rule

    @property
    def value(self) -> float | None:
        return self.numerator / self.denominator if self.denominator else None

    @property
    def percent(self) -> str:
        """“98.5%”, or “—” when there was nothing to divide by."""
        return "—" if self.value is None else f"{self.value * 100:.1f}%"


@dataclass(slots=True)
class Row:
    """One agency and kind (or a total): measures and rates."""

    agency_id: int | None
    agency: str
    kind: str
    measures: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MEASURES, 0))
    rates: list[Rate] = field(default_factory=list)

    def shown(self, name: str) -> int | str:
        """A measure as readers see it: what an agency did not declare is not zero but unknown (未申报)."""
        unknown = name in FROM_DECLARATIONS and self.agency_id is not None and not self.measures["declared"]
        return "未申报" if unknown else self.measures[name]

    @property
    def kind_label(self) -> str:
        return str(RecordKindCode(self.kind).label) if self.kind else "合计"


@dataclass(frozen=True, slots=True)
class Report:
    first: date
    last: date
    rows: list[Row]
    totals: list[Row]
    formulas: list[Rule]
    measures: dict[str, str]


def month_bounds(month: date) -> tuple[date, date]:
    """First and last day of the month that `month` falls in."""
    first = month.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def monthly_report(month: date, *, actor: Actor) -> Report:
    """月报 of the agencies this actor may look into."""
    first, last = month_bounds(month)
    return report(first, last, actor=actor)


def yearly_report(year: int, *, actor: Actor) -> Report:
    """年报."""
    return report(date(year, 1, 1), date(year, 12, 31), actor=actor)


def public_report(first: date, last: date) -> Report:
    """The same figures for everybody: openness is counted in the open."""
    return _report(first, last, Q())


def report(first: date, last: date, *, actor: Actor) -> Report:
    return _report(first, last, of_agencies(actor, "pk"))


def _report(first: date, last: date, scope: Q) -> Report:
    agencies = dict(Subject.objects.agencies().filter(scope).order_by("name").values_list("pk", "name"))
    rows = {(pk, kind): Row(pk, name, kind) for pk, name in agencies.items() for kind in KINDS}
    # An agency's own report counts its own rows; the district's counts all, without a list of keys.
    own = list(agencies) if scope else None
    for name, values in _measures(first, last, own).items():
        for key, value in values.items():
            if key in rows:
                rows[key].measures[name] = value
    formulas = list(Rule.objects.filter(code__startswith="kpi.").in_force(last).order_by("code"))
    kept = [row for row in rows.values() if any(row.measures.values())]
    totals = [_total(kept, kind) for kind in KINDS]
    for row in (*kept, *totals):
        _derive(row, formulas)
    return Report(first, last, kept, totals, formulas, dict(MEASURES))


def _total(rows: Iterable[Row], kind: str) -> Row:
    total = Row(None, "全区合计", kind)
    for row in rows:
        if row.kind == kind:
            for name, value in row.measures.items():
                total.measures[name] += value
    return total


def _derive(row: Row, formulas: Iterable[Rule]) -> None:
    m = row.measures
    m["accepted_first"] = max(0, m["received"] - m["rejected_first"])
    row.rates = [
        Rate(f.code, f.title, m.get(f.value["numerator"], 0), m.get(f.value["denominator"], 0), f) for f in formulas
    ]


def _measures(first: date, last: date, own: Sequence[int] | None) -> dict[str, dict[Key, int]]:
    """`own`: keys of the agencies that are counted, one after the other; None: all at once."""
    found: dict[str, dict[Key, int]] = {name: {} for name in MEASURES}
    month = first.replace(day=1)
    for agency in (None,) if own is None else own:
        by_month = _count_records(found, REPORTED(first, last, agency))
        _count_declarations(found, by_month, DECLARED(month, last, agency))
        _count_rejected_rows(found, REJECTED(month, last, agency))
    for name, provider in _providers.items():
        found[name] = dict(provider(first, last))
    return found


def _add(found: dict[Key, int], key: Key, number: int) -> None:
    found[key] = found.get(key, 0) + number


def _of(path: str, agency: int | None) -> Q:
    return Q() if agency is None else Q(**{path: agency})


def _reported(first: date, last: date, agency: int | None) -> "QuerySet[Any, Any]":
    """One grouped statement over the ledger, through the (agency, kind, decided_on) index.

    The kinds are named so that the index is used to its last column.
    """
    counted: QuerySet[Any, Any] = (
        CreditRecord.objects.filter(_of("agency", agency), decided_on__range=(first, last), submitted_on__isnull=False)
        .filter(kind__in=KINDS)
        .exclude(status=RecordStatus.DISCARDED)
        .order_by()
        .values_list("agency_id", "kind", TruncMonth("decided_on"))
        .annotate(
            reported=Count("*"),
            on_time=Count("pk", filter=Q(submitted_on__lte=F("due_on"))),
            published=Count("pk", filter=Q(published_on__isnull=False)),
            withheld=Count("pk", filter=Q(status=RecordStatus.APPROVED)),
        )
    )
    return counted


def _declared(month: date, last: date, agency: int | None) -> "QuerySet[Any, Any]":
    declared = MonthlyDeclaration.objects.filter(_of("agency", agency), month__range=(month, last))
    return declared.order_by().values_list("agency_id", "kind", "month", "produced")


def _rejected(month: date, last: date, agency: int | None) -> "QuerySet[Any, Any]":
    """Decisions that failed the first check, each once (disclosure/rejected.py)."""
    return (
        ImportRow.objects.filter(_of("batch__agency", agency), failed_first=True, month__range=(month, last))
        .order_by()
        .values_list("batch__agency_id", "batch__importer")
        .annotate(
            rejected=Count(_decision(), distinct=True),
            waiting=Count(_decision(), distinct=True, filter=Q(record_id__isnull=True)),
        )
    )


# (first day, last day, agency or None for all); compiling them takes as long as counting a department's year.
REPORTED, DECLARED, REJECTED = map(CompiledQuery, (_reported, _declared, _rejected))


def _count_records(found: dict[str, dict[Key, int]], counted: Iterable[Any]) -> dict[tuple[int, str, date], int]:
    """Returns what was reported by month, to be held against what was declared for the same months."""
    by_month = {}
    for agency_id, kind, month, reported, on_time, published, withheld in counted:
        key = (agency_id, kind)
        by_month[agency_id, kind, month] = reported
        late = reported - on_time
        for name, number in (
            ("reported", reported), ("received", reported), ("on_time", on_time), ("late", late),
            ("published", published), ("withheld", withheld),
        ):  # fmt: skip
            _add(found[name], key, number)
    return by_month


def _count_declarations(
    found: dict[str, dict[Key, int]], by_month: Mapping[tuple[int, str, date], int], declared: Iterable[Any]
) -> None:
    """What agencies say they decided. Only months that were declared are compared with what was reported."""
    for agency_id, kind, month, produced in declared:
        key = (agency_id, kind)
        reported = by_month.get((agency_id, kind, month), 0)
        _add(found["produced"], key, produced)
        _add(found["reported_declared"], key, reported)
        _add(found["missing"], key, max(0, produced - reported))
        _add(found["declared"], key, 1)
        _add(found["zero_reports"], key, produced == 0)


def _count_rejected_rows(found: dict[str, dict[Key, int]], counted: Iterable[Any]) -> None:
    """Those that did not go in since were received all the same."""
    for agency_id, kind, rejected, waiting in counted:
        key = (agency_id, kind)
        found["rejected_first"][key] = rejected
        found["received"][key] = found["received"].get(key, 0) + waiting


def _decision() -> Case:
    """The record that a row became or was answered by, else what it speaks of, else the row itself."""
    return Case(
        When(record_id__isnull=False, then=Concat(Value("r"), Cast("record_id", CharField()))),
        When(fingerprint="", then=Concat(Value("#"), Cast("pk", CharField()))),
        default=F("fingerprint"),
        output_field=CharField(),
    )
