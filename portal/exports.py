"""Downloads of exactly what a list shows, as a stream: the filters are the list's, the columns the standard's.

Read like the list, page after page behind a cursor: the first rows leave at once, no snapshot is held while a reader's
line is slow, and memory does not grow. PostgreSQL reads the next page while this one is written.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from operator import itemgetter
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from orjson import loads

from portal.filters import Asked, in_order
from portal.presentation import BADGES
from records.kinds import kind_of
from records.models import PublicRecord

LEADING = ("公示信息编号", "状态", "公示日期", "公示截止日", "可申请修复日")
DAYS = ("published_on", "publish_until", "repairable_from")
FIRST_PAGE, PAGE = 1_000, 4_000


def columns(kind: str) -> list[str]:
    return [*LEADING, *(field.label for field in kind_of(kind).fields), "失信程度"]


def rows(asked: Asked) -> Iterator[Sequence[Any]]:
    """One row of texts per public record, in the list's order."""
    labels = {code: badge.label for code, badge in BADGES.items()}
    wanted = [field.name for field in kind_of(asked.kind).fields]
    # Which fields a record has is said in few ways; where each column then finds its value is worked out once for each.
    pickers: dict[tuple[str, ...], Callable[[list[str]], Sequence[str]]] = {}
    pages = _pages_ahead if connection.vendor == "postgresql" else _pages
    for page in pages(asked):
        for _, _, text in page:
            public = loads(text)
            fields = public["fields"]
            names = tuple([field["name"] for field in fields])
            pick = pickers.get(names)
            if pick is None:
                places = {name: n for n, name in enumerate(names)}
                pick = pickers[names] = itemgetter(*(places.get(name, -1) for name in wanted))
            values = pick([*[field["value"] for field in fields], ""])
            days = [public[name] or "" for name in DAYS]
            yield [str(public["record"]), labels[public["state"]], *days, *values, public["tier_label"]]


def typed_rows(asked: Asked) -> Iterator[Sequence[Any]]:
    """The same for a workbook: numbers are numbers."""
    amounts = [n for n, field in enumerate(kind_of(asked.kind).fields, start=len(LEADING)) if field.type == "amount"]
    for row in rows(asked):
        cells = [int(row[0]), *row[1:]]
        for n in amounts:
            if cells[n]:
                cells[n] = Decimal(cells[n])
        yield cells


def _place(asked: Asked) -> tuple[str, str]:
    return asked.order.column, asked.order.key


def _page(asked: Asked, after: str, size: int) -> QuerySet[PublicRecord, Any]:
    text = Cast("revision__public", TextField())
    page: QuerySet[PublicRecord, Any] = in_order(replace(asked, after=after)).values_list(*_place(asked), text)[:size]
    return page


def _pages(asked: Asked) -> Iterator[list[tuple[Any, ...]]]:
    after, size = "", FIRST_PAGE
    while True:
        page = list(_page(asked, after, size))
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
    statement: tuple[str, Sequence[Any]] = _page(asked, after, size).query.get_compiler(connection.alias).as_sql()
    return statement
