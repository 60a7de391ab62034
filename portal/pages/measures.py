"""惩戒措施: the lists in force, public notices, and what is in force because of one public record. Never of people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from core.compiled import CompiledQuery
from core.formats import day
from portal.environment import record_url
from portal.kept import kept
from records.choices import PERSONAL_KINDS
from sanctions.choices import NO_FAULTS, Level, MeasureCategory
from sanctions.models import Measure, MeasureEdition, Sanction
from sanctions.policy import period, public_categories

MOST = 100


@dataclass(frozen=True, slots=True)
class ListOf:
    """One level's list in force, or to come."""

    level: str
    edition: MeasureEdition
    since: str
    until: str
    measures: Sequence[Measure]


def measures_page(today: date) -> dict[str, Any]:
    rows = MeasureEdition.objects.approved().exclude(in_force_to__lt=today)
    found = rows.prefetch_related("measures").order_by("in_force_from", "pk")
    order = list(Level.values)
    lists = [
        ListOf(
            str(Level(e.level).label), e, day(e.in_force_from), day(e.in_force_to) if e.in_force_to else "",
            list(e.measures.all()),
        )
        for e in sorted(found, key=lambda e: order.index(e.level))
    ]  # fmt: skip
    return {
        "now": [one for one in lists if one.edition.in_force_from <= today],
        "next": [one for one in lists if one.edition.in_force_from > today],
        "missing": [str(level.label) for level in Level if level not in {one.edition.level for one in lists}],
    }


@dataclass(frozen=True, slots=True)
class NoticeLine:
    subject: str
    on: str
    period: str
    text: str
    title: str
    href: str


def notices_page(today: date) -> dict[str, Any]:
    """通报批评 in force, the newest first."""
    rows = Sanction.objects.public(today, public_categories(today)).exclude(notice="")
    found = rows.select_related("subject", "cause").order_by("-starts_on", "-pk")[: MOST + 1]
    lines = [
        NoticeLine(s.subject.name, day(s.starts_on), period(s.starts_on, s.ends_on), s.notice, s.cause.title,
                   record_url(s.cause_id))
        for s in found
    ]  # fmt: skip
    return {"rows": lines[:MOST], "more": len(lines) > MOST}


class Line(NamedTuple):
    """One measure in force because of a record, as its page shows it."""

    name: str
    category: str
    content: str
    legal_bases: str
    title: str
    edition: str
    executor: str
    starts_on: date
    ends_on: date | None
    notice: str

    @property
    def category_label(self) -> str:
        return str(MeasureCategory(self.category).label)

    @property
    def period(self) -> str:
        return period(self.starts_on, self.ends_on)


def _query(record_id: int, today: date) -> "QuerySet[Sanction, Any]":
    rows = Sanction.objects.active().filter(cause=record_id, starts_on__lte=today)
    rows = rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today)).exclude(
        subject__kind__in=sorted(PERSONAL_KINDS)
    )
    columns: QuerySet[Sanction, Any] = rows.order_by("pk").values_list(
        "measure__name", "measure__category", "measure__content", "measure__legal_bases", "measure__edition__title",
        "measure__edition__edition", "executor__name", "starts_on", "ends_on", "notice",
    )  # fmt: skip
    return columns


_compiled = CompiledQuery(_query, prepare=True)


def measures_of(record_id: int, kind: str, today: date) -> list[Line]:
    """Measures of public categories in force because of a public record."""
    lines = [] if kind in NO_FAULTS else [Line(*row) for row in _compiled(record_id, today)]
    if not lines:
        return []
    shown = kept(f"sanctions.public_categories.{today}", 300, lambda: public_categories(today))
    return [line for line in lines if line.category in shown]
