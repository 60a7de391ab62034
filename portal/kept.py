"""Small values that change rarely, kept in this process for a while (never an answer about a person)."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings

T = TypeVar("T")
_values: dict[str, tuple[float, Any]] = {}


def kept(name: str, seconds: float, make: Callable[[], T]) -> T:
    """`make()`, at most once in `seconds` (settings.KEEP_PAGES off: every time)."""
    now = time.monotonic()
    if settings.KEEP_PAGES and (known := _values.get(name)) and 0 <= now - known[0] < seconds:
        remembered: T = known[1]
        return remembered
    value = make()
    _values[name] = (now, value)
    return value


def clear() -> None:
    _values.clear()
