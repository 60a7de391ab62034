"""What a reader asked for, out of an address: the same words for search, lists, exports and the API."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import QuerySet

from core.errors import Invalid
from core.search import Way, newest_ways, parse_query, query_problem
from portal.cursors import AMOUNT, ENDING, NEWEST, Order
from records.choices import PublicState, RecordKindCode
from records.models import PublicRecord, Subject
from records.querysets import PublicRecordQuerySet

MAX_QUERY = 100
FIRST_YEAR, LAST_YEAR = 1949, 2100
ORDERS = {order.name: order for order in (NEWEST, ENDING, AMOUNT)}


@dataclass(frozen=True, slots=True)
class Asked:
    """Filters of one request, cleaned. A value that does not exist is named, not ignored."""

    q: str = ""
    kind: str = ""
    agency: int | None = None
    subject: int | None = None
    year: int | None = None
    state: str = ""
    on_time: str = ""
    sort: str = NEWEST.name
    after: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str], **fixed: Any) -> "Asked":
        """Read an address; `fixed` are filters that the page itself sets."""
        given = {name: query.get(name, "").strip() for name in _NAMES if query.get(name, "").strip()}
        errors: dict[str, list[str]] = {}
        values: dict[str, Any] = {}
        for name, text in given.items():
            try:
                values[name] = _CLEANERS[name](text)
            except ValueError as error:
                errors[name] = [str(error)]
        if errors:
            message = "；".join(m for messages in errors.values() for m in messages)
            raise Invalid("bad_filter", f"查询条件有误：{message}", fields=errors)
        return cls(**{**values, **fixed})

    @property
    def order(self) -> Order:
        return ORDERS[self.sort]

    @property
    def problem(self) -> str:
        """Why these words find nothing whatever the data ("" when they can be searched for)."""
        return (query_problem(self.q) or "") if self.q else ""

    @property
    def terms(self) -> list[str]:
        """What to mark in results: the words together, else each."""
        words = self.q.split()
        return [self.q, *words] if len(words) > 1 else words

    def narrowed(self) -> bool:
        return any((self.q, self.kind, self.agency, self.subject, self.year, self.state, self.on_time))

    def without_place(self) -> "Asked":
        return replace(self, after="")

    def query_string(self, **changes: Any) -> str:
        """The address of the same question with some answers changed; empty ones are left out."""
        asked = replace(self, **changes) if changes else self
        pairs = [(name, getattr(asked, name)) for name in _NAMES]
        return urlencode([(n, v) for n, v in pairs if v not in ("", None) and (n, v) != ("sort", NEWEST.name)])


def select(asked: Asked) -> PublicRecordQuerySet:
    """Public records that answer the question, unsorted. Every filter has an index to lead it."""
    rows: PublicRecordQuerySet = PublicRecord.objects.all()
    if asked.q:
        rows = rows.matching(asked.q)
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.agency:
        rows = rows.filter(agency=asked.agency)
    if asked.subject:
        # Never by a person's key: that would tie together what is shown masked.
        rows = rows.filter(subject__in=Subject.objects.public().family(asked.subject))
    if asked.year:
        rows = rows.filter(decided_on__gte=date(asked.year, 1, 1), decided_on__lte=date(asked.year, 12, 31))
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.on_time:
        rows = rows.filter(on_time=asked.on_time == "yes")
    if asked.sort == ENDING.name:
        rows = rows.filter(publish_until__isnull=False)
    if asked.sort == AMOUNT.name:
        rows = rows.filter(amount__isnull=False)
    return rows


def in_order(asked: Asked) -> QuerySet[PublicRecord]:
    """The same, sorted as asked and continued behind the cursor."""
    return asked.order.apply(asked.order.after(select(asked), asked.after))


def ways(asked: Asked) -> Iterator[Way]:
    """Slices that fill the first page of a search soonest, newest first; none where the database knows better.

    Together they hold every row that answers, so a page that a slice did not fill goes on in the next.
    """
    plain = replace(asked, q="", kind="") == Asked()
    if asked.q and plain and connection.vendor == "postgresql" and (query := parse_query(asked.q)):
        yield from newest_ways(query, PublicRecord, "terms", "decided_on", connection)


def on_way(asked: Asked, way: Way) -> QuerySet[PublicRecord]:
    """The rows of one slice, in order."""
    rows = select(replace(asked, q="")).on_way(way)
    return asked.order.apply_after(rows) if way.narrow else asked.order.apply(rows)


def first_rows(asked: Asked, count: int, read: Callable[[Way], Sequence[Any]]) -> list[Any] | None:
    """The newest `count` rows, as `read` gives them for one slice after another; None where there are no slices."""
    found: list[Any] | None = None
    for way in ways(asked):
        found = [*(found or ()), *read(way)]
        if len(found) >= count:
            break
    return found


def _words(text: str) -> str:
    if len(text) > MAX_QUERY:
        raise ValueError(f"检索词不能超过{MAX_QUERY}个字。")
    return text.replace("\x00", "")


def _key(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ValueError(f"编号“{text[:20]}”应为数字。")
    return int(text)


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and FIRST_YEAR <= int(text[:6]) <= LAST_YEAR):
        raise ValueError(f"年份“{text[:20]}”应为四位数字，例如 2026。")
    return int(text)


def _one_of(label: str, allowed: Any) -> Any:
    def clean(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"{label}“{text[:20]}”不存在，可用的有：{'、'.join(allowed)}。")
        return text

    return clean


_CLEANERS = {
    "q": _words,
    "kind": _one_of("种类", RecordKindCode.values),
    "agency": _key,
    "subject": _key,
    "year": _year,
    "state": _one_of("状态", PublicState.values),
    "on_time": _one_of("公示时限", ("yes", "no")),
    "sort": _one_of("排序", tuple(ORDERS)),
    "after": lambda text: text,
}
_NAMES = tuple(field.name for field in fields(Asked))
