"""Deadlines of records: the clock that runs from the decision day, and the copies of its due day."""

from collections.abc import Iterable

from core import clocks
from core.bulk import update_rows
from core.calendar import WorkCalendar
from core.models import Clock
from core.rules import rule_on
from records.kinds import kind_of
from records.models import CreditRecord, PublicRecord

CLOCK = "disclosure"
OBJECT = CreditRecord._meta.label_lower


def follow_moved_clocks(clocks: Iterable[Clock]) -> None:
    """Handler of `clocks.moved`: a calendar year arrived and due days were counted again."""
    rows = [(c.object_id, c.due_on) for c in clocks if c.object_type == OBJECT]
    update_rows(CreditRecord, ["due_on"], rows)
    update_rows(PublicRecord, ["due_on"], rows)


def restart(record: CreditRecord) -> None:
    """The decision day was edited or corrected: count again. Sets `record.due_on`; the caller saves the record."""
    rule = rule_on(kind_of(record.kind).deadline_rule, record.decided_on)
    clock = clocks.restart(CLOCK, OBJECT, record.pk, record.decided_on, rule, WorkCalendar.load())
    record.due_on = clock.due_on
