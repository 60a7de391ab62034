"""What this room adds to the record's page: what followed from it."""

from typing import Any

from core.actors import Actor
from records.admin.record import RecordSection, add_section
from records.choices import RecordKindCode
from records.models import CreditRecord
from sanctions.admin.words import sanction_badge
from sanctions.choices import NO_FAULTS
from sanctions.models import Sanction
from sanctions.permissions import may_propose
from sanctions.policy import IN_EFFECT, period

MOST = 50
FAULTS = frozenset(str(kind) for kind in RecordKindCode if kind not in NO_FAULTS)


def record_section(record: CreditRecord, actor: Actor) -> dict[str, Any]:
    rows = Sanction.objects.filter(cause=record).select_related("measure", "subject", "executor")
    return {
        "record": record,
        "rows": [
            {"sanction": s, "badge": sanction_badge(s), "period": period(s.starts_on, s.ends_on)}
            for s in rows.order_by("-pk")[:MOST]
        ],
        "may_propose": record.status in IN_EFFECT and may_propose(record, actor) is None,
    }


add_section(RecordSection("因此采取的惩戒", "admin/sanctions/section.html", record_section, FAULTS))
