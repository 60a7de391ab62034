"""Re-encrypting what older keys wrote, in batches that each commit, so that it can stop anywhere and go on.

Columns row by row, uploaded files one by one. A JSON column that holds tokens is named by its room (`register_json`),
since nothing in its type tells. Second factors' secrets are not written with these keys.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connections, models, transaction

from core.encryption import VERSION, EncryptedTextField, EncryptionError, decrypt_for, encryptor_for, keyring
from core.storage import SealedFileSystemStorage

BATCH = 2_000
_TOKEN = re.compile(rf"{VERSION}:([A-Za-z0-9-]{{1,32}}):[A-Za-z0-9+/=]+")
_json: dict[tuple[type[models.Model], str], str] = {}


def register_json(model: type[models.Model], field: str, place: str) -> None:
    """This JSON column holds tokens of `place` among its values."""
    _json[model, field] = place


def json_columns() -> dict[tuple[type[models.Model], str], str]:
    return dict(_json)


@dataclass(frozen=True, slots=True)
class Batch:
    """One committed batch; `overtaken`: rows that somebody changed meanwhile (they wrote with the newest key)."""

    changed: int
    overtaken: int


def _quoted(model: type[models.Model], field: EncryptedTextField, using: str) -> tuple[str, str, str]:
    """Table, key column and encrypted column as SQL names."""
    quote = connections[using].ops.quote_name
    return quote(model._meta.db_table), quote(str(model._meta.pk.column)), quote(str(field.column))


def tokens_by_key(model: type[models.Model], field: EncryptedTextField, using: str = "default") -> dict[str, int]:
    """How many values each key of the ring holds; "" counts values of keys that are not in the ring."""
    table, _, column = _quoted(model, field, using)
    ids = list(keyring().ciphers)
    # A case-sensitive prefix test that both databases have: LIKE ignores case on SQLite.
    sums = ", ".join([f"SUM(CASE WHEN substr({column}, 1, %s) = %s THEN 1 ELSE 0 END)"] * len(ids))
    sql = f"SELECT COUNT(*), {sums} FROM {table} WHERE {column} <> ''"  # noqa: S608 - own names
    prefixes = [f"{VERSION}:{key_id}:" for key_id in ids]
    with connections[using].cursor() as cursor:
        cursor.execute(sql, [value for prefix in prefixes for value in (len(prefix), prefix)])
        total, *counts = cursor.fetchone()
    found = {key_id: count or 0 for key_id, count in zip(ids, counts, strict=True)}
    return {**found, "": total - sum(found.values())}


def rotate(
    model: type[models.Model], field: EncryptedTextField, batch: int = BATCH, using: str = "default"
) -> Iterator[Batch]:
    """Write every value of the column with the newest key; yields after each committed batch.

    Rows that already carry the newest key are skipped, so a run that was broken off goes on where it stopped. A row is
    written only if its token is still the one that was read. Raises EncryptionError, naming the row, when one cannot
    be opened; what was done before stays done.
    """
    last: Any = None
    while rows := _next_rows(model, field, batch, last, using):
        last = rows[-1][0]
        encrypt = encryptor_for(field.place)
        changes = []
        for pk, token in rows:
            try:
                changes.append((encrypt(decrypt_for(field.place, token) or ""), pk, token))
            except EncryptionError as error:
                raise EncryptionError(f"{model._meta.label} {pk}: {error}") from error
        with transaction.atomic(using=using):
            changed = _write(model, field, changes, using)
        yield Batch(changed, len(changes) - changed)


def _next_rows(
    model: type[models.Model], field: EncryptedTextField, batch: int, last: Any, using: str
) -> list[tuple[Any, str]]:
    table, pk, column = _quoted(model, field, using)
    prefix = keyring().prefix
    after = f"AND {pk} > %s" if last is not None else ""
    sql = (
        f"SELECT {pk}, {column} FROM {table} "  # noqa: S608 - own names
        f"WHERE {column} <> '' AND substr({column}, 1, %s) <> %s {after} ORDER BY {pk} LIMIT %s"
    )
    params = [len(prefix), prefix, *([last] if last is not None else []), batch]
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _write(
    model: type[models.Model], field: EncryptedTextField, changes: list[tuple[str, Any, str]], using: str
) -> int:
    connection = connections[using]
    table, pk, column = _quoted(model, field, using)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            kind = model._meta.pk.rel_db_type(connection)
            new, keys, old = zip(*changes, strict=True)
            cursor.execute(
                f"UPDATE {table} SET {column} = v.new "  # noqa: S608 - own names
                f"FROM unnest(%s::text[], %s::{kind}[], %s::text[]) AS v(new, pk, old) "
                f"WHERE {table}.{pk} = v.pk AND {table}.{column} = v.old",
                [list(new), list(keys), list(old)],
            )
        else:
            sql = f"UPDATE {table} SET {column} = %s WHERE {pk} = %s AND {column} = %s"  # noqa: S608 - own names
            cursor.executemany(sql, changes)
        return int(cursor.rowcount)


def files_by_key(storage: SealedFileSystemStorage) -> dict[str, int]:
    """How many files each key of the ring sealed; "" counts files of keys that are not in the ring."""
    found = dict.fromkeys([*keyring().ciphers, ""], 0)
    for name in storage.names():
        if (key_id := storage.key_of(name)) is not None:
            found[key_id] += 1
    return found


def rotate_files(storage: SealedFileSystemStorage) -> Iterator[str]:
    """Write every file with the newest key; yields the name of each after it was replaced.

    Files of the newest key are skipped, so a run that was broken off goes on where it stopped. Raises EncryptionError,
    naming the file, when one cannot be opened; what was done before stays done.
    """
    newest = keyring().newest
    for name in storage.names():
        if storage.key_of(name) not in (newest, None) and storage.reseal(name):
            yield name


def _json_rows(model: type[models.Model], field: str, batch: int) -> Iterator[list[tuple[Any, str]]]:
    """(key, JSON as text) of the rows in which there may be a token, batch by batch."""
    connection = connections["default"]
    quote = connection.ops.quote_name
    table, pk = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    text = f"CAST({quote(str(model._meta.get_field(field).column))} AS text)"  # type: ignore[union-attr]
    last: Any = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {pk}, {text} FROM {table} WHERE {pk} > %s AND {text} LIKE %s ORDER BY {pk} LIMIT %s",  # noqa: S608
                [last, f'%"{VERSION}:%', batch],
            )
            rows = list(cursor.fetchall())
        if not rows:
            return
        last = rows[-1][0]
        yield rows


def json_tokens_by_key(model: type[models.Model], field: str, batch: int = BATCH) -> dict[str, int]:
    """How many tokens in a JSON column each key of the ring holds."""
    found = dict.fromkeys(keyring().ciphers, 0)
    for rows in _json_rows(model, field, batch):
        for _, text in rows:
            for token in _TOKEN.finditer(text):
                if token[1] in found and _opened(_json[model, field], token[0]) is not None:
                    found[token[1]] += 1
    return found


def _opened(place: str, token: str) -> str | None:
    """None for what only looks like a token: somebody may have typed it."""
    try:
        return decrypt_for(place, token)
    except EncryptionError:
        return None


def rotate_json(model: type[models.Model], field: str, batch: int = BATCH) -> Iterator[Batch]:
    """The same as `rotate` for tokens inside a JSON column; a row is written only if it is still what was read."""
    place, prefix = _json[model, field], keyring().prefix
    for rows in _json_rows(model, field, batch):
        encrypt = encryptor_for(place)

        def anew(token: re.Match[str], encrypt: Any = encrypt) -> str:
            text = None if token[0].startswith(prefix) else _opened(place, token[0])
            return token[0] if text is None else str(encrypt(text))

        changes = [(new, pk, text) for pk, text in rows if (new := _TOKEN.sub(anew, text)) != text]
        if changes:
            with transaction.atomic():
                changed = _write_json(model, field, changes)
            yield Batch(changed, len(changes) - changed)


def _write_json(model: type[models.Model], field: str, changes: list[tuple[str, Any, str]]) -> int:
    connection = connections["default"]
    quote = connection.ops.quote_name
    table, pk = quote(model._meta.db_table), quote(str(model._meta.pk.column))
    column = quote(str(model._meta.get_field(field).column))  # type: ignore[union-attr]
    value = "%s::jsonb" if connection.vendor == "postgresql" else "%s"
    sql = f"UPDATE {table} SET {column} = {value} WHERE {pk} = %s AND CAST({column} AS text) = %s"  # noqa: S608
    changed = 0
    with connection.cursor() as cursor:
        for change in changes:
            cursor.execute(sql, change)
            changed += cursor.rowcount
    return changed
