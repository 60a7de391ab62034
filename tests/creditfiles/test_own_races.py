"""Guessing at the same time is counted one by one, and the count stays though every request is refused."""

from datetime import date

import pytest
from django.db import transaction
from django.test import TransactionTestCase

from creditfiles import services
from creditfiles.models import OwnAccess
from tests.factories.registry import id_number, make_tenure
from tests.people import make_cast
from tests.records.test_races import together


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

    def test_the_count_cannot_be_taken_back_by_a_transaction_around_it(self) -> None:
        with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
            self.guess(40)
        assert OwnAccess.objects.get().failures == 0
