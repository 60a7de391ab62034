"""Two people of the credit office act on one record at once: one wins, the other is told."""

from datetime import date

from django.test import TransactionTestCase

from core.models import Clock
from integrity import services
from integrity.models import Dishonesty, Finding
from records.models import CreditRecord
from tests.factories.integrity import PDF, TODAY, make_official, reviewed, told, values
from tests.factories.registry import make_agency
from tests.people import make_cast
from tests.records.test_races import together

AFTER = date(2026, 12, 25)


class RaceTests(TransactionTestCase):
    def setUp(self) -> None:
        self.cast = make_cast()

    def test_two_find_and_the_clock_runs_once(self) -> None:
        record = reviewed(self.cast, make_agency())
        given = {"opinion": "属实。", "served_on": TODAY, "service": "direct", "today": TODAY}
        outcomes = together(
            lambda: services.find(record.pk, **given, actor=self.cast.actor("office")),
            lambda: services.find(record.pk, **given, actor=self.cast.actor("second_office")),
        )
        assert outcomes == {"done": 1, "WrongState": 1}
        assert Finding.objects.count() == Clock.objects.filter(kind="integrity.statement").count() == 1

    def test_confirming_and_dismissing(self) -> None:
        record = told(self.cast, make_agency())
        outcomes = together(
            lambda: services.confirm(record.pk, actor=self.cast.actor("office"), today=AFTER),
            lambda: services.dismiss(record.pk, actor=self.cast.actor("second_office"), reason="不属实。", today=AFTER),
        )
        assert outcomes == {"done": 1, "WrongState": 1}

    def test_two_answers_to_one_statement(self) -> None:
        record = told(self.cast, make_agency())
        statement = services.record_statement(
            record.pk, received_on=TODAY, text="情况有出入。", actor=self.cast.office, today=TODAY
        )
        outcomes = together(
            *(
                lambda person=person: services.answer_statement(
                    statement.pk, outcome="refused", answer="不影响。", actor=self.cast.actor(person), today=TODAY
                )
                for person in ("office", "second_office")
            )
        )
        assert outcomes == {"done": 1, "WrongState": 1}

    def test_two_clerks_enter_one_instrument(self) -> None:
        official = make_official(1)
        typed = values("discipline.demerit", document_number="惠纪〔2026〕1号")
        given = {"scan": PDF, "subject": official, "agency": self.cast.agency, "today": TODAY}
        outcomes = together(
            lambda: services.enter("dishonesty", typed, **given, actor=self.cast.actor("clerk")),
            lambda: services.enter("dishonesty", typed, **given, actor=self.cast.actor("second_clerk")),
        )
        assert outcomes == {"done": 1, "Invalid": 1}
        assert CreditRecord.objects.filter(kind="dishonesty").count() == Dishonesty.objects.count() == 1
