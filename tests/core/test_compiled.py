"""A compiled query gives what the ORM gives, for every value, as the ORM converts it."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from core import compiled
from core.compiled import CompiledQuery
from core.models import CalendarDay, Rule


def _days(first: int | None, since: date | None, until: date | None, newest_first: bool) -> "QuerySet[Any, Any]":
    rows = CalendarDay.objects.order_by("-date" if newest_first else "date")
    if first is not None:
        rows = rows.filter(pk__gte=first)
    if since:
        rows = rows.filter(date__gte=since)
    if until:
        rows = rows.filter(date__lt=until)
    return rows.values_list("pk", "date")[:20]


def tuples(rows: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in rows]


class CompiledQueryTests(TestCase):
    def test_rows_are_the_orms_rows_for_each_value(self) -> None:
        query = CompiledQuery(lambda pk: Rule.objects.filter(pk=pk).values_list("code", "value", "in_force_from"))
        rules = list(Rule.objects.order_by("pk")[:3])
        for rule in rules:
            assert tuples(query(rule.pk)) == [(rule.code, rule.value, rule.in_force_from)]
        assert query(0) == []

    def test_several_values_of_several_kinds_and_every_shape(self) -> None:
        for prepare in (False, True):
            query = CompiledQuery(_days, prepare=prepare)
            pk = CalendarDay.objects.order_by("pk")[5].pk
            for values in (
                (pk, date(2026, 1, 1), date(2026, 12, 31)), (None, date(2025, 5, 1), date(2025, 6, 1)),
                (pk + 3, None, date(2026, 5, 1)), (None, None, None), (None, date(2026, 10, 1), None),
            ):  # fmt: skip
                for newest_first in (True, False):
                    expected = tuples(_days(*values, newest_first))
                    assert tuples(query(*values, shape=(newest_first,))) == expected, (values, newest_first, prepare)

    def test_a_text_is_a_value_whatever_stands_in_it(self) -> None:
        query = CompiledQuery(lambda code: Rule.objects.filter(code=code).values_list("code"), prepare=True)
        known = Rule.objects.order_by("pk")[0].code
        assert tuples(query(known))[0] == (known,)
        for text in ("' OR 1=1 --", "%s", "%", "$1", "\\", "惠城"):
            assert query(text) == [], text

    def test_the_value_may_stand_more_than_once_beside_other_parameters(self) -> None:
        for prepare in (False, True):
            query = CompiledQuery(
                lambda pk: CalendarDay.objects.filter(pk__gte=pk, pk__lte=pk, date__gt=date(2000, 1, 1)).values_list(
                    "pk"
                ),
                prepare=prepare,
            )
            known = CalendarDay.objects.order_by("pk")[5]
            assert tuples(query(known.pk)) == [(known.pk,)]

    def test_the_orm_is_asked_once_for_each_shape(self) -> None:
        built = []

        def build(*values: Any) -> "QuerySet[Any, Any]":
            built.append(values)
            return _days(*values)

        query = CompiledQuery(build)
        for pk in (1, 2, 3):
            query(pk, None, None, shape=(True,))
            query(pk, date(2026, 1, pk), None, shape=(True,))
        assert len(built) == 2

    def test_only_so_many_shapes_are_kept(self) -> None:
        query = CompiledQuery(
            lambda pk, count: Rule.objects.filter(pk__gte=pk).order_by("pk").values_list("pk")[:count]
        )
        for count in range(1, compiled.MOST_SHAPES + 5):
            query(0, shape=(count,))
        assert len(query._known) == compiled.MOST_SHAPES
        assert len(query(0, shape=(2,))) == 2

    def test_a_query_without_the_value_is_refused(self) -> None:
        with pytest.raises(ValueError, match="not a parameter"):
            CompiledQuery(lambda pk: Rule.objects.values_list("code"))(1)

    def test_a_truth_value_belongs_to_the_shape(self) -> None:
        with pytest.raises(TypeError, match="shape"):
            CompiledQuery(lambda yes: Rule.objects.filter(pk__gt=yes).values_list("code"))(True)


@pytest.mark.postgres
class PreparedTests(TestCase):
    def query(self) -> CompiledQuery:
        return CompiledQuery(lambda pk: Rule.objects.filter(pk=pk).values_list("code"), prepare=True)

    def sent(self, query: CompiledQuery) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            for pk in (1, 2):
                query(pk)
        return [q["sql"][:7] for q in captured.captured_queries]

    def test_it_is_planned_once_and_then_only_executed(self) -> None:
        assert self.sent(self.query()) == ["EXECUTE", "EXECUTE"]

    def test_a_new_connection_is_told_anew(self) -> None:
        query = self.query()
        rule = Rule.objects.order_by("pk")[0]
        assert tuples(query(rule.pk)) == [(rule.code,)]
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
        compiled._prepared.pop(connection.connection)
        assert tuples(query(rule.pk)) == [(rule.code,)]

    def test_behind_a_pooler_nothing_is_prepared(self) -> None:
        with self.settings(PREPARE_STATEMENTS=False):
            assert self.sent(self.query()) == ["SELECT ", "SELECT "]

    def test_a_connection_holds_only_so_many(self) -> None:
        query = CompiledQuery(
            lambda pk, count: Rule.objects.filter(pk__gte=pk).order_by("pk").values_list("pk")[:count], prepare=True
        )
        for count in range(1, compiled.MOST_PREPARED + 5):
            query(0, shape=(count,))
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements")
            assert cursor.fetchone()[0] <= compiled.MOST_PREPARED
