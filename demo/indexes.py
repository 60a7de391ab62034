"""Loading without the indexes in the way: they and the references are dropped before, and made again after, which
takes a fraction of keeping them row by row. For a ledger that was empty; PostgreSQL only."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, models

_REFERENCES = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)
"""
_INDEXES = """
SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index i WHERE indrelid::regclass::text = ANY(%s) AND NOT indisprimary
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
"""


@contextmanager
def set_aside(tables: Sequence[type[models.Model]]) -> Iterator[None]:
    """Indexes and references of these tables are away inside the block, and back after it, however it ends.

    Primary keys and unique constraints stay.
    """
    if connection.vendor != "postgresql":
        yield
        return
    names = [model._meta.db_table for model in tables]
    with connection.cursor() as cursor:
        found = []
        for query in (_REFERENCES, _INDEXES):
            cursor.execute(query, [names])
            found += cursor.fetchall()
        for drop, _ in found:
            cursor.execute(drop)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET maintenance_work_mem = '256MB'")
            for _, create in reversed(found):
                cursor.execute(create)
            cursor.execute("RESET maintenance_work_mem")
