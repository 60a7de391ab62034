"""Writes of the mechanisms: loading a year of the working-day calendar."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import audit, clocks
from core.actors import Actor
from core.errors import Invalid, NotAllowed, NotFound
from core.models import CalendarDay, CalendarYear, Rule

audit.register(core_calendar_loaded="导入工作日历", core_rule_added="新增规则版本")


@dataclass(frozen=True, slots=True)
class ExceptionDay:
    """A day that differs from Monday to Friday."""

    date: date
    is_workday: bool
    name: str


def parse_calendar(text: str) -> list[ExceptionDay]:
    """Read a year file: JSON {"days": [{"date": "2027-01-01", "name": "元旦", "isOffDay": true}]}.

    Raises Invalid with the place of the first thing that cannot be read.
    """
    try:
        rows = json.loads(text)["days"]
    except (ValueError, KeyError, TypeError):
        raise Invalid(
            "calendar_unreadable",
            "文件不是可识别的工作日历（应为 JSON，含 days 列表）。没有导入任何内容，请核对文件后重新上传。",
        ) from None
    days = []
    for number, row in enumerate(rows, 1):
        try:
            days.append(ExceptionDay(date.fromisoformat(row["date"]), not row["isOffDay"], str(row.get("name", ""))))
        except (KeyError, TypeError, ValueError):
            raise Invalid(
                "calendar_row_unreadable",
                f"第{number}个日期无法识别（须有 date、isOffDay）。没有导入任何内容，请改正后重新上传。",
            ) from None
    return days


@transaction.atomic
def load_calendar_year(
    year: int, days: Iterable[ExceptionDay], *, actor: Actor, source: str, notice: str = ""
) -> dict[str, int]:
    """Load or replace one year, then count the provisional clocks again. Returns {"days", "moved"}.

    Raises Invalid when the file is empty or has days outside the year (a notice may reach into the last days of
    December before, or the first of January after; those are taken).
    """
    found = list(days)
    first, last = date(year - 1, 12, 1), date(year + 1, 1, 31)
    if not any(d.date.year == year for d in found):
        raise Invalid(
            "calendar_empty",
            f"文件中没有{year}年的放假安排。国务院办公厅通知发布后再导入；在此之前按周一至周五暂定。",
        )
    if wrong := [d.date for d in found if not first <= d.date <= last]:
        raise Invalid("calendar_other_year", f"文件中有不属于{year}年的日期：{wrong[0]}。没有导入任何内容。")
    mine = [d for d in found if d.date.year == year]
    CalendarDay.objects.filter(date__year=year).delete()
    rows = [CalendarDay(date=d.date, is_workday=d.is_workday, name=d.name) for d in mine]
    CalendarDay.objects.bulk_create(rows)
    values = {"source": source, "notice": notice, "loaded_at": timezone.now()}
    loaded, _ = CalendarYear.objects.update_or_create(year=year, defaults=values)
    moved = clocks.recompute(actor=actor)
    audit.record("core.calendar_loaded", loaded, actor=actor, changes={"days": [None, len(mine)], "moved": [0, moved]})
    return {"days": len(mine), "moved": moved}


@transaction.atomic
def add_rule_version(
    code: str,
    *,
    title: str,
    value: Any,
    in_force_from: date,
    basis: str,
    edition: str,
    certainty: str,
    actor: Actor,
) -> Rule:
    """新增规则版本: a new dated row from `in_force_from` on. Earlier rows stay as they are, and what they decided too.

    The value keeps the shape of the version before it, because code reads it by name.
    """
    if not actor.has("credit_office", "system"):
        raise NotAllowed("not_allowed", "只有信用办可以维护规则。")
    latest = Rule.objects.filter(code=code).order_by("-in_force_from").first()
    if latest is None:
        raise NotFound("rule_missing", "没有找到该规则。")
    if in_force_from <= latest.in_force_from:
        day = latest.in_force_from
        sentence = f"施行日期须晚于现有最新版本（{day.year}年{day.month}月{day.day}日）。已施行的版本不能修改。"
        raise Invalid("rule_not_newer", sentence, fields={"in_force_from": [sentence]})
    if problem := _other_shape(latest.value, value):
        raise Invalid("rule_shape", problem, fields={"value": [problem]})
    rule = Rule.objects.create(
        code=code, title=title, value=value, in_force_from=in_force_from, basis=basis, edition=edition,
        certainty=certainty,
    )  # fmt: skip
    audit.record("core.rule_added", rule, actor=actor, changes={"value": [latest.value, value]}, reason=basis)
    return rule


def _other_shape(old: Any, new: Any, where: str = "") -> str | None:
    """Why `new` cannot stand where `old` stood: other names or other types; None when it can."""
    place = f"“{where}”" if where else "内容"
    if isinstance(old, dict):
        if not isinstance(new, dict) or old.keys() != new.keys():
            return f"{place}须包含且只包含：{'、'.join(old)}。请只改数值，不改结构。"
        return next((p for key in old if (p := _other_shape(old[key], new[key], key))), None)
    if isinstance(old, bool) or isinstance(new, bool) or not isinstance(old, int | float):
        return (
            None
            if type(old) is type(new)
            else f"{place}的类型须与原来一致（原为 {json.dumps(old, ensure_ascii=False)}）。"
        )
    if not isinstance(new, int | float):
        return f"{place}须是数字。"
    return f"{place}不能是负数。" if new < 0 else None
