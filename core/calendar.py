"""Working days (工作日): a table of exceptions over Monday to Friday, loaded once and counted in memory.

Day 1 is the next working day. A year whose State Council notice is not loaded counts Monday to Friday and is said
to be provisional; its open clocks are computed again when the year arrives (`core.clocks.recompute`).
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from core.models import CalendarDay, CalendarYear

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Counted:
    """The result of counting: due day, skipped days with their names, whether a year was provisional."""

    due_on: date
    skipped: tuple[tuple[date, str], ...]
    makeup: tuple[date, ...]
    provisional: bool


@dataclass
class WorkCalendar:
    """Exceptions to Monday–Friday: {date: (is_workday, name)}, and the years that are known."""

    days: dict[date, tuple[bool, str]] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    @classmethod
    def load(cls) -> "WorkCalendar":
        days = {d: (w, n) for d, w, n in CalendarDay.objects.values_list("date", "is_workday", "name")}
        return cls(days, frozenset(CalendarYear.objects.values_list("year", flat=True)))

    @cached_property
    def _memo(self) -> dict[tuple[date, int], tuple[date, bool]]:
        return {}

    def is_workday(self, day: date) -> bool:
        known = self.days.get(day)
        return known[0] if known else day.weekday() < 5

    def add(self, start: date, count: int) -> tuple[date, bool]:
        """The `count`-th working day after `start`, and whether it is provisional; remembered per start."""
        if (known := self._memo.get((start, count))) is not None:
            return known
        day, left = start, count
        while left:
            day += ONE_DAY
            if self.is_workday(day):
                left -= 1
        result = (day, any(y not in self.years for y in range(start.year, day.year + 1)))
        self._memo[(start, count)] = result
        return result

    def explain(self, start: date, count: int) -> Counted:
        """The same count with every day that was not counted, and why."""
        due_on, provisional = self.add(start, count)
        skipped, makeup = [], []
        day = start + ONE_DAY
        while day <= due_on:
            if not self.is_workday(day):
                skipped.append((day, self._name(day)))
            elif day.weekday() >= 5:
                makeup.append(day)
            day += ONE_DAY
        return Counted(due_on, tuple(skipped), tuple(makeup), provisional)

    def between(self, first: date, last: date) -> int:
        """Working days after `first` up to and including `last`; negative when `last` is earlier."""
        if last < first:
            return -self.between(last, first)
        days = (first + timedelta(days=i) for i in range(1, (last - first).days + 1))
        return sum(self.is_workday(d) for d in days)

    def _name(self, day: date) -> str:
        if day in self.days and self.days[day][1]:
            return self.days[day][1]
        return "周六" if day.weekday() == 5 else "周日" if day.weekday() == 6 else "放假"
