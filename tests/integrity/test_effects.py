"""How long a measure has effect: the periods of the law, the sums, the day of release."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrity.effects import Measure, effect, last_day, period_problem, standing

pytestmark = pytest.mark.sqlite
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
MONTHS = st.integers(1, 60)


def measure(months: int | None = 12, **fields: object) -> Measure:
    given = {"longest": None, "until": "", "carries": True, "several": True, **fields}
    return Measure("discipline.demerit", "记过", frozenset({"official"}), months, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("begins", "months", "ends"),
    [
        (date(2026, 3, 10), 12, date(2027, 3, 9)),
        (date(2026, 3, 1), 6, date(2026, 8, 31)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 1, 31), 18, date(2027, 7, 30)),
    ],
)
def test_a_period_ends_with_the_day_before_the_same_day(begins: date, months: int, ends: date) -> None:
    assert last_day(begins, months) == ends


@given(DAYS, MONTHS)
def test_a_period_is_never_shorter_than_its_months_less_their_days(begins: date, months: int) -> None:
    end = last_day(begins, months)
    assert begins + timedelta(days=28 * months - 1) <= end <= begins + timedelta(days=31 * months)
    assert last_day(begins, months + 1) > end
    assert last_day(begins + timedelta(days=1), months) >= end


@given(DAYS, MONTHS, st.integers(-400, 1200))
def test_what_is_left_of_a_running_one_is_added_and_nothing_else(begins: date, months: int, ahead: int) -> None:
    running = begins + timedelta(days=ahead)
    alone = effect(measure(months), begins=begins)
    both = effect(measure(months), begins=begins, running=running)
    if ahead < 0:
        assert both == alone
        return
    assert both.ends == last_day(running + timedelta(days=1), months)
    assert both.ends > running
    assert both.ends >= alone.ends
    assert f"尚有{ahead + 1}日未执行" in both.sentence
    assert effect(measure(months, carries=False), begins=begins, running=running) == alone


@given(st.integers(1, 40), st.integers(2, 9), st.integers(0, 500))
def test_several_equal_ones_lie_between_one_and_their_sum_and_under_the_cap(one: int, several: int, said: int) -> None:
    right = one <= said <= min(one * several, 48)
    problem = period_problem(measure(one), months=said, several=several, cap=48)
    assert (problem is None) == right


def test_several_need_the_period_that_the_instrument_states() -> None:
    assert "12至24个月" in (period_problem(measure(12), months=None, several=2, cap=48) or "")
    assert "12至48个月" in (period_problem(measure(12), months=60, several=9, cap=48) or "")
    assert period_problem(measure(12, several=False), months=12, several=2, cap=48) is not None


def test_a_period_of_its_own_is_refused_where_the_rule_fixes_it() -> None:
    assert period_problem(measure(12), months=12, several=1, cap=48) is None
    assert "为12个月" in (period_problem(measure(12), months=18, several=1, cap=48) or "")
    assert period_problem(measure(24, longest=60), months=36, several=1, cap=48) is None
    assert "24至60个月" in (period_problem(measure(24, longest=60), months=61, several=1, cap=48) or "")
    assert period_problem(measure(None, until="lasting"), months=6, several=1, cap=48) is not None


def test_without_months_it_lasts_until_it_is_performed_or_for_good() -> None:
    begins, paid = date(2026, 3, 1), date(2026, 6, 1)
    open_ = effect(measure(None, until="performed"), begins=begins)
    assert (open_.ends, "至履行完毕为止" in open_.sentence) == (None, True)
    assert effect(measure(None, until="performed"), begins=begins, performed=paid).ends == paid
    assert effect(measure(24), begins=begins, performed=paid).ends == paid
    assert effect(measure(None, until="lasting"), begins=begins).ends is None


@given(DAYS, MONTHS)
def test_release_comes_with_the_day_and_nobody_acts(begins: date, months: int) -> None:
    ends = last_day(begins, months)
    before, on, after = (standing(begins, ends, d, lasting="") for d in (begins - ONE, ends, ends + ONE))
    assert before.startswith("尚未生效")
    assert on.startswith("生效中，至")
    assert after.endswith("期满，自动解除")


ONE = timedelta(days=1)
