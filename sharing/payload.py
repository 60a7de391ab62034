"""From the public projection to a platform's columns, by field maps that are data.

Nothing but `Revision.public` goes in, so nothing that the public may not see can come out.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, NamedTuple

import orjson

from records.choices import PERSONAL_KINDS
from sharing.choices import Operation, Party
from sharing.models import FieldMap, Platform

Public = Mapping[str, Any]
# Reads one value: from the projection and its fields by name.
Reader = Callable[[Public, Mapping[str, str]], str]
# Changes one value that is not empty.
Change = Callable[[str], str]
OTHERS = "*"


class Parcel(NamedTuple):
    """One delivery as the sender needs it."""

    id: int
    revision_id: int
    record_id: int
    version: int
    operation: str
    state: str
    attempts: int
    resends: int
    accepted_at: Any
    digest: str


@dataclass(frozen=True, slots=True)
class Item:
    """What goes out for one delivery. `missing`: column and reason when it cannot be sent as it is."""

    delivery_id: int
    key: str
    text: bytes
    digest: str
    missing: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """`field`: the public field that is looked at first, the usual source; `read`: where else the value may be.
    `length`: what does not fit is cut off, 0 is no limit."""

    code: str
    label: str
    required: bool
    field: str
    read: Reader | None
    change: Change | None
    length: int


@dataclass(frozen=True, slots=True)
class Table:
    """Columns taken apart into `steps`, which run once per column and row, and those that must have a value."""

    code: str
    required: tuple[Column, ...]
    steps: tuple[tuple[str, str, Reader | None, Change | None, int], ...]


def _table(rows: Sequence[FieldMap]) -> Table:
    columns = tuple(map(_compiled, rows))
    steps = tuple((c.code, c.field, c.read, c.change, c.length) for c in columns)
    return Table(rows[0].table, tuple(c for c in columns if c.required), steps)


def record_key(record_id: int, district: str) -> str:
    """The record's key at every platform. Zero-padded: the order of keys is the order of ids."""
    return f"{district}-{record_id:012d}"


class PlatformTables:
    """All tables of one platform, compiled from its field maps once per run."""

    def __init__(self, platform: Platform, district: str):
        self.platform = platform.code
        self.district = district
        grouped: dict[tuple[str, str], list[FieldMap]] = {}
        for row in platform.field_maps.order_by("position"):
            grouped.setdefault((row.kind, row.party), []).append(row)
        self.tables = {key: _table(rows) for key, rows in grouped.items()}

    def columns(self, public: Public) -> tuple[str, dict[str, str], tuple[str, str] | None]:
        """Table code, columns with a value, and the first required column without one."""
        personal = public["subject"]["kind"] in PERSONAL_KINDS
        table = self.tables.get((public["kind"], Party.PERSON if personal else Party.ORGANISATION))
        if table is None:
            return "", {}, ("", "该平台没有此类信息的字段对应，请信用办在“字段对应”中补充。")
        fields = {field["name"]: field["value"] for field in public["fields"]}
        columns: dict[str, str] = {}
        for code, field, read, change, length in table.steps:
            value = fields.get(field)
            if not value and read:
                value = read(public, fields)
            if not value:
                continue
            if change:
                value = change(value)
            if length and len(value) > length:
                value = value[:length]
            if value:
                columns[code] = value
        for column in table.required:
            if column.code not in columns:
                return table.code, columns, (column.code, f"报送前检查：{column.label}为空，而该平台要求必填。")
        return table.code, columns, None

    def key(self, parcel: Parcel) -> str:
        """Idempotency key: what was settled and is sent anew gets a new one, or the old answer would come back."""
        again = f":{parcel.resends}" if parcel.resends else ""
        return f"{self.platform}:{parcel.record_id}:{parcel.version}{again}"

    def question(self, parcel: Parcel) -> Item:
        """Stands for an item already sent, when the platform is asked about it."""
        return Item(parcel.id, self.key(parcel), b"", parcel.digest)

    def item(self, parcel: Parcel, public: Public) -> Item:
        key = self.key(parcel)
        head = {
            "key": key,
            "record": record_key(parcel.record_id, self.district),
            "version": parcel.version,
            "operation": parcel.operation,
        }
        if parcel.operation == Operation.RECALL:
            return Item(parcel.id, key, _json({**head, "reason": public.get("reason", "")}), "")
        code, columns, missing = self.columns(public)
        content = _json(columns)
        text = _json({**head, "table": code, "department": public["agency"]["code"]})
        digest = hashlib.sha256(content).hexdigest()
        return Item(parcel.id, key, b'%b,"columns":%b}' % (text[:-1], content), digest, missing)


def body_of(items: Iterable[Item]) -> bytes:
    return b'{"items":[%b]}' % b",".join(item.text for item in items)


def _json(value: Mapping[str, Any]) -> bytes:
    """Canonical: sorted keys, no blanks, UTF-8. The digest of the columns is taken over exactly these bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _compiled(row: FieldMap) -> Column:
    first, _, others = row.source.partition("|")
    if first.startswith("fields."):
        field, read = first.strip().removeprefix("fields."), _source(others) if others else None
    else:
        field, read = "", _source(row.source)
    return Column(row.column, row.label, row.required, field, read, _changes(row), row.max_length)


def _source(source: str) -> Reader:
    if source.startswith("="):
        constant = source[1:]
        return lambda public, fields: constant
    readers = [_path(part.strip()) for part in source.split("|")]
    if len(readers) == 1:
        return readers[0]
    return lambda public, fields: next((value for read in readers if (value := read(public, fields))), "")


def _path(path: str) -> Reader:
    first, _, rest = path.partition(".")
    if first == "fields":
        return lambda public, fields: fields.get(rest) or ""
    if rest:
        return lambda public, fields: str((public.get(first) or {}).get(rest) or "")
    return lambda public, fields: str(public.get(first) or "")


def _changes(row: FieldMap) -> Change | None:
    changes: list[Change] = []
    if row.values:
        changes.append(partial(_replaced, row.values))
    if row.date_format:
        changes.append(partial(_dated, row.date_format))
    if len(changes) <= 1:
        return changes[0] if changes else None

    def change(value: str) -> str:
        for one in changes:
            value = one(value)
        return value

    return change


def _replaced(values: Mapping[str, str], value: str) -> str:
    return values.get(value, values.get(OTHERS, value))


# The usual forms only exchange the mark between the parts.
_MARKS = {"%Y/%m/%d": "/", "%Y-%m-%d": "-", "%Y%m%d": ""}


def _dated(form: str, value: str) -> str:
    mark = _MARKS.get(form)
    return date.fromisoformat(value).strftime(form) if mark is None else value.replace("-", mark)
