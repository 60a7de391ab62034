"""What the test database itself promises: history is refused, seeds survive a flush."""

import pytest
from django.db import DatabaseError, connection, transaction

from core import audit
from core.actors import system_actor
from core.models import AuditEvent


def one_event() -> None:
    action = next(iter(audit.actions()), None)
    if action is None:
        audit.register(core_tested="测试")
        action = "core.tested"
    audit.record_many(action, "core.test", [audit.Entry(1, "对象")], actor=system_actor())


@pytest.mark.parametrize("round_", [1, 2])
@pytest.mark.django_db(transaction=True)
def test_history_is_empty_again_after_a_test_in_real_transactions(round_: int) -> None:
    assert AuditEvent.objects.count() == 0
    one_event()
    assert AuditEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_history_is_still_refused_to_raw_sql_after_a_flush() -> None:
    one_event()
    for statement in ("UPDATE core_auditevent SET reason = 'x'", "DELETE FROM core_auditevent"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
