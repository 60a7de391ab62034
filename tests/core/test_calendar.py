"""Working days and deadlines, by the notices of the State Council and by the days known to be tricky."""

from datetime import date

import pytest
from django.test import TestCase

from core.actors import Door, system_actor
from core.calendar import WorkCalendar
from core.clocks import ClockStart, explain, start_many
from core.errors import Invalid
from core.models import CalendarYear, Clock, Rule
from core.rules import rule_on
from core.services import load_calendar_year, parse_calendar

YEAR_2027 = """{"days": [
  {"date": "2027-01-01", "name": "元旦", "isOffDay": true},
  {"date": "2027-01-04", "name": "元旦", "isOffDay": true},
  {"date": "2027-01-09", "name": "元旦", "isOffDay": false}]}"""


class WorkCalendarTests(TestCase):
    def test_makeup_saturdays_count_and_holidays_do_not(self) -> None:
        calendar = WorkCalendar.load()
        for start, due in (
            (date(2026, 2, 12), date(2026, 2, 28)),  # a Saturday that is worked
            (date(2026, 4, 30), date(2026, 5, 13)),
            (date(2026, 9, 23), date(2026, 10, 10)),
            (date(2026, 11, 2), date(2026, 11, 11)),
        ):
            assert calendar.add(start, 7) == (due, False), start

    def test_a_year_without_notice_is_monday_to_friday_and_says_so(self) -> None:
        due, provisional = WorkCalendar.load().add(date(2026, 12, 25), 7)
        assert (due, provisional) == (date(2027, 1, 5), True)

    def test_days_between_is_the_inverse_of_adding(self) -> None:
        calendar = WorkCalendar.load()
        for n in range(1, 40):
            assert calendar.between(date(2026, 9, 20), calendar.add(date(2026, 9, 20), n)[0]) == n

    def test_explanation_names_every_day_that_was_not_counted(self) -> None:
        counted = WorkCalendar.load().explain(date(2026, 9, 23), 7)
        assert {name for _, name in counted.skipped} >= {"国庆节"}
        assert counted.due_on == date(2026, 10, 10) and date(2026, 10, 10) in counted.makeup


class ClockTests(TestCase):
    def _clock(self, started_on: date, rule: Rule | None = None) -> Clock:
        rule = rule or rule_on("disclosure.deadline", started_on)
        start_many("disclosure", "some.thing", [ClockStart(1, None, started_on, rule)], WorkCalendar.load())
        return Clock.objects.get(object_id=1)

    def test_a_running_clock_says_how_long_still_and_a_late_one_by_how_much(self) -> None:
        clock = self._clock(date(2026, 11, 2))
        assert explain(clock, today=date(2026, 11, 6)).left == 3
        late = explain(clock, today=date(2026, 11, 13))
        assert (late.left, late.late_by) == (0, 2)

    def test_a_clock_of_calendar_days_counts_every_day(self) -> None:
        rule = Rule.objects.create(
            code="test.days",
            title="十日",
            value={"days": 10, "working": False},
            in_force_from=date(2026, 1, 1),
            basis="测试",
        )
        clock = self._clock(date(2026, 9, 28), rule)
        running, late = explain(clock, today=date(2026, 10, 1)), explain(clock, today=date(2026, 10, 10))
        assert running.sentence == "自2026年9月28日的次日起算，满10日，2026年10月8日到期。"
        assert (running.left, running.late_by, running.counted.skipped) == (7, 0, ())
        assert (late.left, late.late_by) == (0, 2)

    def test_loading_a_year_moves_provisional_clocks_and_tells_who_keeps_a_copy(self) -> None:
        clock = self._clock(date(2026, 12, 25))
        assert clock.provisional and clock.due_on == date(2027, 1, 5)
        actor = system_actor(Door.COMMAND)
        result = load_calendar_year(2027, parse_calendar(YEAR_2027), actor=actor, source="notice.json")
        assert result == {"days": 3, "moved": 1}
        clock.refresh_from_db()
        assert clock.due_on == date(2027, 1, 7) and not clock.provisional

    def test_an_empty_or_foreign_year_file_changes_nothing(self) -> None:
        actor = system_actor(Door.COMMAND)
        for text in ('{"days": []}', '{"days": [{"date": "2025-01-01", "isOffDay": true}]}'):
            with pytest.raises(Invalid, match="2027"):
                load_calendar_year(2027, parse_calendar(text), actor=actor, source="x")
        for text in ("", "[]", '{"days": [{"date": "2027-13-01", "isOffDay": true}]}'):
            with pytest.raises(Invalid, match="没有导入"):
                parse_calendar(text)
        assert not CalendarYear.objects.filter(year=2027).exists()


class RuleTests(TestCase):
    def test_the_rule_on_a_date_is_the_one_in_force_then(self) -> None:
        Rule.objects.filter(code="disclosure.deadline").update(in_force_to=date(2026, 6, 30))
        new = Rule.objects.create(
            code="disclosure.deadline", title="新", value={"days": 5}, in_force_from=date(2026, 7, 1), basis="测试"
        )
        assert rule_on("disclosure.deadline", date(2026, 6, 30)).value["days"] == 7
        assert rule_on("disclosure.deadline", date(2026, 7, 1)) == new
