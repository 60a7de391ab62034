"""What stands behind each figure of the 双公示 report: the rows that were counted, one named read per measure.

`disclosure.reports` counts in few grouped statements; here the same conditions give the rows. A test holds the two
together for every measure, agency and kind.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncMonth

from core.actors import Actor
from disclosure.models import MonthlyDeclaration
from records.choices import RecordStatus
from records.models import CreditRecord, ImportRow
from records.querysets import of_agencies

# Counted over what was reported (submitted and not discarded), by the decision day.
RECORDS: dict[str, Q] = {
    "reported": Q(),
    "on_time": Q(submitted_on__lte=F("due_on")),
    "late": Q(submitted_on__gt=F("due_on")),
    "published": Q(published_on__isnull=False),
    "withheld": Q(status=RecordStatus.APPROVED),
}
DECLARATIONS = ("produced", "missing", "zero_reports")
ROWS = ("rejected_first",)
OPENED = frozenset({*RECORDS, *DECLARATIONS, *ROWS})
EXPLAINED = {
    "produced": "单位按月自行申报的数量，各月相加。",
    "reported": "决定日期在统计期间内、已提交审核的记录，不含草稿和已作废的。",
    "on_time": "已报送的记录中，首次提交不晚于公示期限的。",
    "late": "已报送的记录中，首次提交晚于公示期限的。",
    "published": "已报送的记录中，曾在门户公示的，包括后来撤下、修复和公示期满的。",
    "withheld": "已审核、按公示规则不公示的记录。",
    "rejected_first": "导入时首次检查没有通过的行，后来改正入库的也计算在内。",
    "missing": "已申报的月份中，申报的产生数量减去已报送数量，逐月相加。没有报送的决定不在系统中，请按文书台账核对。",
    "zero_reports": "申报当月没有产生决定的月份。",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of the report a figure belongs to; no agency or kind: all that the actor may look into."""

    first: date
    last: date
    actor: Actor
    agency_id: int | None = None
    kind: str = ""

    def rows(self, agency: str, kind: str) -> Q:
        """Conditions on the agency and kind, by the paths that lead there."""
        where = of_agencies(self.actor, agency)
        if self.agency_id is not None:
            where &= Q(**{agency: self.agency_id})
        return where & Q(**{kind: self.kind}) if self.kind else where

    @property
    def months(self) -> tuple[date, date]:
        return self.first.replace(day=1), self.last


def records(measure: str, scope: Scope) -> "QuerySet[CreditRecord]":
    found = CreditRecord.objects.filter(
        scope.rows("agency", "kind"), decided_on__range=(scope.first, scope.last), submitted_on__isnull=False
    )
    return found.exclude(status=RecordStatus.DISCARDED).filter(RECORDS[measure])


def import_rows(measure: str, scope: Scope) -> "QuerySet[ImportRow]":
    return ImportRow.objects.filter(
        scope.rows("batch__agency", "batch__importer"), failed_first=True, month__range=scope.months
    )


@dataclass(frozen=True, slots=True)
class Declared:
    """One declared month beside what was reported of it; `number` is what it adds to the figure."""

    declaration: MonthlyDeclaration
    reported: int
    number: int

    @property
    def missing(self) -> int:
        return max(0, self.declaration.produced - self.reported)


def declarations(measure: str, scope: Scope) -> list[Declared]:
    """Newest month first. A year of the whole district is some hundreds of rows."""
    where = scope.rows("agency", "kind") & Q(month__range=scope.months)
    found = MonthlyDeclaration.objects.filter(where).select_related("agency", "declared_by")
    reported = _reported_by_month(scope)
    rows = [_declared(measure, d, reported.get((d.agency_id, d.kind, d.month), 0)) for d in found]
    if measure == "produced":
        return rows
    return [row for row in rows if row.number]


def _declared(measure: str, declaration: MonthlyDeclaration, reported: int) -> Declared:
    numbers = {
        "produced": declaration.produced,
        "missing": max(0, declaration.produced - reported),
        "zero_reports": int(declaration.produced == 0),
    }
    return Declared(declaration, reported, numbers[measure])


def _reported_by_month(scope: Scope) -> dict[tuple[int, str, date], int]:
    counted: Iterable[Any] = (
        records("reported", scope)
        .order_by()
        .values_list("agency_id", "kind", TruncMonth("decided_on"))
        .annotate(number=Count("*"))
    )
    return {(agency_id, kind, month): number for agency_id, kind, month, number in counted}
