"""The daily sweep: what happens by the calendar."""

from datetime import date

from core.actors import Actor, system_actor
from records.services.endings import expire_due
from records.services.publication import publish_due
from records.services.redecision import apply_due_rules


def daily_sweep(*, today: date, actor: Actor | None = None) -> dict[str, int]:
    """Rules that reach back are carried out, ended publications go, opened ones come. Twice changes nothing.

    Rules first: a period that a new rule makes longer does not end on the day the rule comes into force.
    """
    redecided = expired = 0
    while (changed := apply_due_rules(today=today, actor=actor)) is not None:
        redecided += changed
    while count := expire_due(today=today, actor=actor):
        expired += count
    opened = publish_due(today=today, actor=actor or system_actor())
    return {"redecided": redecided, "expired": expired, "opened": opened}
