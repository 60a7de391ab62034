"""States and transitions of lists and sanctions, as data."""

from core.lifecycle import Lifecycle, Transition, states
from records.permissions import is_system
from sanctions.choices import EditionStatus, SanctionStatus
from sanctions.permissions import (
    decides_sanctions,
    keeps_lists,
    may_lift,
    not_own_cause,
    not_own_list,
    not_own_sanction,
)

E, S = EditionStatus, SanctionStatus

EDITION = Lifecycle(
    field="status",
    states=EditionStatus,
    initial=E.PROPOSED,
    transitions=(
        Transition("ratify", states(E.PROPOSED), E.APPROVED, "批准", may=(keeps_lists, not_own_list)),
        Transition("reject", states(E.PROPOSED), E.REFUSED, "退回提案", may=(keeps_lists, not_own_list)),
    ),
)

DECIDERS = (decides_sanctions, not_own_sanction, not_own_cause)

SANCTION = Lifecycle(
    field="status",
    states=SanctionStatus,
    initial=S.PROPOSED,
    transitions=(
        Transition("impose", states(S.PROPOSED), S.ACTIVE, "批准惩戒", may=DECIDERS),
        Transition("decline", states(S.PROPOSED), S.DECLINED, "不予采取", may=DECIDERS),
        # Nothing is left to decide: the cause ended while the proposal waited.
        Transition("drop", states(S.PROPOSED), S.DECLINED, "随原因终止", may=(is_system,)),
        # The cause ends earlier than it did; the sanction with it.
        Transition("shorten", states(S.ACTIVE), S.ACTIVE, "缩短惩戒期限", may=(is_system,)),
        Transition("lift", states(S.ACTIVE), S.LIFTED, "解除惩戒", may=(may_lift,)),
    ),
)
