"""Keyset paging: “next” keeps its place when new rows arrive, and page 1000 costs what page 1 costs.

A cursor is readable on purpose: `2026-11-02~1234` = after this day and this row. It holds nothing secret, and a
forged one only starts the list elsewhere.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.db.models.functions import Coalesce

from core.errors import Invalid

CURSOR = re.compile(r"([0-9.-]{1,20})~([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Order:
    """One way to sort: a column and the key, both in the same direction, so that one index serves both."""

    name: str
    label: str
    column: str
    parse: Callable[[str], Any]
    key: str = "record_id"
    descending: bool = True

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        sign = "-" if self.descending else ""
        return rows.order_by(sign + self.column, sign + self.key)

    def apply_after(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The same order, hidden from the planner: rows are found first, then sorted.

        Told of order and limit it walks the sorted index, sure to find enough rows soon; where none answer, it walks
        to the end.
        """
        column = Coalesce(F(self.column), F(self.column))
        return rows.order_by(*(c.desc() if self.descending else c.asc() for c in (column, F(self.key))))

    def after(self, rows: QuerySet[Any], cursor: str) -> QuerySet[Any]:
        """Rows behind the cursor, as one row comparison that the index answers."""
        return self.behind(rows, *self.read(cursor)) if cursor else rows

    def behind(self, rows: QuerySet[Any], value: Any, key: int) -> QuerySet[Any]:
        compare = TupleLessThan if self.descending else TupleGreaterThan
        return rows.filter(compare((F(self.column), F(self.key)), (value, key)))

    def read(self, cursor: str) -> tuple[Any, int]:
        found = CURSOR.fullmatch(cursor)
        try:
            if found:
                return self.parse(found[1]), int(found[2])
        except ValueError:  # such as the 31st of February: as wrong as any other text
            found = None
        raise Invalid("bad_cursor", "翻页位置无效，请回到第一页重新查看。", fields={"after": ["翻页位置无效。"]})

    def cursor(self, row: Any) -> str:
        return self.cursor_of(getattr(row, self.column), getattr(row, self.key))

    @staticmethod
    def cursor_of(value: Any, key: int) -> str:
        return f"{value.isoformat() if isinstance(value, date) else value}~{key}"


def _amount(text: str) -> Decimal:
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", text):
        raise ValueError(text)
    return Decimal(text)


def page_of(rows: QuerySet[Any], size: int) -> tuple[Sequence[Any], bool]:
    """The first `size` rows and whether more follow."""
    found = list(rows[: size + 1])
    return found[:size], len(found) > size


NEWEST = Order("newest", "最近作出的在前", "decided_on", date.fromisoformat)
ENDING = Order("ending", "最先期满的在前", "publish_until", date.fromisoformat, descending=False)
AMOUNT = Order("amount", "金额大的在前", "amount", _amount)
