"""Emptying the database between tests, although history may not be deleted and seeds must stay.

Tests in real transactions (`transactional_db`, TransactionTestCase) end with a flush of every table. The append-only
triggers refuse it, rightly; and it would take the rows that migrations seeded. So the flush here lifts those
triggers for its own transaction, and puts the seeds back.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.backends.base.operations import BaseDatabaseOperations

Seeds = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


def read_seeds() -> Seeds:
    """The rows that migrations left in our tables, taken right after the test database was made."""
    seeds: Seeds = {}
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            columns = [f.column for f in model._meta.local_concrete_fields if not f.generated]
            cursor.execute(f"SELECT {', '.join(map(quote, columns))} FROM {quote(table)}")
            if rows := cursor.fetchall():
                seeds[table] = (columns, rows)
    return seeds


def write_seeds(seeds: Seeds) -> None:
    with connection.cursor() as cursor:
        for table, (columns, rows) in seeds.items():
            names = ", ".join(connection.ops.quote_name(name) for name in columns)
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
            _insert(cursor, f"INSERT INTO {connection.ops.quote_name(table)} ({names}) VALUES ", rows)
        _continue_keys(cursor, seeds)


def _insert(cursor: Any, head: str, rows: Sequence[tuple[Any, ...]]) -> None:
    values = [tuple(map(_adapted, row)) for row in rows]
    if connection.vendor == "postgresql":
        from psycopg2.extras import execute_values

        execute_values(cursor.cursor, f"{head}%s", values, page_size=1_000)
    else:
        cursor.executemany(f"{head}({', '.join(['%s'] * len(values[0]))})", values)


def _adapted(value: Any) -> Any:
    if isinstance(value, dict | list) and connection.vendor == "postgresql":
        from psycopg2.extras import Json

        return Json(value)
    return value


def _continue_keys(cursor: Any, seeds: Seeds) -> None:
    """New rows must not be given keys that the seeds have."""
    if connection.vendor != "postgresql":
        return
    for table, (columns, _rows) in seeds.items():
        if "id" in columns:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM \"{table}\"))"
                " WHERE pg_get_serial_sequence(%s, 'id') IS NOT NULL",
                [f'"{table}"', f'"{table}"'],
            )


@contextmanager
def history_unlocked() -> Iterator[None]:
    """Without the triggers that refuse to change history; they come back at the end."""
    lift = _sqlite_triggers if connection.vendor == "sqlite" else _postgres_triggers
    with transaction.atomic(), connection.cursor() as cursor:
        drop, create = lift(cursor)
        for statement in drop:
            cursor.execute(statement)
        yield
        cursor.execute("SELECT 1" if connection.vendor == "sqlite" else "SET CONSTRAINTS ALL IMMEDIATE")
        for statement in create:
            cursor.execute(statement)


def _sqlite_triggers(cursor: Any) -> tuple[Sequence[str], Sequence[str]]:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%%RAISE(%%'")
    found = cursor.fetchall()
    return [f'DROP TRIGGER "{name}"' for name, _ in found], [sql for _, sql in found]


def _postgres_triggers(cursor: Any) -> tuple[Sequence[str], Sequence[str]]:
    cursor.execute("""
        SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal AND p.prosrc ILIKE '%%RAISE EXCEPTION%%'
    """)
    tables = [name for (name,) in cursor.fetchall()]
    return (
        [f'ALTER TABLE "{name}" DISABLE TRIGGER USER' for name in tables],
        [f'ALTER TABLE "{name}" ENABLE TRIGGER USER' for name in tables],
    )


def _delete_all() -> None:
    """Row by row, because TRUNCATE makes new files for every table, and a test leaves few rows in few tables."""
    tables = [connection.ops.quote_name(name) for name in connection.introspection.django_table_names()]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in tables))
        for (name,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {name}")


def flush_keeps_seeds(seeds: Seeds) -> None:
    """Wrap the flush of the connection in use."""
    operations = type(connection.ops)
    original = BaseDatabaseOperations.execute_sql_flush

    def execute_sql_flush(self: Any, sql_list: Sequence[str]) -> None:
        with history_unlocked():
            if connection.vendor == "postgresql":
                _delete_all()
            else:
                original(self, sql_list)
            write_seeds(seeds)

    operations.execute_sql_flush = execute_sql_flush  # type: ignore[method-assign]
