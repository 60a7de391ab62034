"""Who may do what with accounts: verdicts are None when allowed, else the sentence that says why not."""

from accounts.choices import SEPARATED_ROLES, Role
from accounts.models import User
from core.actors import Actor


def may_manage_accounts(actor: Actor) -> str | None:
    """Accounts are the system administrator's; what they may do is the security administrator's (三员分立)."""
    return None if actor.has(Role.SYSTEM_ADMIN, "system") else "只有系统管理员可以建立、停用账号和重置密码。"


def may_manage_security(actor: Actor) -> str | None:
    if actor.has(Role.SECURITY_ADMIN, "system"):
        return None
    return "只有安全管理员可以授予或收回角色、解除锁定和重置动态口令。"


def not_oneself(user: User, actor: Actor) -> str | None:
    return "不能对自己的账号做此操作，请由另一位管理员办理。" if user.pk == actor.user_id else None


def may_hold(user: User, role: str, held: set[str]) -> str | None:
    """三员分立: an administrator of one of the three kinds holds no other role, and nobody else holds theirs."""
    if role in held:
        return "该账号已有此角色。"
    others = held - {role}
    if others and (role in SEPARATED_ROLES or others & SEPARATED_ROLES):
        return "系统、安全、审计三类管理员互斥，且不得兼任业务角色。请先收回其他角色，或另建账号。"
    return None
