"""Deadlines that explain themselves (时限)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from core import acts, formats
from core.actors import Actor
from core.bulk import insert_rows
from core.calendar import Counted, WorkCalendar
from core.models import Clock, Rule


@dataclass(frozen=True, slots=True)
class ClockStart:
    """A clock to be started: `days` come from the rule's value {"days": 7, "working": true}."""

    object_id: int
    owner_id: int | None
    started_on: date
    rule: Rule
    finished_on: date | None = None


def start_many(kind: str, object_type: str, starts: Iterable[ClockStart], calendar: WorkCalendar) -> None:
    """Start clocks set-based, in the caller's transaction."""
    insert_rows(Clock, COLUMNS, [row(kind, object_type, s, calendar) for s in starts])


def row(kind: str, object_type: str, s: ClockStart, calendar: WorkCalendar) -> tuple[Any, ...]:
    """One row in the order of COLUMNS."""
    days, working = s.rule.value["days"], s.rule.value.get("working", True)
    due_on, provisional = due(calendar, s.started_on, s.rule)
    return (
        kind, object_type, s.object_id, s.owner_id, s.started_on, days, working, s.rule.pk, due_on, provisional,
        s.finished_on,
    )  # fmt: skip


COLUMNS = (
    "kind",
    "object_type",
    "object_id",
    "owner_id",
    "started_on",
    "days",
    "working_days",
    "rule",
    "due_on",
    "provisional",
    "finished_on",
)


def due(calendar: WorkCalendar, start: date, rule: Rule) -> tuple[date, bool]:
    """Due day under `rule` ({"days": n, "working": bool}) and whether the calendar is provisional."""
    if rule.value.get("working", True):
        return calendar.add(start, rule.value["days"])
    return date.fromordinal(start.toordinal() + rule.value["days"]), False


def restart(kind: str, object_type: str, object_id: int, started_on: date, rule: Rule, calendar: WorkCalendar) -> Clock:
    """Let a clock run from another day or by another rule; a finished one keeps its last day."""
    clock = Clock.objects.get(kind=kind, object_type=object_type, object_id=object_id)
    clock.started_on, clock.rule = started_on, rule
    clock.days, clock.working_days = rule.value["days"], rule.value.get("working", True)
    clock.due_on, clock.provisional = due(calendar, started_on, rule)
    clock.save()
    return clock


def finish(kind: str, object_type: str, object_ids: Iterable[int], *, on: date) -> int:
    """Stop the running clocks of these objects."""
    open_clocks = Clock.objects.filter(kind=kind, object_type=object_type, object_id__in=list(object_ids))
    return open_clocks.filter(finished_on=None).update(finished_on=on)


def recompute(*, actor: Actor, calendar: WorkCalendar | None = None) -> int:
    """Count provisional clocks again after a calendar year was loaded; returns how many moved.

    Announces `clocks.moved` (clocks=[...], actor) so that rooms which keep a copy of a due day follow.
    """
    calendar = calendar or WorkCalendar.load()
    moved = []
    for clock in Clock.objects.filter(provisional=True, working_days=True).iterator():
        due_on, provisional = calendar.add(clock.started_on, clock.days)
        if (due_on, provisional) != (clock.due_on, clock.provisional):
            clock.due_on, clock.provisional = due_on, provisional
            moved.append(clock)
    Clock.objects.bulk_update(moved, ["due_on", "provisional"], batch_size=1000)
    if moved:
        acts.announce("clocks.moved", clocks=moved, actor=actor)
    return len(moved)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A clock in whole sentences, for pages."""

    started_on: date
    due_on: date
    finished_on: date | None
    late_by: int
    left: int
    sentence: str
    counted: Counted
    rule: Rule


def explain(clock: Clock, *, today: date, calendar: WorkCalendar | None = None) -> Explanation:
    """Which days were counted, which were not and why; how late or how long still."""
    calendar = calendar or WorkCalendar.load()
    if clock.working_days:
        counted, between = calendar.explain(clock.started_on, clock.days), calendar.between
        first, unit = "次一工作日", "个工作日"
    else:
        counted, between = Counted(clock.due_on, (), (), provisional=False), _days_between
        first, unit = "次日", "日"
    end = clock.finished_on or today
    late_by = max(0, between(clock.due_on, end)) if end > clock.due_on else 0
    left = 0 if clock.finished_on or late_by else between(today, clock.due_on)
    start, due_day = formats.day(clock.started_on), formats.day(clock.due_on)
    sentence = f"自{start}的{first}起算，满{clock.days}{unit}，{due_day}到期。"
    if counted.skipped:
        sentence += f"期间{len(counted.skipped)}天不计入。"
    if counted.provisional:
        sentence += "所涉年度的放假安排尚未公布，暂按周一至周五计算，公布后自动重算。"
    return Explanation(clock.started_on, clock.due_on, clock.finished_on, late_by, left, sentence, counted, clock.rule)


def _days_between(first: date, last: date) -> int:
    return (last - first).days
