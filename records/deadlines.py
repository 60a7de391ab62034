"""The copy of a deadline on a record and on its public row follows its clock."""

from collections.abc import Iterable

from core.bulk import update_rows
from core.models import Clock
from records.models import CreditRecord, PublicRecord


def follow_moved_clocks(clocks: Iterable[Clock]) -> None:
    """Handler of `clocks.moved`: a calendar year arrived and due days were counted again."""
    rows = [(c.object_id, c.due_on) for c in clocks if c.object_type == CreditRecord._meta.label_lower]
    update_rows(CreditRecord, ["due_on"], rows)
    update_rows(PublicRecord, ["due_on"], rows)
