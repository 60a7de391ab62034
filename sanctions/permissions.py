"""Who may load lists, propose, approve, carry out and stop; each verdict with its sentence."""

from typing import Any

from core.actors import Actor
from records.clerks import had_a_hand
from records.kinds import kind_of
from records.models import CreditRecord
from records.permissions import is_clerk_of, is_system


def keeps_lists(obj: Any, actor: Actor) -> str | None:
    return None if actor.has("credit_office") else "只有信用办可以录入和批准惩戒措施清单。"


def not_own_list(edition: Any, actor: Actor) -> str | None:
    """Four eyes: who loads a list is never who approves it."""
    if actor.user_id is not None and edition.proposed_by_id == actor.user_id:
        return "这是您本人录入的清单，须由信用办的另一位工作人员批准或退回。"
    return None


def may_propose(cause: CreditRecord, actor: Actor) -> str | None:
    """提出惩戒: the credit office, or a clerk of the agency that decided the cause."""
    if actor.has("credit_office") or is_clerk_of(cause, actor) is None:
        return None
    return "只有信用办或作出该记录的单位的经办人可以提出惩戒。"


def decides_sanctions(sanction: Any, actor: Actor) -> str | None:
    return None if actor.has("credit_office") else "惩戒由信用办批准或不予采取。"


def not_own_sanction(sanction: Any, actor: Actor) -> str | None:
    """Four eyes: who proposes a sanction is never who decides it."""
    if actor.user_id is not None and sanction.proposed_by_id == actor.user_id:
        return "这是您本人提出的惩戒，须由信用办的另一位工作人员决定。"
    return None


def not_own_cause(sanction: Any, actor: Actor) -> str | None:
    """Who entered, approved or found the record never decides what follows from it."""
    cause = sanction.cause
    if actor.user_id is None:
        return None
    if had_a_hand(cause, actor.user_id) or actor.user_id in (
        cause.approved_by_id,
        *kind_of(cause.kind).finders(cause.pk),
    ):
        return "原因记录由您本人经办、审核或认定，惩戒须由信用办的另一位工作人员决定。"
    return None


def may_lift(sanction: Any, actor: Actor) -> str | None:
    return None if actor.has("credit_office") or is_system(sanction, actor) is None else "惩戒由信用办决定解除。"


def executes(sanction: Any, actor: Actor) -> str | None:
    """Whoever works for the executing agency."""
    if actor.has("clerk", "reviewer", "agency_admin") and sanction.executor_id in actor.unit_ids:
        return None
    return "执行情况由执行单位的工作人员登记和确认。"
