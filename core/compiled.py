"""Queries compiled once: the ORM's SQL, kept per process and run again with other values.

For the few reads that make up most of the traffic (a record page, its API twin): building and compiling the same
query takes longer than running it. The queryset stays the one description of what is read.
"""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import QuerySet

# Stands where the value will go; no key is ever this number.
MARK = -9_007_199_254_740_993


class CompiledQuery:
    """`build(value)` makes a `values_list` queryset that uses `value` only as a parameter, any number of times.

    `CompiledQuery(lambda pk: Model.objects.filter(pk=pk).values_list("a", "b"))(7)` gives the rows as tuples, converted
    as the ORM converts them.
    """

    def __init__(self, build: Callable[[int], QuerySet[Any, Any]]) -> None:
        self.build = build
        self._known: dict[str, tuple[str, list[Any], Any, Any]] = {}

    def _compiled(self) -> tuple[str, list[Any], Any, Any]:
        alias = connection.alias
        known = self._known.get(connection.vendor)
        if known is None:
            compiler = self.build(MARK).query.get_compiler(alias)
            sql, params = compiler.as_sql()
            if MARK not in params:
                raise ValueError("the value is not a parameter of the query")
            converters = compiler.get_converters([expression for expression, _, _ in compiler.select])
            known = self._known[connection.vendor] = (sql, list(params), compiler, converters)
        return known

    def __call__(self, value: int) -> list[Any]:
        sql, params, compiler, converters = self._compiled()
        with connection.cursor() as cursor:
            cursor.execute(sql, [value if p == MARK else p for p in params])
            rows = cursor.fetchall()
        return list(compiler.apply_converters(rows, converters)) if converters else rows
