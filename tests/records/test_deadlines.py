"""Due days follow what they are counted from: the calendar's year, and the decision day."""

from datetime import date

from django.test import TestCase

from core.actors import Door, system_actor
from core.models import AuditEvent, Clock
from core.services import ExceptionDay, load_calendar_year
from records import services
from records.models import CreditRecord, PublicRecord, Revision
from records.services.publication import correct_published
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
        self._notice_of_2027()
        assert self._due(record) == {date(2027, 1, 7)}
        assert not Clock.objects.get(object_id=record.pk).provisional

    def _notice_of_2027(self) -> None:
        holidays = [ExceptionDay(date(2027, 1, day), False, "元旦") for day in (1, 4)]
        load_calendar_year(2027, holidays, actor=system_actor(Door.COMMAND), source="notice.json")

    def test_what_was_said_to_be_late_is_said_again_when_it_was_in_time_after_all(self) -> None:
        late = published_penalty(self.cast, decided_on=date(2026, 12, 25), today=date(2027, 1, 6))
        untouched = published_penalty(self.cast)
        assert not late.public_row.on_time and not late.public_row.revision.public["on_time"]
        self._notice_of_2027()
        row, untouched_row = PublicRecord.objects.get(pk=late.pk), PublicRecord.objects.get(pk=untouched.pk)
        said = row.revision
        assert row.on_time and said.public["on_time"] and said.public["due_on"] == "2027-01-07"
        assert (said.version, said.act, said.reason) == (2, "recounted", "工作日历公布，公示期限重新计算。")
        assert (row.state, untouched_row.revision.version) == ("published", 1)
        event = AuditEvent.objects.get(action="records.recounted", object_id=late.pk)
        assert event.changes == {"due_on": ["2027-01-05", "2027-01-07"]}
        self._notice_of_2027()
        assert Revision.objects.filter(record=late).count() == 2

    def test_a_corrected_record_stays_corrected_and_an_ended_one_ended(self) -> None:
        days = {"decided_on": date(2026, 12, 25), "today": date(2027, 1, 6)}
        corrected, ended = published_penalty(self.cast, **days), published_penalty(self.cast, **days)
        correct_published(corrected, actor=self.cast.reviewer, reason="笔误", basis="")
        change = services.propose_withdrawal(ended.pk, actor=self.cast.clerk, reason="重复公示", basis="试行办法")
        services.accept_change(change.pk, actor=self.cast.reviewer, today=date(2027, 1, 6))
        self._notice_of_2027()
        assert PublicRecord.objects.get(pk=corrected.pk).state == "corrected"
        assert Revision.objects.filter(record=ended).latest("version").act == "withdrawn"
        ended.refresh_from_db()
        assert ended.due_on == date(2027, 1, 7) and not PublicRecord.objects.filter(pk=ended.pk).exists()

    def test_a_corrected_decision_day_is_counted_from_again(self) -> None:
        record = published_penalty(self.cast)
        change = services.propose_correction(
            record.pk, {"decided_on": "2026-11-03"}, actor=self.cast.clerk, reason="笔误"
        )
        services.accept_change(change.pk, actor=self.cast.reviewer, today=TODAY)
        assert self._due(record) == {date(2026, 11, 12)}
