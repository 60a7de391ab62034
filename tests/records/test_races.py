"""Two people act on one record at once: one wins, the other is told."""

import threading
from collections import Counter
from collections.abc import Callable

from django.db import connection
from django.test import TransactionTestCase

from core.errors import RuleViolation
from records import services
from records.models import Revision
from tests.factories.records import TODAY, published_penalty, submitted_penalty
from tests.people import make_cast


def together(*acts: Callable[[], object]) -> Counter[str]:
    """Run the acts in threads that start at one moment; count outcomes by error class, "done" for success."""
    barrier, outcomes = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=10)
            act()
            outcomes.append("done")
        except RuleViolation as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return Counter(outcomes)


class RaceTests(TransactionTestCase):
    def setUp(self) -> None:
        self.cast = make_cast()

    def test_two_approvers(self) -> None:
        record = submitted_penalty(self.cast)
        outcomes = together(
            lambda: services.approve(record.pk, actor=self.cast.actor("reviewer"), today=TODAY),
            lambda: services.approve(record.pk, actor=self.cast.actor("office"), today=TODAY),
        )
        assert outcomes == {"done": 1, "WrongState": 1}
        assert Revision.objects.filter(record=record).count() == 1

    def test_approving_and_returning(self) -> None:
        record = submitted_penalty(self.cast)
        outcomes = together(
            lambda: services.approve(record.pk, actor=self.cast.actor("reviewer"), today=TODAY),
            lambda: services.return_(record.pk, actor=self.cast.actor("office"), reason="再核对"),
        )
        assert outcomes == {"done": 1, "WrongState": 1}

    def test_two_decisions_on_one_change(self) -> None:
        record = published_penalty(self.cast)
        change = services.propose_withdrawal(record.pk, actor=self.cast.clerk, reason="决定被撤销")
        outcomes = together(
            lambda: services.accept_change(change.pk, actor=self.cast.actor("reviewer"), today=TODAY),
            lambda: services.accept_change(change.pk, actor=self.cast.actor("office"), today=TODAY),
        )
        assert outcomes == {"done": 1, "WrongState": 1}
        assert Revision.objects.filter(record=record, act="withdrawn").count() == 1

    def test_two_sealers_leave_no_gap(self) -> None:
        for _ in range(5):
            published_penalty(self.cast)
        assert together(services.seal, services.seal) == {"done": 2}
        assert sorted(Revision.objects.values_list("seq", flat=True)) == [1, 2, 3, 4, 5]
