"""How long a measure has effect (效力期): pure functions of dated rules, each answer with its explanation.

An effect ends by itself with its last day; nobody acts. A 处分 counts from the day it is made (公务员法 64,
政务处分法 8), the day itself included: 记过 of 10 March ends with 9 March of the next year.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from core.formats import day
from records.policy import add_months


@dataclass(frozen=True, slots=True)
class Measure:
    """One kind of measure as its rule has it. `whose`: kinds of subject that it is about.

    `months` of effect; `longest`: up to which number the instrument may state more; `until`: "performed" (until it
    was performed or paid) or "lasting" (no end) where there are no months. `carries`: what is left of a running one is
    added (处分条例 10); `several`: equal ones decided together may be joined (政务处分法 15).
    """

    code: str
    label: str
    whose: frozenset[str]
    months: int | None
    longest: int | None
    until: str
    carries: bool
    several: bool

    @classmethod
    def of(cls, code: str, value: Mapping[str, Any]) -> "Measure":
        return cls(
            code, value["label"], frozenset(value["whose"]), value["months"], value["longest"], value["until"],
            value["carries"], value["several"],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Effect:
    """First and last day (None: no end is known), and the sentence that says why."""

    begins: date
    ends: date | None
    sentence: str


def last_day(begins: date, months: int) -> date:
    """The last day of so many months that begin with `begins`; a day that a month has not is its last one."""
    end = add_months(begins, months)
    return end if end.day < begins.day else end - timedelta(days=1)


def period_problem(measure: Measure, *, months: int | None, several: int, cap: int) -> str | None:
    """Why what the instrument states is against the rule; None when it is not."""
    if measure.months is None:
        return "该失信种类没有固定期限，请不要填写期限。" if months or several != 1 else None
    if several > 1 and not measure.several:
        return f"“{measure.label}”不能合并计算，请分别登记。"
    if several > 1:
        upper = min(measure.months * several, cap)
        if months is None:
            return f"合并{several}个“{measure.label}”的，请填写文书载明的期限（{measure.months}至{upper}个月）。"
        within = measure.months <= months <= upper
        return (
            None if within else f"合并{several}个“{measure.label}”的期限应为{measure.months}至{upper}个月，请核对文书。"
        )
    upper = measure.longest or measure.months
    if months is None or measure.months <= months <= upper:
        return None
    allowed = f"{measure.months}个月" if upper == measure.months else f"{measure.months}至{upper}个月"
    return f"“{measure.label}”的期限依规则为{allowed}，与填写的{months}个月不一致，请核对文书。"


def effect(
    measure: Measure,
    *,
    begins: date,
    months: int | None = None,
    several: int = 1,
    running: date | None = None,
    performed: date | None = None,
) -> Effect:
    """The effect of a measure that begins on a day. The period has been judged (`period_problem`).

    `running`: last day of an earlier measure of this kind that still runs then; `performed`: the day of fulfilment.
    """
    start = day(begins)
    if measure.until == "lasting":
        return Effect(begins, None, f"自{start}起，没有期限，不自动解除。")
    if measure.until == "performed":
        if performed is None:
            return Effect(begins, None, f"自{start}起，至履行完毕为止。")
        return Effect(begins, max(begins, performed), f"自{start}起，已于{day(performed)}履行完毕。")
    length = months or measure.months or 0
    plain = last_day(begins, length)
    if performed is not None and performed < plain:
        return Effect(begins, max(begins, performed), f"自{start}起，已于{day(performed)}履行完毕，不再有效。")
    joined = f"（合并{several}个“{measure.label}”，政务处分法第十五条）" if several > 1 else ""
    if measure.carries and running is not None and running >= begins:
        ends = last_day(running + timedelta(days=1), length)
        left = (running - begins).days + 1
        return Effect(
            begins,
            ends,
            f"自{start}起，原处分尚有{left}日未执行（至{day(running)}），与新处分{length}个月{joined}相加，"
            f"至{day(ends)}期满自动解除（处分条例第十条）。",
        )
    return Effect(begins, plain, f"自{start}起{length}个月{joined}，至{day(plain)}期满自动解除。")


def standing(begins: date, ends: date | None, today: date, *, lasting: str) -> str:
    """Whether it has effect on a day, in words. `lasting`: what is said where no end is known."""
    if today < begins:
        return f"尚未生效，自{day(begins)}起"
    if ends is None:
        return f"生效中，{lasting}"
    return f"生效中，至{day(ends)}" if today <= ends else f"已于{day(ends)}期满，自动解除"
