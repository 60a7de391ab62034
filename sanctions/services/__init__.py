"""Every significant write of this room."""

from sanctions.services.deciding import NewSanction, decline, heads, impose, lift, propose
from sanctions.services.editions import approve_edition, load_edition, refuse_edition
from sanctions.services.endings import end_with_causes, follow_corrections, lift_all_due, lift_due
from sanctions.services.execution import confirm_stopped, open_evidence, record_execution

__all__ = [
    "NewSanction",
    "approve_edition",
    "confirm_stopped",
    "decline",
    "end_with_causes",
    "follow_corrections",
    "heads",
    "impose",
    "lift",
    "lift_all_due",
    "lift_due",
    "load_edition",
    "open_evidence",
    "propose",
    "record_execution",
    "refuse_edition",
]
