"""Downloads of exactly what a list shows, as a stream: the filters are the list's, the columns the standard's.

Read like the list, page after page behind a cursor: the first rows leave at once, no snapshot is held while a reader's
line is slow, and memory does not grow. PostgreSQL takes the values out of the public projection, and reads the next
page while this one is written.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from operator import itemgetter
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Func, JSONField, QuerySet, TextField
from django.db.models.functions import Cast
from orjson import loads

from portal.filters import Asked, in_order
from portal.presentation import BADGES
from records.kinds import kind_of
from records.models import PublicRecord

LEADING = ("公示信息编号", "状态", "公示日期", "公示截止日", "可申请修复日")
# Places in the public projection: of the leading columns in their order, and of the last one.
PLACES = ("record", "state", "published_on", "publish_until", "repairable_from", "tier_label")
FIRST_PAGE, PAGE = 1_000, 4_000
# A record's texts at PLACES, and the values of the kind's fields; "" where there is none.
Content = tuple[Sequence[str], Sequence[Any]]
Reader = Callable[[Asked], Iterator[Content]]


def columns(kind: str) -> list[str]:
    return [*LEADING, *(field.label for field in kind_of(kind).fields), "失信程度"]


def rows(asked: Asked, *, contents: Reader | None = None) -> Iterator[Sequence[Any]]:
    """One row of texts per public record; `contents` reads them, else the database's quickest way."""
    read = contents or (taken_apart if connection.vendor == "postgresql" else projections)
    labels = {code: badge.label for code, badge in BADGES.items()}
    for (record, state, published, until, repairable, tier), values in read(asked):
        yield [record, labels[state], published, until, repairable, *values, tier]


def typed_rows(asked: Asked) -> Iterator[Sequence[Any]]:
    """The same for a workbook: numbers are numbers."""
    amounts = [n for n, field in enumerate(kind_of(asked.kind).fields, start=len(LEADING)) if field.type == "amount"]
    for row in rows(asked):
        cells = [int(row[0]), *row[1:]]
        for n in amounts:
            if cells[n]:
                cells[n] = Decimal(cells[n])
        yield cells


def taken_apart(asked: Asked) -> Iterator[Content]:
    """What the public projections hold, in the list's order; PostgreSQL sends only what goes into the file."""
    wanted = _names(asked)
    # Which fields a record has is said in few ways; where each column then finds its value is worked out once for each.
    pickers: dict[str, tuple[int, Callable[[list[Any]], Sequence[Any]]]] = {}
    for page in _pages_ahead(asked):
        for _, _, names, values, *texts in page:
            known = pickers.get(names)
            if known is None:
                places = {name: n for n, name in enumerate(loads(names))}
                known = pickers[names] = len(places), itemgetter(*(places.get(name, -1) for name in wanted))
            (count, pick), found = known, loads(values)
            if len(found) != count:  # a value in its neighbour's column would be a false statement about somebody
                raise ValueError(f"projection of record {texts[0]}: {count} names, {len(found)} values")
            yield [text or "" for text in texts], pick([*found, ""])


def projections(asked: Asked) -> Iterator[Content]:
    """The same from whole projections, with any database."""
    wanted, text = _names(asked), Cast("revision__public", TextField())
    for page in _pages(asked, lambda chosen: list(chosen.values_list(*_place(asked), text))):
        for _, _, whole in page:
            public = loads(whole)
            texts = ["" if public[place] is None else str(public[place]) for place in PLACES]
            values = {field["name"]: field["value"] for field in public["fields"]}
            yield texts, [values.get(name, "") for name in wanted]


def _names(asked: Asked) -> list[str]:
    return [field.name for field in kind_of(asked.kind).fields]


def _place(asked: Asked) -> tuple[str, str]:
    return asked.order.column, asked.order.key


def _pages(asked: Asked, read: Callable[[QuerySet[PublicRecord]], list[Any]]) -> Iterator[list[tuple[Any, ...]]]:
    after, size = "", FIRST_PAGE
    while True:
        page = read(in_order(replace(asked, after=after))[:size])
        yield page
        if len(page) < size:
            return
        after, size = asked.order.cursor_of(*page[-1][:2]), PAGE


def _pages_ahead(asked: Asked) -> Iterator[list[tuple[Any, ...]]]:
    """The next page is read by a helper thread, on this thread's connection, which has nothing else to do meanwhile."""
    after, size = "", FIRST_PAGE
    with connection.cursor() as cursor, ThreadPoolExecutor(1, "export") as helper:

        def read(statement: tuple[str, Sequence[Any]]) -> list[tuple[Any, ...]]:
            cursor.execute(*statement)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

        try:
            coming = helper.submit(read, _statement(asked, after, size))
        except EmptyResultSet:  # a question of which is known, without asking, that nothing answers it
            return
        while True:
            page = coming.result()
            last = len(page) < size
            if not last:
                after, size = asked.order.cursor_of(*page[-1][:2]), PAGE
                coming = helper.submit(read, _statement(asked, after, size))
            yield page
            if last:
                return


def _statement(asked: Asked, after: str, size: int) -> tuple[str, Sequence[Any]]:
    """One page. The projections are unpacked once each, by the inner query, not again for every value taken out."""
    unpacked = Func("revision__public", template="(%(expressions)s || '{}')", output_field=JSONField())
    chosen: QuerySet[PublicRecord] = in_order(replace(asked, after=after))
    page = chosen.values_list(*_place(asked), unpacked)[:size]
    sql, params = page.query.get_compiler(connection.alias).as_sql()
    return f"SELECT place, key, {TAKEN} FROM ({sql}) AS page (place, key, public)", params  # noqa: S608 - our own names


# Of all public fields their names and their values, each as the text of one JSON list; then the texts at PLACES.
TAKEN = ", ".join(
    (
        "jsonb_path_query_array(public, '$.fields[*].name')::text",
        "jsonb_path_query_array(public, '$.fields[*].value')::text",
        *(f"public ->> '{place}'" for place in PLACES),
    )
)
