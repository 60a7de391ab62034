"""Set-based writes: COPY on PostgreSQL, multi-row INSERT on SQLite, the same call for both.

Field values are prepared by the model's own fields, so encrypted, JSON and search columns come out the same as
through the ORM. Nothing here fires `save()` or signals; there are none to fire (CONTRIBUTING.md, services).
"""

import io
import json
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import orjson
from django.db import connection, models, transaction

CHUNK = 5_000


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """`count` fresh primary keys, in order. On SQLite call it inside the transaction that will use them."""
    if not count:
        return []
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [f'"{table}"', column, count],
            )
            return sorted(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        first = (row[0] if row else 0) + 1
        if row:
            cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [first + count - 1, table])
        else:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, first + count - 1])
    return list(range(first, first + count))


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert `rows` (values in the order of field `names`) in chunks, all or nothing.

    Fields that are not named get the model's default, the same for all rows of the call.
    """
    fields = [model._meta.get_field(name) for name in names]
    left = [f for f in model._meta.concrete_fields if f not in fields and not f.primary_key and not f.null]
    defaults = tuple(f.get_default() for f in left)
    fields += left
    batch: list[Sequence[Any]] = []
    with transaction.atomic():
        for row in rows:
            batch.append((*row, *defaults))
            if len(batch) >= CHUNK:
                _insert(model, fields, batch)
                batch = []
        if batch:
            _insert(model, fields, batch)


def _insert(model: type[models.Model], fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
    if connection.vendor == "postgresql":
        _copy(connection.ops.quote_name(model._meta.db_table), fields, rows)
    else:
        _execute_many(model, fields, rows)


class JsonText(str):
    """JSON that its writer serialised already; it goes into a JSON column as it is."""

    __slots__ = ()


def _prepare(field: Any, value: Any) -> Any:
    if value is None or isinstance(value, JsonText):
        return value
    return field.get_db_prep_save(value, connection)


def _execute_many(model: type[models.Model], fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(f.column) for f in fields)
    marks = ", ".join(["%s"] * len(fields))
    prepared = [[_prepare(f, v) for f, v in zip(fields, row, strict=True)] for row in rows]
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})"  # noqa: S608 - own names
    with connection.cursor() as cursor:
        cursor.executemany(sql, prepared)


ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""}
_escape = re.compile(r"[\\\t\n\r\x00]")


def _escaped(text: str) -> str:
    """Text in COPY's text format; most text needs nothing, and is not copied."""
    return _escape.sub(lambda m: ESCAPES[m[0]], text) if _escape.search(text) else text


def _text(value: Any) -> str:
    """One value in COPY's text format."""
    if isinstance(value, str):
        return _escaped(value)
    if value is None:
        return "\\N"
    if value is True:
        return "t"
    if value is False:
        return "f"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return _escaped(str(value))


def _json(value: Any) -> str:
    """One JSON value; the quick serialiser takes what it can, which is nearly everything."""
    if isinstance(value, JsonText):
        return str(value)
    try:
        return orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()
    except TypeError:  # days, decimals, very large numbers, lone surrogates
        return json.dumps(value, ensure_ascii=False, default=str)


def _column(field: Any, values: Sequence[Any]) -> Sequence[str]:
    """A column's values for COPY. Defaults, and whatever is the same for the whole set, are written out once.

    Not so JSON, whose 1 and true compare as equal, and encrypted text, whose every token is another.
    """
    first = values[0]
    simple = not first or (_is_djangos(field) and not isinstance(field, models.JSONField))
    if simple and values.count(first) == len(values) and len(set(map(type, values))) == 1:
        return _plain_column(field, (first,)) * len(values)
    return _plain_column(field, values)


def _is_djangos(field: Any) -> bool:
    return type(field).__module__.startswith("django.db.models")


def _plain_column(field: Any, values: Sequence[Any]) -> tuple[str, ...]:
    if isinstance(field, models.JSONField):
        return tuple("\\N" if v is None else _escaped(_json(v)) for v in values)
    if not _is_djangos(field):
        # Only fields of our own (encrypted, search terms) need their preparation.
        values = [_prepare(field, v) for v in values]
    if set(map(type, values)) == {str} and not _escape.search("".join(values)):
        return tuple(values)
    return tuple(_text(v) for v in values)


def _copy(table: str, fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
    columns = [_column(f, values) for f, values in zip(fields, zip(*rows, strict=True), strict=True)]
    buffer = io.StringIO("".join("\t".join(row) + "\n" for row in zip(*columns, strict=True)))
    names = ", ".join(connection.ops.quote_name(f.column) for f in fields)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", buffer)


def update_rows(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set fields `names` row by row, set-based: each row is (primary key, value, value, …)."""
    fields = [model._meta.pk, *(model._meta.get_field(name) for name in names)]
    with transaction.atomic():
        if connection.vendor == "postgresql" and len(rows) > 1:
            _update_from_copy(model, fields, rows)
        else:
            _update_many(model, fields, rows)


def _update_many(model: type[models.Model], fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
    quote = connection.ops.quote_name
    pk, *rest = fields
    sets = ", ".join(f"{quote(f.column)} = %s" for f in rest)
    sql = f"UPDATE {quote(model._meta.db_table)} SET {sets} WHERE {quote(pk.column)} = %s"  # noqa: S608 - own names
    prepared = [[*(_prepare(f, v) for f, v in zip(rest, row[1:], strict=True)), row[0]] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(sql, prepared)


def _update_from_copy(model: type[models.Model], fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> None:
    quote = connection.ops.quote_name
    table, staged = quote(model._meta.db_table), quote(f"staged_{model._meta.db_table}")
    pk, *rest = fields
    columns = ", ".join(quote(f.column) for f in fields)
    sets = ", ".join(f"{quote(f.column)} = s.{quote(f.column)}" for f in rest)
    key = quote(pk.column)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE {staged} ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA")  # noqa: S608
        _copy(staged, fields, rows)
        cursor.execute(f"UPDATE {table} t SET {sets} FROM {staged} s WHERE t.{key} = s.{key}")  # noqa: S608
        cursor.execute(f"DROP TABLE {staged}")
