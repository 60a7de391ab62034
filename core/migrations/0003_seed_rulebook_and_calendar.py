"""Rules from rulebook/rules.json and the working-day calendar from the chinesecalendar library.

Running it again adds nothing. A year that the library does not know has no CalendarYear row and counts as
provisional.
"""

import json
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
from chinese_calendar.constants import holidays, workdays
from django.db import migrations

RULEBOOK = Path(__file__).resolve().parents[2] / "rulebook" / "rules.json"
SOURCE = f"chinesecalendar {getattr(chinese_calendar, '__version__', '')}".strip()
NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利70周年纪念日",
}


def seed_rules(apps, schema_editor):
    Rule = apps.get_model("core", "Rule")
    for row in json.loads(RULEBOOK.read_text(encoding="utf-8")):
        key = {"code": row.pop("code"), "in_force_from": row.pop("in_force_from")}
        Rule.objects.get_or_create(**key, defaults=row)


def seed_calendar(apps, schema_editor):
    CalendarDay = apps.get_model("core", "CalendarDay")
    CalendarYear = apps.get_model("core", "CalendarYear")
    years = sorted({day.year for day in holidays})
    for year in years:
        notice = f"国务院办公厅关于{year}年部分节假日安排的通知"
        CalendarYear.objects.get_or_create(year=year, defaults={"source": SOURCE, "notice": notice})
    known = set(CalendarDay.objects.values_list("date", flat=True))
    days = []
    day, last = date(years[0], 1, 1), date(years[-1], 12, 31)
    while day <= last:
        works = day in workdays
        rests = day in holidays
        if day not in known and (works or rests):
            label = NAMES.get(workdays[day] if works else holidays[day], "")
            days.append(CalendarDay(date=day, is_workday=works, name=f"{label}调休上班" if works else label))
        day += timedelta(days=1)
    CalendarDay.objects.bulk_create(days, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("core", "0002_append_only_audit_trail")]

    operations = [
        migrations.RunPython(seed_rules, migrations.RunPython.noop),
        migrations.RunPython(seed_calendar, migrations.RunPython.noop),
    ]
