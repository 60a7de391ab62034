"""异常查询: looks that somebody should ask about, by the dated rule `lookup.unusual`; a fixed number of statements.

Nothing here accuses anybody: each finding says what was counted, over which days, and by which measure.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import ExtractHour, TruncDate
from django.utils import timezone

from core.calendar import WorkCalendar
from core.models import Rule
from core.rules import rule_on
from creditfiles.choices import Projection, UnusualReason
from creditfiles.models import Lookup, QueryLog

PERSON = ("user", "user_name", "unit")


@dataclass(frozen=True, slots=True)
class Unusual:
    """One person (or one system) and one reason. `sentence` says what was counted; `words` finds the rows."""

    reason: UnusualReason
    user_name: str
    unit: str
    count: int
    sentence: str
    words: str


@dataclass(frozen=True, slots=True)
class Report:
    """What stood out in the rule's days up to `day`, the most first within each reason."""

    rule: Rule
    first: date
    day: date
    rows: tuple[Unusual, ...]

    def counts(self) -> Counter[str]:
        return Counter(str(row.reason) for row in self.rows)


def unusual(day: date) -> Report:
    """Raises NotFound when no rule holds on that day."""
    rule = rule_on("lookup.unusual", day)
    value: dict[str, int] = rule.value
    first = day - timedelta(days=value["days"] - 1)
    span = {"at__gte": _midnight(first), "at__lt": _midnight(day + timedelta(days=1))}
    looks = QueryLog.objects.filter(**span)
    # Subjects who read their own files (no account) are no one person and none of anybody's business.
    single = looks.filter(lookup=None, user__isnull=False)
    found = [
        *_by_hour(single, Lookup.objects.filter(**span), value),
        *_same_subject(looks.exclude(projection=Projection.OWN), value["same_subject"]),
        *_unused(single, value["unused"]),
    ]
    order = {reason: n for n, reason in enumerate(UnusualReason)}
    return Report(rule, first, day, tuple(sorted(found, key=lambda u: (order[u.reason], -u.count, u.user_name))))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _hours(rows: QuerySet[Any]) -> Iterable[tuple[Any, ...]]:
    """(person …, day, hour, how many), by the clock of the district."""
    zone = timezone.get_current_timezone()
    clocked = rows.order_by().annotate(on=TruncDate("at", tzinfo=zone), hour=ExtractHour("at", tzinfo=zone))
    return list(clocked.values_list(*PERSON, "on", "hour").annotate(Count("pk")))


def _by_hour(single: QuerySet[Any], lists: QuerySet[Any], value: dict[str, int]) -> Iterator[Unusual]:
    """A list is one act here, however long it is."""
    calendar = WorkCalendar.load()
    files: Counter[tuple[Any, ...]] = Counter()
    listed: Counter[tuple[Any, ...]] = Counter()
    off: Counter[tuple[Any, ...]] = Counter()
    for counter, rows in ((files, single), (listed, lists)):
        for row in _hours(rows):
            person, (on, hour, count) = row[:-3], row[-3:]
            counter[person] += count
            if not calendar.is_workday(on) or not value["from_hour"] <= hour < value["to_hour"]:
                off[person] += count
    hours = f"{value['from_hour']}时至{value['to_hour']}时以外或非工作日"
    for (_, name, unit), count in off.items():
        if count >= value["off_hours"]:
            yield Unusual(UnusualReason.OFF_HOURS, name, unit, count, f"在{hours}查询{count}次。", name)
    for person in files.keys() | listed.keys():
        one, many = files[person], listed[person]
        if one >= value["per_person"] or many >= value["lists"]:
            _, name, unit = person
            yield Unusual(UnusualReason.MANY, name, unit, one + many, f"查阅档案{one}次，查询名单{many}份。", name)


def _same_subject(looks: QuerySet[Any], least: int) -> Iterator[Unusual]:
    grouped = looks.order_by().values_list(*PERSON, "subject", "subject_label").annotate(n=Count("pk"))
    for _, name, unit, _, label, count in grouped.filter(n__gte=least):
        yield Unusual(UnusualReason.SAME_SUBJECT, name, unit, count, f"查询“{label}”{count}次。", label)


def _unused(single: QuerySet[Any], least: int) -> Iterator[Unusual]:
    """Looks of which no report was ever taken."""
    grouped = single.filter(reports=None).order_by().values_list(*PERSON).annotate(n=Count("pk"))
    for _, name, unit, count in grouped.filter(n__gte=least):
        yield Unusual(UnusualReason.UNUSED, name, unit, count, f"查阅档案{count}次，都没有出具报告。", name)
