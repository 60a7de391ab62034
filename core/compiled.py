"""Queries compiled once per shape: the ORM's SQL, kept per process and run again with other values.

For the few reads that make up most of the traffic (search, a record page, a subject page): building and compiling
the same query takes longer than running it. The queryset stays the one description of what is read.

    rows_of = CompiledQuery(lambda agency, since: Model.objects.filter(agency=agency, day__gte=since).values_list("a"))
    rows_of(7, date(2026, 1, 1))                     # tuples, converted as the ORM converts them

A shape is what makes another statement: which values are given (None is none), and whatever `shape` names.
"""

import itertools
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

Value = int | str | date | None
# Stand where the values will go; no key is ever such a number, no text has such characters, no day is that long ago.
NUMBER = -9_007_199_254_740_993
MOST_SHAPES = 256
# A connection's memory is the server's; what comes later is planned each time.
MOST_PREPARED = 100

_names = (f"compiled_{number}" for number in itertools.count(1))
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def _mark(place: int, value: Value) -> Value:
    match value:
        case None:
            return None
        case bool():
            raise TypeError("a truth value is not told from a number: make it part of the shape")
        case int():
            return NUMBER - place
        case str():
            return f"\ue000{place}\ue001"
        case date():
            return date(1, 1, 1 + place)


def _place_of(param: Any, marks: tuple[Value, ...]) -> int | None:
    """Which value stands here. SQLite is given days as texts."""
    for place, mark in enumerate(marks):
        if mark is not None and (param == mark or (isinstance(mark, date) and param == mark.isoformat())):
            return place
    return None


@dataclass(frozen=True, slots=True)
class _Statement:
    sql: str
    params: list[Any]
    places: list[int | None]
    as_text: bool  # days are written as texts
    compiler: Any
    converters: Any
    name: str = ""
    execute: str = ""

    def filled(self, values: tuple[Value, ...]) -> list[Any]:
        return [
            param if place is None else self._written(values[place])
            for param, place in zip(self.params, self.places, strict=True)
        ]

    def given(self, values: tuple[Value, ...]) -> list[Any]:
        return [self._written(values[place]) for place in self.places if place is not None]

    def _written(self, value: Value) -> Any:
        return value.isoformat() if self.as_text and isinstance(value, date) else value


class CompiledQuery:
    """`build(*values, *shape)` makes a `values_list` queryset that uses its values only as parameters.

    `prepare`: PostgreSQL also plans the statement only once per connection, for no value in particular. For queries
    that have one right plan whatever the values; planning them takes longer than running them.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], *, prepare: bool = False) -> None:
        self.build = build
        self.prepare = prepare
        self._known: dict[Hashable, _Statement] = {}

    def __call__(self, *values: Value, shape: tuple[Hashable, ...] = ()) -> list[Any]:
        statement = self._statement(values, shape)
        with connection.cursor() as cursor:
            if statement.name and settings.PREPARE_STATEMENTS and self._is_prepared(statement):
                cursor.execute(statement.execute, statement.given(values))
            else:
                cursor.execute(statement.sql, statement.filled(values))
            rows = cursor.fetchall()
        if statement.converters:
            return list(statement.compiler.apply_converters(rows, statement.converters))
        return list(rows)

    def _statement(self, values: tuple[Value, ...], shape: tuple[Hashable, ...]) -> _Statement:
        key = (connection.vendor, shape, *map(type, values))
        known = self._known.get(key)
        if known is None:
            known = self._compiled(values, shape)
            while len(self._known) >= MOST_SHAPES:
                self._known.pop(next(iter(self._known)), None)
            self._known[key] = known
        return known

    def _compiled(self, values: tuple[Value, ...], shape: tuple[Hashable, ...]) -> _Statement:
        marks = tuple(_mark(place, value) for place, value in enumerate(values))
        compiler = self.build(*marks, *shape).query.get_compiler(connection.alias)
        sql, params = compiler.as_sql()
        places = [_place_of(param, marks) for param in params]
        if missing := {place for place, mark in enumerate(marks) if mark is not None} - set(places):
            raise ValueError(f"not a parameter of the query: value {', '.join(map(str, sorted(missing)))}")
        converters = compiler.get_converters([expression for expression, _, _ in compiler.select])
        postgres = connection.vendor == "postgresql"
        name, execute = "", ""
        if self.prepare and postgres:
            name = next(_names)
            slots = ", ".join(["%s"] * sum(place is not None for place in places))
            execute = f"EXECUTE {name}({slots})" if slots else f"EXECUTE {name}"
        return _Statement(sql, list(params), places, not postgres, compiler, converters, name, execute)

    @staticmethod
    def _is_prepared(statement: _Statement) -> bool:
        """Statements live as long as the connection; one that is new has none."""
        raw = connection.connection
        there = _prepared.get(raw)
        if there is None:
            there = _prepared[raw] = set()
        if statement.name in there:
            return True
        if len(there) >= MOST_PREPARED:
            return False
        numbers = itertools.count(1)
        # The driver's own cursor: this is no query of the page that asked.
        with connection.wrap_database_errors, raw.cursor() as driver:
            slots = [
                driver.mogrify("%s", [param]).decode() if place is None else f"${next(numbers)}"
                for param, place in zip(statement.params, statement.places, strict=True)
            ]
            sql = statement.sql % tuple(slots)
            driver.execute(f"SET plan_cache_mode = force_generic_plan; PREPARE {statement.name} AS {sql}")
        there.add(statement.name)
        return True
