"""Who may step into the automatic road of deliveries; what anybody sees of it is `visible_to`."""

from typing import Any

from accounts.choices import Role
from core.actors import Actor
from sharing.models import Delivery

SYSTEM = "system"


def may_resend(delivery: Delivery, actor: Actor) -> str | None:
    """The same version again: for the credit office, once the platform or the field map was put right."""
    if actor.has(SYSTEM, Role.CREDIT_OFFICE):
        return None
    return "只有信用办可以原样重新报送。内容有误的，请申请更正，更正通过后自动重新报送。"


def may_run_platforms(obj: Any, actor: Actor) -> str | None:
    """Switching a platform on and off, ending a pause, comparing out of turn."""
    if actor.has(SYSTEM, Role.CREDIT_OFFICE, Role.SYSTEM_ADMIN):
        return None
    return "只有信用办和系统管理员可以管理上级平台的报送。"
