"""Downloads of exactly what a list shows, as a stream: the filters are the list's, the columns the standard's.

Read like the list, page after page behind a cursor: the first rows leave at once, no snapshot is held while a reader's
line is slow, and memory does not grow. PostgreSQL takes the values out of the public projection, and reads the next
page while this one is written.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Func, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from orjson import loads

from portal.filters import Asked, in_order
from portal.presentation import BADGES
from records.kinds import kind_of
from records.models import PublicRecord

LEADING = ("公示信息编号", "状态", "公示日期", "公示截止日", "可申请修复日")
# Places in the public projection: of the leading columns in their order, and of the last one.
PLACES = ("record", "state", "published_on", "publish_until", "repairable_from", "tier_label")
FIRST_PAGE, PAGE = 1_000, 10_000
# A record's texts at PLACES ("" where there is none), and the values of its fields by name.
Content = tuple[Sequence[str], dict[str, Any]]
Reader = Callable[[Asked], Iterator[Content]]


def columns(kind: str) -> list[str]:
    return [*LEADING, *(field.label for field in kind_of(kind).fields), "失信程度"]


def rows(asked: Asked, *, contents: Reader | None = None) -> Iterator[Sequence[Any]]:
    """One row of texts per public record; `contents` reads them, else the database's quickest way."""
    read = contents or (taken_apart if connection.vendor == "postgresql" else projections)
    names = [field.name for field in kind_of(asked.kind).fields]
    labels = {code: badge.label for code, badge in BADGES.items()}
    for (record, state, published, until, repairable, tier), values in read(asked):
        value = values.get
        yield [record, labels[state], published, until, repairable, *[value(name, "") for name in names], tier]


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
    for page in _pages_ahead(asked):
        for _, _, names, values, *texts in page:
            yield [text or "" for text in texts], dict(zip(loads(names), loads(values), strict=True))


def projections(asked: Asked) -> Iterator[Content]:
    """The same from whole projections, with any database."""
    text = Cast("revision__public", TextField())
    for page in _pages(asked, lambda chosen: list(chosen.values_list(*_place(asked), text))):
        for _, _, whole in page:
            public = loads(whole)
            texts = ["" if public[place] is None else str(public[place]) for place in PLACES]
            yield texts, {field["name"]: field["value"] for field in public["fields"]}


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

        coming = helper.submit(read, _statement(asked, after, size))
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
    chosen: QuerySet[PublicRecord] = in_order(replace(asked, after=after))
    parts = (_parts("name"), _parts("value"), *(KeyTextTransform(place, "revision__public") for place in PLACES))
    sql, params = chosen.values_list(*_place(asked), *parts)[:size].query.get_compiler(connection.alias).as_sql()
    return sql, params


def _parts(key: str) -> Func:
    """Of all public fields their `key`, as the text of one JSON list."""
    path = f"$.fields[*].{key}"
    return Func(
        "revision__public",
        template=f"jsonb_path_query_array(%(expressions)s, '{path}')::text",
        output_field=TextField(),
    )
