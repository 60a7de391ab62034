"""Guessing at the same time is counted one by one, and the count stays though every request is refused."""

import threading
from collections import Counter
from datetime import date

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

from core.locks import locked
from creditfiles import services
from creditfiles.models import OwnAccess
from tests.factories.registry import id_number, make_tenure
from tests.people import make_cast
from tests.records.test_races import together
from tests.support.processes import wait_until


def waiting() -> int:
    """Connections of this database that wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction is told again what it was told first
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


class RaceTests(TransactionTestCase):
    def setUp(self) -> None:
        self.cast = make_cast()
        official = make_tenure(self.cast.agency, 31, date(2020, 1, 1)).official
        given = {"identity_check": "id_card", "evidence": "居民身份证原件", "actor": self.cast.office}
        self.access, self.code = services.issue_own_access(official.pk, **given)

    def guess(self, n: int) -> None:
        services.open_own(self.code, id_number(n))

    def test_two_wrong_numbers_at_once_count_twice_and_the_fifth_locks(self) -> None:
        for start in (40, 42):
            assert together(lambda s=start: self.guess(s), lambda s=start: self.guess(s + 1)) == {"Invalid": 2}
        self.access.refresh_from_db()
        assert (self.access.failures, self.access.locked_at) == (4, None)
        # One guess is left: of a wrong and a right number one locks or one opens, never a sixth guess.
        together(lambda: self.guess(50), lambda: self.guess(51))
        self.access.refresh_from_db()
        assert self.access.failures == 5 and self.access.locked_at
        assert together(lambda: self.guess(31)) == {"Invalid": 1}

    @pytest.mark.postgres
    def test_whoever_waits_counts_on_from_what_the_other_counted(self) -> None:
        """The row is held until both guesses have come to it: without the lock both would have read 0 by then."""
        outcomes: Counter[str] = Counter()
        run = threading.Thread(target=lambda: outcomes.update(together(lambda: self.guess(40), lambda: self.guess(41))))
        with transaction.atomic():
            locked(OwnAccess.objects.all(), self.access.pk)
            run.start()
            wait_until(lambda: waiting() == 2, seconds=20, what="both guesses at the row")
        run.join(timeout=30)
        self.access.refresh_from_db()
        assert (outcomes, self.access.failures) == ({"Invalid": 2}, 2)

    def test_the_count_cannot_be_taken_back_by_a_transaction_around_it(self) -> None:
        with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
            self.guess(40)
        assert OwnAccess.objects.get().failures == 0
