"""Every significant write about accounts: who signs in, with which roles, passwords and second factor."""

import secrets
from urllib.parse import parse_qsl, urlencode

from axes.utils import reset as axes_reset
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.choices import Role
from accounts.models import RoleGrant, SavedFilter, User
from accounts.permissions import may_hold, may_manage_accounts, may_manage_security, not_oneself
from core import audit, desk
from core.actors import Actor
from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.locks import locked

# Read aloud and typed without mistakes: no 0/O, 1/l/I.
READABLE = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"


def _require(*reasons: str | None) -> None:
    for reason in reasons:
        if reason:
            raise NotAllowed("not_allowed", reason)


def new_password() -> str:
    """A first password: four groups of four, about 92 bits, with a digit and both cases."""
    while True:
        word = "-".join("".join(secrets.choice(READABLE) for _ in range(4)) for _ in range(4))
        if any(c.isdigit() for c in word) and any(c.islower() for c in word) and any(c.isupper() for c in word):
            return word


@transaction.atomic
def create_account(username: str, *, display_name: str, phone: str = "", actor: Actor) -> tuple[User, str]:
    """新建账号, without any role. Returns the account and its first password, which is shown once and kept nowhere."""
    _require(may_manage_accounts(actor))
    if User.objects.filter(username__iexact=username).exists():
        raise Invalid("username_taken", "该登录名已被使用。", fields={"username": ["该登录名已被使用，请换一个。"]})
    password = new_password()
    user = User(username=username, display_name=display_name, phone=phone, must_change_password=True)
    user.set_password(password)
    user.save()
    audit.record("accounts.created", user, actor=actor)
    return user, password


@transaction.atomic
def set_active(user_id: int, *, active: bool, actor: Actor, reason: str) -> User:
    """停用 or 启用. An account is never deleted: what the person did keeps its author."""
    _require(may_manage_accounts(actor))
    user = locked(User.objects.all(), user_id)
    _require(not_oneself(user, actor))
    if user.is_active == active:
        raise WrongState("wrong_state", f"该账号已是{'启用' if active else '停用'}状态，请刷新后查看。")
    user.is_active = active
    user.save(update_fields=["is_active"])
    changes = {"is_active": [not active, active]}
    audit.record("accounts.activated" if active else "accounts.deactivated", user, actor=actor, changes=changes,
                 reason=reason)  # fmt: skip
    return user


@transaction.atomic
def reset_password(user_id: int, *, actor: Actor, reason: str) -> tuple[User, str]:
    """重置密码: a new first password, to be changed at the next sign-in; open sessions end."""
    _require(may_manage_accounts(actor))
    user = locked(User.objects.all(), user_id)
    _require(not_oneself(user, actor))
    password = new_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    audit.record("accounts.password_reset", user, actor=actor, reason=reason)
    return user, password


@transaction.atomic
def change_own_password(user_id: int, new: str, *, actor: Actor) -> User:
    """修改密码 by its owner; the old one may not be kept."""
    user = locked(User.objects.all(), user_id)
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise Invalid("weak_password", "密码不符合要求。", fields={"new_password": list(error.messages)}) from error
    if user.check_password(new):
        raise Invalid(
            "same_password", "新密码不能与原密码相同。", fields={"new_password": ["新密码不能与原密码相同。"]}
        )
    user.set_password(new)
    user.must_change_password = False
    user.password_changed_at = timezone.now()
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    audit.record("accounts.password_changed", user, actor=actor)
    return user


@transaction.atomic
def grant_role(user_id: int, role: str, *, actor: Actor, reason: str = "") -> RoleGrant:
    """授予角色."""
    _require(may_manage_security(actor))
    user = locked(User.objects.all(), user_id)
    _require(not_oneself(user, actor))
    held = set(user.role_grants.values_list("role", flat=True))
    if refusal := may_hold(user, role, held):
        raise Invalid("role_conflict", refusal, fields={"role": [refusal]})
    grant = RoleGrant.objects.create(user=user, role=role, granted_by_id=actor.user_id)
    audit.record("accounts.role_granted", user, actor=actor, changes={"role": [None, role]}, reason=reason)
    return grant


@transaction.atomic
def revoke_role(user_id: int, role: str, *, actor: Actor, reason: str) -> User:
    """收回角色: takes effect with the person's next request. The trail keeps who held it and when."""
    _require(may_manage_security(actor))
    user = locked(User.objects.all(), user_id)
    _require(not_oneself(user, actor))
    if not RoleGrant.objects.filter(user=user, role=role).delete()[0]:
        raise WrongState("wrong_state", f"该账号没有“{Role(role).label}”角色，可能已被收回，请刷新后查看。")
    audit.record("accounts.role_revoked", user, actor=actor, changes={"role": [role, None]}, reason=reason)
    return user


@transaction.atomic
def release_lock(user_id: int, *, actor: Actor, reason: str) -> User:
    """解除登录锁定 before its time."""
    _require(may_manage_security(actor))
    user = locked(User.objects.all(), user_id)
    axes_reset(username=user.username)
    audit.record("accounts.lock_released", user, actor=actor, reason=reason)
    return user


