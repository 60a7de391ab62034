"""Two people act at once: one wins, the other is told; a cause that ends and an approval do not pass each other."""

from django.test import TransactionTestCase

from records import services as ledger
from sanctions import services
from sanctions.models import MeasureEdition, Sanction
from tests.factories.records import published_penalty
from tests.factories.sanctions import TODAY, approved, loaded, proposed
from tests.people import make_cast
from tests.records.test_races import together


class RaceTests(TransactionTestCase):
    def setUp(self) -> None:
        self.cast = make_cast()

    def test_two_approvals_of_one_list(self) -> None:
        edition = loaded(self.cast)
        outcomes = together(
            lambda: services.approve_edition(edition.pk, actor=self.cast.actor("second_office")),
            lambda: services.approve_edition(edition.pk, actor=self.cast.actor("second_office")),
        )
        assert outcomes == {"done": 1, "WrongState": 1}
        assert MeasureEdition.objects.get(pk=edition.pk).status == "approved"

    def test_two_decisions_about_one_sanction(self) -> None:
        measure = approved(self.cast).measures.get(number=1)
        sanction = proposed(self.cast, published_penalty(self.cast), measure)
        outcomes = together(
            lambda: services.impose(sanction.pk, actor=self.cast.actor("second_office"), today=TODAY),
            lambda: services.decline(sanction.pk, actor=self.cast.actor("second_office"), opinion="不必。"),
        )
        assert outcomes == {"done": 1, "WrongState": 1}

    def test_an_approval_while_the_cause_is_withdrawn(self) -> None:
        """Whoever is first: no sanction stands without its cause."""
        measure = approved(self.cast).measures.get(number=1)
        penalty = published_penalty(self.cast)
        sanction = proposed(self.cast, penalty, measure)
        change = ledger.propose_withdrawal(penalty.pk, actor=self.cast.clerk, reason="决定被撤销")
        outcomes = together(
            lambda: services.impose(sanction.pk, actor=self.cast.actor("second_office"), today=TODAY),
            lambda: ledger.accept_change(change.pk, actor=self.cast.actor("reviewer"), today=TODAY),
        )
        assert outcomes["done"] >= 1 and outcomes.total() == 2
        penalty.refresh_from_db()
        assert penalty.status == "withdrawn"
        assert Sanction.objects.get(pk=sanction.pk).status in ("lifted", "declined")
