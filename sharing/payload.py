"""From the public projection to a platform's columns, by field maps that are data.

Nothing but `Revision.public` goes in, so nothing that the public may not see can come out.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from records.choices import PERSONAL_KINDS
from sharing.choices import Operation, Party
from sharing.models import Delivery, FieldMap, Platform

Public = Mapping[str, Any]
Reader = Callable[[Public, Mapping[str, str]], str]
OTHERS = "*"


@dataclass(frozen=True, slots=True)
class Item:
    """What goes out for one delivery. `missing`: column and reason when it cannot be sent as it is."""

    delivery_id: int
    key: str
    text: str
    digest: str
    missing: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Column:
    code: str
    label: str
    required: bool
    read: Reader


@dataclass(frozen=True, slots=True)
class Table:
    code: str
    columns: tuple[Column, ...]


def record_key(record_id: int, district: str) -> str:
    """The record's key at every platform. Zero-padded: the order of keys is the order of ids."""
    return f"{district}-{record_id:012d}"


def idempotency_key(platform: str, record_id: int, version: int, resends: int) -> str:
    return f"{platform}:{record_id}:{version}" + (f":{resends}" if resends else "")


class PlatformTables:
    """All tables of one platform, compiled from its field maps once per run."""

    def __init__(self, platform: Platform, district: str):
        self.platform = platform.code
        self.district = district
        grouped: dict[tuple[str, str], list[FieldMap]] = {}
        for row in platform.field_maps.order_by("position"):
            grouped.setdefault((row.kind, row.party), []).append(row)
        self.tables = {key: Table(rows[0].table, tuple(map(_compiled, rows))) for key, rows in grouped.items()}

    def columns(self, public: Public) -> tuple[str, dict[str, str], tuple[str, str] | None]:
        """Table code, columns with a value, and the first required column without one."""
        personal = public["subject"]["kind"] in PERSONAL_KINDS
        table = self.tables.get((public["kind"], Party.PERSON if personal else Party.ORGANISATION))
        if table is None:
            return "", {}, ("", "该平台没有此类信息的字段对应，请信用办在“字段对应”中补充。")
        fields = {field["name"]: field["value"] for field in public["fields"]}
        columns, missing = {}, None
        for column in table.columns:
            if value := column.read(public, fields):
                columns[column.code] = value
            elif column.required and missing is None:
                missing = (column.code, f"报送前检查：{column.label}为空，而该平台要求必填。")
        return table.code, columns, missing

    def question(self, delivery: Delivery) -> Item:
        """Stands for an item already sent, when the platform is asked about it."""
        key = idempotency_key(self.platform, delivery.record_id, delivery.version, delivery.resends)
        return Item(delivery.pk, key, "", delivery.digest)

    def item(self, delivery: Delivery, public: Public) -> Item:
        key = idempotency_key(self.platform, delivery.record_id, delivery.version, delivery.resends)
        head = {
            "key": key,
            "record": record_key(delivery.record_id, self.district),
            "version": delivery.version,
            "operation": delivery.operation,
        }
        if delivery.operation == Operation.RECALL:
            return Item(delivery.pk, key, _json({**head, "reason": public.get("reason", "")}), "")
        code, columns, missing = self.columns(public)
        content = _json(columns)
        text = _json({**head, "table": code, "department": public["agency"]["code"]})
        digest = hashlib.sha256(content.encode()).hexdigest()
        return Item(delivery.pk, key, f'{text[:-1]},"columns":{content}}}', digest, missing)


def body_of(items: Iterable[Item]) -> bytes:
    return f'{{"items":[{",".join(item.text for item in items)}]}}'.encode()


def _json(value: Mapping[str, Any]) -> str:
    """Canonical: sorted keys, no blanks. The digest of the columns is taken over exactly this text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _compiled(row: FieldMap) -> Column:
    read = _source(row.source)
    if row.values:
        read = _replaced(read, row.values)
    if row.date_format:
        read = _dated(read, row.date_format)
    if row.max_length:
        read = _cut(read, row.max_length)
    return Column(row.column, row.label, row.required, read)


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


def _replaced(read: Reader, values: Mapping[str, str]) -> Reader:
    others = values.get(OTHERS)

    def replaced(public: Public, fields: Mapping[str, str]) -> str:
        value = read(public, fields)
        return values.get(value, value if others is None else others)

    return replaced


def _dated(read: Reader, form: str) -> Reader:
    # The usual forms only move the parts about; strftime is the slow way for the others.
    if form in ("%Y/%m/%d", "%Y-%m-%d", "%Y%m%d"):
        mark = form[2:-5] if len(form) > 6 else ""

        def quick(public: Public, fields: Mapping[str, str]) -> str:
            return read(public, fields).replace("-", mark)

        return quick

    def dated(public: Public, fields: Mapping[str, str]) -> str:
        value = read(public, fields)
        return date.fromisoformat(value).strftime(form) if value else ""

    return dated


def _cut(read: Reader, length: int) -> Reader:
    return lambda public, fields: read(public, fields)[:length]
