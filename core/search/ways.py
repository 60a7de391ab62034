"""Which way PostgreSQL reads the newest rows that answer a query.

Sorted by day, a word that many rows have is found by reading the newest rows; a word that few have by the index. In
between lies what neither does well: at a million rows, a word in one of a hundred costs thousands of rows either way.
There the index says which rows have the word, the sort index which are among the newest thousands, and only rows in
both are fetched. So the table is read in slices, newest first, until the page is full; the last slice is the rest.
How many rows have the word is known from statistics (core/search/frequencies.py). It is a guess only about speed: what
is found is the same whichever way is taken.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models

from core.search.frequencies import frequencies, likely_share, narrowing, rarest
from core.search.query import SearchQuery

# Rows of the slices, from the newest on; each is read only if the ones before did not fill the page.
SLICES = (1_000, 4_000, 16_000, 64_000)
# A slice is worth it when so many matches can be hoped for in it …
HOPED = 40
# … and the index alone would bring more rows than this: fetching one costs some five microseconds.
FEW = 400
KEPT_SECONDS = 600.0

_days: dict[tuple[str, str, str], tuple[float, int, list[date]]] = {}


def forget() -> None:
    """Measure the slices anew at the next query."""
    _days.clear()


@dataclass(frozen=True, slots=True)
class Way:
    """One slice: rows from `since` (None: from the first) until before `before` (None: to the newest).

    `narrow` is what the index is asked ("": nothing, the rows are read as they come), `whole` is checked on each row.
    """

    narrow: str
    whole: str
    since: date | None = None
    before: date | None = None


def newest_ways(query: SearchQuery, model: type[models.Model], terms: str, day: str, connection: Any) -> Iterator[Way]:
    """Ways to take one after the other; together they are all rows that answer, newest first."""
    options = model._meta
    column = str(options.get_field(terms).column)  # type: ignore[union-attr]
    whole = query.tsquery()
    known = frequencies(connection, options.db_table, column)
    share = likely_share(query, known)
    rows, days = slices(connection, options.db_table, str(options.get_field(day).column))  # type: ignore[union-attr]
    before: date | None = None
    if share * rows > FEW:
        for size, since in zip(SLICES, days, strict=False):
            if size * share >= HOPED and since != before:
                # So common that reading on is quicker than asking the index: one row in twenty-five.
                yield Way("" if size == SLICES[0] else narrowing(query, known), whole, since, before)
                before = since
    yield Way(rarest(query, known), whole, None, before)


def slices(connection: Any, table: str, day: str) -> tuple[int, list[date]]:
    """About how many rows there are, and the oldest day of each slice; kept for ten minutes per process."""
    place, now = (connection.alias, table, day), time.monotonic()
    kept = _days.get(place)
    if kept and kept[0] > now:
        return kept[1], kept[2]
    quote = connection.ops.quote_name
    name, column = quote(table), quote(day)
    ends = [f"(SELECT {column} FROM {name} ORDER BY {column} DESC OFFSET {size} LIMIT 1)" for size in SLICES]  # noqa: S608
    connection.ensure_connection()
    # The driver's own cursor: a look ahead is no query of the page that asked.
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (SELECT reltuples FROM pg_class WHERE oid = %s::regclass), {', '.join(ends)}",  # noqa: S608
            [name],
        )
        found = cursor.fetchone()
    days = [end for end in found[1:] if end is not None]
    _days[place] = (now + KEPT_SECONDS, int(found[0]), days)
    return int(found[0]), days
