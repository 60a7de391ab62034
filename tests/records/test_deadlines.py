"""Due days follow what they are counted from: the calendar's year, and the decision day."""

from datetime import date

from django.test import TestCase

from core.actors import Door, system_actor
from core.models import Clock
from core.services import ExceptionDay, load_calendar_year
from records import services
from records.models import CreditRecord, PublicRecord
from tests.factories.records import TODAY, published_penalty
from tests.people import make_cast


class DeadlineTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def _due(self, record: CreditRecord) -> set[date]:
        """What the record, its public row and its clock say."""
        kept = [rows.values_list("due_on", flat=True).get(pk=record.pk) for rows in (
            CreditRecord.objects.all(), PublicRecord.objects.all(),
        )]  # fmt: skip
        return {*kept, Clock.objects.get(object_id=record.pk).due_on}

    def test_the_notice_of_a_year_moves_the_due_day_of_the_record_and_of_its_public_row(self) -> None:
        record = published_penalty(self.cast, decided_on=date(2026, 12, 25), today=date(2026, 12, 28))
        assert Clock.objects.get(object_id=record.pk).provisional
        assert self._due(record) == {date(2027, 1, 5)}
        holidays = [ExceptionDay(date(2027, 1, day), False, "元旦") for day in (1, 4)]
        load_calendar_year(2027, holidays, actor=system_actor(Door.COMMAND), source="notice.json")
        assert self._due(record) == {date(2027, 1, 7)}
        assert not Clock.objects.get(object_id=record.pk).provisional

    def test_a_corrected_decision_day_is_counted_from_again(self) -> None:
        record = published_penalty(self.cast)
        change = services.propose_correction(
            record.pk, {"decided_on": "2026-11-03"}, actor=self.cast.clerk, reason="笔误"
        )
        services.accept_change(change.pk, actor=self.cast.reviewer, today=TODAY)
        assert self._due(record) == {date(2026, 11, 12)}
