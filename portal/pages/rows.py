"""Rows of lists, counts and options that several pages share."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from orjson import loads

from core.formats import CAP, capped
from portal.cursors import page_of
from portal.filters import Asked, in_order, select
from portal.kept import kept
from records.models import PublicRecord, Subject

PAGE_SIZE = 20
NEEDED = ("record_id", "decided_on", "publish_until", "amount", "summary")


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a filter, as a link or in a select."""

    name: str
    label: str
    options: tuple[tuple[Any, str], ...]
    chosen: Any
    every: str = "全部"


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    href: str
    current: bool


def shown(records: Iterable[PublicRecord]) -> list[dict[str, Any]]:
    """The public projection of each row, as lists show it, with the amount that they sort by."""
    return [{**loads(r.summary), "amount": "" if r.amount is None else str(r.amount)} for r in records]


def content(rows: QuerySet[PublicRecord]) -> QuerySet[PublicRecord]:
    """Only what lists read: the summary and the columns that cursors are made of."""
    return rows.only(*NEEDED)


def listed(asked: Asked, size: int = PAGE_SIZE) -> tuple[list[dict[str, Any]], str]:
    """One page of rows and the cursor of the next one ("" on the last)."""
    found, more = page_of(content(in_order(asked)), size)
    return shown(found), asked.order.cursor(found[-1]) if more else ""


def turn(path: str, asked: Asked, following: str, extra: str = "") -> dict[str, str]:
    """Addresses of the first and the next page."""
    return {
        "first_url": address(path, asked.query_string(after=""), extra) if asked.after else "",
        "next_url": address(path, asked.query_string(after=following), extra) if following else "",
    }


def address(path: str, *queries: str) -> str:
    query = "&".join(q for q in queries if q)
    return f"{path}?{query}" if query else path


def count_up_to_cap(rows: QuerySet[Any]) -> int:
    """How many, at most CAP + 1: never a count of the whole ledger."""
    return rows.order_by()[: CAP + 1].count()


def count_text(asked: Asked) -> str:
    count = count_up_to_cap(select(asked.without_place()))
    return f"共 {capped(count)} 条"


def agency_names() -> dict[int, str]:
    return kept("agencies", 60, _agency_names)


def _agency_names() -> dict[int, str]:
    return dict(Subject.objects.agencies().order_by("name").values_list("pk", "name"))


def years(today: date) -> list[int]:
    """Years of which something is public, newest first."""
    oldest = PublicRecord.objects.order_by("decided_on", "record_id").values_list("decided_on", flat=True).first()
    return list(range(today.year, (oldest or today).year - 1, -1))
