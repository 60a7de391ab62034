"""Deadlines of records: the clock that runs from the decision day. When a calendar moves it: services/recounting.py."""

from core import clocks
from core.calendar import WorkCalendar
from core.rules import rule_on
from records.kinds import kind_of
from records.models import CreditRecord

CLOCK = "disclosure"
OBJECT = CreditRecord._meta.label_lower


def restart(record: CreditRecord) -> None:
    """The decision day was edited or corrected: count again. Sets `record.due_on`; the caller saves the record."""
    rule = rule_on(kind_of(record.kind).deadline_rule, record.decided_on)
    clock = clocks.restart(CLOCK, OBJECT, record.pk, record.decided_on, rule, WorkCalendar.load())
    record.due_on = clock.due_on
