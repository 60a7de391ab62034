"""The road of a delivery, as data. Deliveries move in sets, so `advance` is a compare-and-set over a queryset."""

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from core.lifecycle import Lifecycle, Transition, states
from sharing.choices import DeliveryState
from sharing.permissions import may_resend

if TYPE_CHECKING:
    from sharing.querysets import DeliveryQuerySet

S = DeliveryState

DELIVERY = Lifecycle(
    field="state",
    states=DeliveryState,
    initial=S.PENDING,
    transitions=(
        Transition("accept", states(S.PENDING), S.ACCEPTED, "平台接收"),
        Transition("store", states(S.PENDING, S.ACCEPTED), S.STORED, "平台入库"),
        Transition("refuse", states(S.PENDING, S.ACCEPTED), S.REFUSED, "平台退回"),
        Transition("lose", states(S.ACCEPTED), S.PENDING, "平台未留存，重新报送"),
        Transition("supersede", states(S.PENDING, S.RECALLING), S.SUPERSEDED, "被后续版本替代"),
        Transition("resend", states(S.REFUSED), S.PENDING, "原样重新报送", may=(may_resend,)),
        Transition("restore", states(S.STORED), S.PENDING, "核对有差异，重新报送"),
        Transition("acknowledge", states(S.RECALLING), S.RECALLED, "平台确认撤回"),
        Transition("chase", states(S.RECALLED), S.RECALLING, "重新撤回"),
    ),
)
# A delivery is born here: a report waits to be sent, a recall waits to be acknowledged.
INITIAL = {"upsert": S.PENDING, "recall": S.RECALLING}


def advance(rows: "QuerySet[Any]", name: str, **values: Any) -> int:
    """Move those of `rows` that may make transition `name`; returns how many did."""
    transition = DELIVERY.transition(name)
    return rows.filter(state__in=transition.sources).update(state=transition.target, **values)


def supersede(rows: "DeliveryQuerySet") -> int:
    """Take out of the queue those of `rows` that have a newer version."""
    return advance(rows.outdated(), "supersede", next_try_at=None)