@transaction.atomic
def reset_second_factor(user_id: int, *, actor: Actor, reason: str) -> User:
    """重置动态口令, when a phone is lost: the person enrols again at the next sign-in."""
    _require(may_manage_security(actor))
    user = locked(User.objects.all(), user_id)
    _require(not_oneself(user, actor))
    TOTPDevice.objects.filter(user=user).delete()
    audit.record("accounts.second_factor_reset", user, actor=actor, reason=reason)
    return user


@transaction.atomic
def pending_device(user_id: int) -> TOTPDevice:
    """The device that its owner is enrolling: one per account, its key kept until it is confirmed."""
    user = locked(User.objects.all(), user_id)
    device = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    return device or TOTPDevice.objects.create(user=user, name=settings.SITE["name"], confirmed=False)


@transaction.atomic
def confirm_device(user_id: int, token: str, *, actor: Actor) -> TOTPDevice:
    """登记动态口令: the first right number proves that the phone has the key."""
    user = locked(User.objects.all(), user_id)
    if TOTPDevice.objects.filter(user=user, confirmed=True).exists():
        raise WrongState("already_enrolled", "该账号已登记过动态口令。更换手机请联系安全管理员重置。")
    device = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    if device is None or not device.verify_token(token):
        wrong = "动态口令不正确。请确认手机时间准确，输入当前显示的6位数字。"
        raise Invalid("wrong_token", wrong, fields={"token": [wrong]})
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    audit.record("accounts.second_factor_enrolled", user, actor=actor)
    return device


def verify_token(user_id: int, token: str, *, actor: Actor) -> TOTPDevice:
    """动态口令 at sign-in. A wrong one is counted by the device itself, which then makes the next try wait."""
    with transaction.atomic():
        user = locked(User.objects.all(), user_id)
        device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
        if device is not None and device.verify_token(token):
            return device
        allowed, wait = device.verify_is_allowed() if device else (True, None)
        audit.record("accounts.second_factor_failed", user, actor=actor)
    wrong = "动态口令不正确，或已使用过。请等待下一个6位数字再试。"
    if not allowed and wait and (until := wait.get("locked_until")):
        wrong = f"动态口令连续输错，请在 {timezone.localtime(until):%H:%M:%S} 之后再试。"
    raise Invalid("wrong_token", wrong, fields={"token": [wrong]})


def record_sign_in(action: str, user: User, *, actor: Actor) -> None:
    """登录, 退出, 登录失败, 登录锁定 of a known account."""
    audit.record(f"accounts.{action}", user, actor=actor)


def record_unknown_sign_in(*, actor: Actor) -> None:
    """A sign-in that named no account. What was typed is not kept: it may be a password."""
    entry = audit.Entry(None, "不存在的登录名")
    audit.record_many("accounts.sign_in_failed", User._meta.label_lower, [entry], actor=actor)


# ---- 常用筛选 --------------------------------------------------------------------------------------

FILTERS_PER_LIST = 20
# Where somebody stood in a list, not what they asked for.
PLACES_IN_A_LIST = frozenset({"after", "p", "o", "watch"})


def asked_for(query: str) -> str:
    """What a list's address asks for, in one order: without the page somebody stood on and without empty fields."""
    return urlencode(sorted((k, v) for k, v in parse_qsl(query.lstrip("?")) if v and k not in PLACES_IN_A_LIST))


@transaction.atomic
def save_filter(page: str, *, name: str, query: str, actor: Actor) -> SavedFilter:
    """保存常用筛选 of a list; the same name again takes the new filter.

    Not in the trail: it is a bookmark that only its owner sees, and what the list shows is decided anew each time.
    """
    if actor.user_id is None or desk.place_of(page, actor) is None:
        raise NotAllowed("not_allowed", desk.DENIED)
    locked(User.objects.all(), actor.user_id)  # two saves at once must not pass the limit together
    name, query = " ".join(name.split()), asked_for(query)
    if not name or len(name) > 30:
        raise Invalid("name_needed", "请给常用筛选起一个30字以内的名称，例如“本月逾期的处罚”，然后重新保存。")
    if not query:
        raise Invalid("nothing_chosen", "还没有选择任何筛选条件。请先筛选列表，再保存。")
    if len(query) > 500:
        raise Invalid("too_long", "筛选条件太长，不能保存。请缩短查找的文字后重试。")
    mine = SavedFilter.objects.filter(user=actor.user_id, page=page)
    if mine.exclude(name=name).count() >= FILTERS_PER_LIST:
        raise Invalid("too_many", f"每个列表最多保存{FILTERS_PER_LIST}个常用筛选，请先删除不用的。")
    saved, _ = mine.update_or_create(
        user_id=actor.user_id, page=page, name=name, defaults={"query": query, "saved_at": timezone.now()}
    )
    return saved


@transaction.atomic
def delete_filter(filter_id: int, *, actor: Actor) -> SavedFilter:
    """删除常用筛选; another person's does not exist. Returns what was deleted."""
    saved = SavedFilter.objects.select_for_update().filter(pk=filter_id, user=actor.user_id).first()
    if saved is None:
        raise NotFound("not_found", "没有找到该常用筛选，可能已经删除。请刷新后查看。")
    page = SavedFilter(page=saved.page, name=saved.name, query=saved.query)
    saved.delete()
    return page
