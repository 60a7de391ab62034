"""The audit trail's only door: a closed registry of actions and one function that writes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from core.actors import Actor
from core.bulk import JsonText, insert_rows
from core.masking import scrub
from core.models import AuditEvent


@dataclass(frozen=True, slots=True)
class Action:
    """A significant act: stable code, Chinese sentence for readers of the trail."""

    code: str
    label: str


_registry: dict[str, Action] = {}
NOTHING = JsonText("{}")


def register(**labels: str) -> None:
    """Declare actions of a room: `register(records_approved="审核通过")`"""
    for name, label in labels.items():
        room, _, act = name.partition("_")
        code = f"{room}.{act}"
        _registry[code] = Action(code, label)


def actions() -> Mapping[str, Action]:
    return _registry


def label(code: str) -> str:
    return _registry[code].label if code in _registry else code


@dataclass(frozen=True, slots=True)
class Entry:
    """What one audit row says about one object; `changes` is {field: [before, after]}."""

    object_id: int | None
    object_label: str
    changes: Mapping[str, Any] | None = None
    reason: str = ""


def record_many(action: str, object_type: str, entries: Iterable[Entry], *, actor: Actor) -> int:
    """Write one row per entry, set-based, in the caller's transaction. Unregistered action: KeyError."""
    _registry[action]
    now, roles = actor.now(), ",".join(sorted(actor.roles))
    rows = [_row(action, object_type, e, actor, roles, now) for e in entries]
    insert_rows(AuditEvent, COLUMNS, rows)
    return len(rows)


def row(action: str, object_type: str, entry: Entry, *, actor: Actor) -> tuple[Any, ...]:
    """One row in the order of COLUMNS, for bulk loads that write many actions at once."""
    return _row(action, object_type, entry, actor, ",".join(sorted(actor.roles)), actor.now())


def _row(action: str, object_type: str, e: Entry, actor: Actor, roles: str, now: datetime) -> tuple[Any, ...]:
    return (
        now, action, actor.user_id, actor.name, actor.unit, roles, actor.door, actor.request_id, object_type,
        e.object_id, e.object_label[:300], e.changes or NOTHING, e.reason,
    )  # fmt: skip


COLUMNS = (
    "at",
    "action",
    "actor",
    "actor_name",
    "actor_unit",
    "actor_roles",
    "door",
    "request_id",
    "object_type",
    "object_id",
    "object_label",
    "changes",
    "reason",
)


def record(
    action: str,
    obj: models.Model,
    *,
    actor: Actor,
    changes: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write one row about `obj`."""
    entry = Entry(obj.pk, str(obj), changes, reason)
    record_many(action, obj._meta.label_lower, [entry], actor=actor)


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Only the fields that changed, as [old, new] in JSON-able form."""
    keys = [k for k in after if before.get(k) != after[k]]
    return {k: [_plain(before.get(k)), _plain(after[k])] for k in keys}


def scrubbed(changes: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """The same for the trail where free text is among the values: personal numbers hidden."""
    return {name: [scrub(v) if isinstance(v, str) else v for v in pair] for name, pair in changes.items()}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | bool | list | dict) else str(value)
