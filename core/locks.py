"""The one way to lock rows: ordered by key, of this table only, inside a transaction."""

import zlib
from collections.abc import Iterable
from typing import TypeVar

from django.db import DatabaseError, IntegrityError, connection, models

from core.errors import NotFound

M = TypeVar("M", bound=models.Model)


def locked_many(queryset: "models.QuerySet[M]", pks: Iterable[int]) -> list[M]:
    """Rows locked in key order; on SQLite the immediate transaction already holds the only write lock."""
    rows = queryset.filter(pk__in=list(pks)).order_by("pk")
    if connection.features.has_select_for_update_of:
        rows = rows.select_for_update(of=("self",))
    return list(rows)


def locked(queryset: "models.QuerySet[M]", pk: int) -> M:
    """One locked row; NotFound (404) when this reader has no such row."""
    rows = locked_many(queryset, [pk])
    if not rows:
        raise NotFound("not_found", "没有找到该内容，可能已被删除，或不属于您的单位。")
    return rows[0]


def locked_if_free(queryset: "models.QuerySet[M]", pk: int) -> M | None:
    """One locked row; None when it is not there, or when somebody else holds it."""
    rows = queryset.filter(pk=pk)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(of=("self",), skip_locked=True)
    return rows.first()


def one_at_a_time(what: str) -> None:
    """Let one transaction at a time pass here, until it ends: for rules that span rows which do not exist yet.

    On SQLite the immediate transaction already holds the only write lock.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [zlib.crc32(what.encode())])


def alongside(what: str) -> None:
    """Pass with others who do the same, and with nobody who passes `one_at_a_time`, until the transaction ends.

    For rules that constraints guard: whoever is overtaken goes again, alone.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [zlib.crc32(what.encode())])


DEADLOCK = "40P01"


def overtaken(error: DatabaseError) -> bool:
    """Somebody else wrote the same at the same moment: a unique constraint, or a circle of waiting that was broken."""
    return isinstance(error, IntegrityError) or getattr(error.__cause__, "pgcode", "") == DEADLOCK
