"""A compiled query gives what the ORM gives, for every value, as the ORM converts it."""

from datetime import date

import pytest
from django.test import TestCase

from core.compiled import CompiledQuery
from core.models import CalendarDay, Rule


class CompiledQueryTests(TestCase):
    def test_rows_are_the_orms_rows_for_each_value(self) -> None:
        query = CompiledQuery(lambda pk: Rule.objects.filter(pk=pk).values_list("code", "value", "in_force_from"))
        rules = list(Rule.objects.order_by("pk")[:3])
        for rule in rules:
            assert [tuple(row) for row in query(rule.pk)] == [(rule.code, rule.value, rule.in_force_from)]
        assert query(0) == []

    def test_the_value_may_stand_more_than_once_beside_other_parameters(self) -> None:
        query = CompiledQuery(
            lambda pk: CalendarDay.objects.filter(pk__gte=pk, pk__lte=pk, date__gt=date(2000, 1, 1)).values_list("pk")
        )
        known = CalendarDay.objects.order_by("pk")[5]
        assert [tuple(row) for row in query(known.pk)] == [(known.pk,)]

    def test_a_query_without_the_value_is_refused(self) -> None:
        with pytest.raises(ValueError, match="not a parameter"):
            CompiledQuery(lambda pk: Rule.objects.values_list("code"))(1)
