"""Named acts: a lower room announces, upper rooms that registered at start-up are called, in the same transaction.

The whole table is `subscribers()`; nothing hides in signals.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

Handler = Callable[..., None]

_handlers: dict[str, list[Handler]] = defaultdict(list)


def subscribe(act: str, handler: Handler) -> None:
    """Call `handler(**facts)` whenever `act` is announced. Registering twice changes nothing."""
    if handler not in _handlers[act]:
        _handlers[act].append(handler)


def announce(act: str, **facts: Any) -> None:
    for handler in _handlers[act]:
        handler(**facts)


def subscribers() -> Mapping[str, list[Handler]]:
    return _handlers
