"""Set-based writes give the same rows as the ORM, on both databases."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import TestCase

from core.bulk import insert_rows, reserve_ids, update_rows
from core.models import AuditEvent, CalendarDay, Rule

NASTY = "制表\t换行\n回车\r反斜杠\\n 引号'\"; \\. \\N 空\x00字符 𠮷"


class BulkTests(TestCase):
    def test_text_json_and_dates_come_back_as_they_went_in(self) -> None:
        value = {"文": NASTY.replace("\x00", ""), "n": [1, None, True, "0.10"]}
        rows = [("code.a", NASTY, value, date(2026, 1, 1), None, "依据", "", "")]
        names = ["code", "title", "value", "in_force_from", "in_force_to", "basis", "edition", "certainty"]
        insert_rows(Rule, names, rows)
        rule = Rule.objects.get(code="code.a")
        assert rule.title.replace("\x00", "") == NASTY.replace("\x00", "") and rule.value == value

    def test_reserved_keys_are_fresh_and_the_orm_goes_on_after_them(self) -> None:
        first = CalendarDay.objects.create(date=date(2030, 1, 1), is_workday=False)
        ids = reserve_ids(CalendarDay, 3)
        assert len(set(ids)) == 3 and min(ids) > first.pk
        rows = [(key, date(2030, 2, n + 1), False) for n, key in enumerate(ids)]
        insert_rows(CalendarDay, ["id", "date", "is_workday"], rows)
        assert CalendarDay.objects.create(date=date(2030, 3, 1), is_workday=True).pk > max(ids)

    def test_update_sets_each_row_to_its_own_values(self) -> None:
        days = [CalendarDay.objects.create(date=date(2031, 1, n), is_workday=False) for n in range(1, 6)]
        update_rows(CalendarDay, ["is_workday", "name"], [(d.pk, True, f"第{d.pk}日\t") for d in days])
        for day in days:
            day.refresh_from_db()
            assert day.is_workday and day.name == f"第{day.pk}日\t"

    def test_a_constraint_stops_the_whole_set(self) -> None:
        rows = [(date(2032, 1, 1), True), (date(2032, 1, 2), True), (date(2032, 1, 1), True)]
        with pytest.raises(IntegrityError), transaction.atomic():
            insert_rows(CalendarDay, ["date", "is_workday"], rows)
        assert not CalendarDay.objects.filter(date__year=2032).exists()

    def test_times_keep_their_zone(self) -> None:
        at = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
        names = ["at", "action", "actor_name", "door", "object_type", "object_label"]
        insert_rows(AuditEvent, names, [(at, "x", "y", "task", "z", str(Decimal("1.50")))])
        assert AuditEvent.objects.get(action="x").at == at

    def test_what_looks_equal_in_python_stays_apart(self) -> None:
        names = ["code", "title", "value", "in_force_from", "basis"]
        values: list[object] = [{"n": 1}, {"n": True}, {"n": 1.0}, [], {}, 0, False, ""]
        rows = [(f"same.{n}", "同", value, date(2026, 1, 1), "依据\t据") for n, value in enumerate(values)]
        insert_rows(Rule, names, rows)
        stored = dict(Rule.objects.filter(code__startswith="same.").values_list("code", "value"))
        kept = [stored[f"same.{n}"] for n in range(len(values))]
        assert [type(v) for v in kept[3:8]] == [list, dict, int, bool, str]
        assert kept[1]["n"] is True and kept[0]["n"] is not True
        assert set(Rule.objects.filter(code__startswith="same.").values_list("basis", flat=True)) == {"依据\t据"}
