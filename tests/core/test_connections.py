"""A kept connection is asked whether it lives when it rested, not before every request."""

from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import psycopg2
import pytest
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection

from core.connections import trust_recent_answers
from tests.support.processes import database_url

pytestmark = pytest.mark.django_db(transaction=True)
START = 1_000_000.0


@pytest.fixture
def kept() -> Iterator[Any]:
    """The test's own connection, kept and checked as a web process keeps and checks it."""
    connection.close()
    connection.ensure_connection()
    connection.health_check_enabled, connection.close_at = True, None
    vars(connection).pop("_asked_at", None)
    yield connection
    vars(connection).pop("_asked_at", None)
    connection.close()


def request_at(moment: float) -> None:
    """What happens to connections when a request begins."""
    close_old_connections()
    trust_recent_answers(now=moment)


def test_only_a_connection_that_rested_is_asked(kept: Any) -> None:
    trusted = []
    for moment in (0, 1, 4.9, 5.1, 6, 100, 101):
        request_at(START + moment)
        trusted.append(kept.health_check_done)
    assert trusted == [False, True, True, False, True, False, True]


def test_a_closed_connection_is_left_to_django(kept: Any) -> None:
    request_at(START)
    kept.close()
    request_at(START + 1)
    assert not kept.health_check_done


@pytest.mark.postgres
def test_a_connection_that_died_while_it_rested_is_replaced(kept: Any) -> None:
    def backend() -> int:
        with kept.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])

    def die(pid: int) -> None:
        with closing(psycopg2.connect(database_url().replace("postgres://", "postgresql://"))) as other:
            other.cursor().execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    request_at(START)
    first = backend()
    die(first)
    request_at(START + 60)
    second = backend()
    assert second != first
    # The price, known and paid: one that died within the last seconds costs one request its answer.
    die(second)
    request_at(START + 61)
    with pytest.raises((OperationalError, InterfaceError)):
        backend()
    with suppress(DatabaseError):
        request_at(START + 62)
    assert backend() != second
