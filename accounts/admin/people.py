"""Accounts and roles on the staff site: the system administrator's and the security administrator's pages."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import services
from accounts.choices import Role
from accounts.forms import AccountForm, RoleForm
from accounts.models import RoleGrant, User
from accounts.permissions import may_hold
from core import desk
from core.actors import Actor
from core.admin import Act, ReadingAdmin, actor_of
from core.desk import Place, Queue, Section
from core.pages import ReasonForm, form_page, render

ACCOUNT_READERS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR})
keeps_accounts = desk.roles(Role.SYSTEM_ADMIN)
keeps_security = desk.roles(Role.SECURITY_ADMIN)


@admin.register(User)
class UserAdmin(ReadingAdmin):
    readers = ACCOUNT_READERS
    intro = "一人一号。账号只停用，不删除：已做的工作始终能查到是谁做的。"
    list_display = ("login_name", "display_name", "role_list", "standing", "last_login")
    list_filter = ("is_active", "role_grants__role")
    search_fields = ("username", "display_name")
    search_help_text = "登录名或姓名"
    ordering = ("username",)
    fieldsets = (
        (None, {"fields": ("login_name", "display_name", "phone", "role_list", "standing")}),
        (
            "登录",
            {"fields": ("last_login", "date_joined", "password_changed_at", "must_change_password", "second_factor")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("role_grants")

    @admin.display(description="登录名", ordering="username")
    def login_name(self, user: User) -> str:
        return user.username

    @admin.display(description="账号状态", ordering="is_active")
    def standing(self, user: User) -> str:
        return "启用" if user.is_active else "已停用"

    @admin.display(description="角色")
    def role_list(self, user: User) -> str:
        return "、".join(grant.get_role_display() for grant in user.role_grants.all()) or "（未授予）"

    @admin.display(description="动态口令")
    def second_factor(self, user: User) -> str:
        return "已登记" if TOTPDevice.objects.filter(user=user, confirmed=True).exists() else "未登记"

    def list_acts(self, actor: Actor) -> Sequence[Act]:
        return [Act("新建账号", reverse("admin:account_new"), quiet=False)] if keeps_accounts(actor) else []

    def acts(self, obj: User, actor: Actor) -> Sequence[Act]:
        acts: list[Act] = []
        if obj.pk == actor.user_id:
            return acts
        if keeps_accounts(actor):
            acts.append(Act("停用" if obj.is_active else "启用", reverse("admin:account_active", args=[obj.pk])))
            acts.append(Act("重置密码", reverse("admin:account_password", args=[obj.pk])))
        if keeps_security(actor):
            acts.append(Act("授予角色", reverse("admin:role_grant", args=[obj.pk]), quiet=False))
            acts += [
                Act(f"收回“{g.get_role_display()}”", reverse("admin:role_revoke", args=[obj.pk, g.role]))
                for g in obj.role_grants.all()
            ]
            acts.append(Act("重置动态口令", reverse("admin:account_second_factor", args=[obj.pk])))
            acts.append(Act("解除登录锁定", reverse("admin:account_unlock", args=[obj.pk])))
        return acts


@admin.register(RoleGrant)
class RoleGrantAdmin(ReadingAdmin):
    readers = ACCOUNT_READERS
    intro = "谁持有什么角色、由谁在何时授予。授予和收回都在账号页面办理。"
    list_display = ("user", "role", "granted_by", "granted_at")
    list_filter = ("role",)
    list_select_related = ("user", "granted_by")
    search_fields = ("user__username", "user__display_name")
    search_help_text = "登录名或姓名"


def _account(pk: int) -> str:
    return reverse("admin:accounts_user_change", args=[pk])


@desk.page("accounts/new/", "account_new", may=keeps_accounts)
def account_new(request: HttpRequest) -> HttpResponseBase:
    form = AccountForm(request.POST or None)

    def act() -> HttpResponseBase:
        user, password = services.create_account(**form.cleaned_data, actor=actor_of(request))
        return _first_password(request, user, password, "账号已建立")

    intro = "新账号没有任何角色，由安全管理员另行授予。"
    cancel = reverse("admin:accounts_user_changelist")
    return form_page(request, form, act, title="新建账号", submit="建立账号", cancel=cancel, intro=intro)


def _first_password(request: HttpRequest, user: User, password: str, title: str) -> HttpResponseBase:
    context = {"title": title, "account": user, "password": password, "back": _account(user.pk)}
    return render(request, "admin/accounts/first_password.html", context)


@desk.page("accounts/<int:pk>/password/", "account_password", may=keeps_accounts)
def account_password(request: HttpRequest, pk: int) -> HttpResponseBase:
    user, form = get_object_or_404(User, pk=pk), ReasonForm(request.POST or None)

    def act() -> HttpResponseBase:
        changed, password = services.reset_password(pk, actor=actor_of(request), **form.cleaned_data)
        return _first_password(request, changed, password, "密码已重置")

    intro = "将生成一个新的初始密码，该账号已登录的会话全部退出。请先核实申请人身份。"
    return form_page(request, form, act, title=f"重置密码：{user}", submit="重置密码", cancel=_account(pk), intro=intro)


def _reasoned(
    request: HttpRequest, pk: int, title: str, submit: str, service: Callable[..., User], done: str, intro: str = "",
    **values: Any,
) -> HttpResponseBase:  # fmt: skip
    """A page that asks why and calls one service about one account."""
    user, form = get_object_or_404(User, pk=pk), ReasonForm(request.POST or None)

    def act() -> HttpResponseBase:
        service(pk, actor=actor_of(request), reason=form.cleaned_data["reason"], **values)
        messages.success(request, done)
        return redirect(_account(pk))

    return form_page(request, form, act, title=f"{title}：{user}", submit=submit, cancel=_account(pk), intro=intro)


@desk.page("accounts/<int:pk>/active/", "account_active", may=keeps_accounts)
def account_active(request: HttpRequest, pk: int) -> HttpResponseBase:
    active = get_object_or_404(User, pk=pk).is_active
    word = "停用" if active else "启用"
    intro = "停用后立即不能登录，已做的工作不受影响。" if active else ""
    return _reasoned(request, pk, f"{word}账号", word, services.set_active, f"账号已{word}。", intro, active=not active)


@desk.page("accounts/<int:pk>/unlock/", "account_unlock", may=keeps_security)
def account_unlock(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _reasoned(request, pk, "解除登录锁定", "解除锁定", services.release_lock, "登录锁定已解除。")


@desk.page("accounts/<int:pk>/second-factor/", "account_second_factor", may=keeps_security)
def account_second_factor(request: HttpRequest, pk: int) -> HttpResponseBase:
    intro = "原手机上的动态口令立即失效，本人下次登录时重新登记。请先核实申请人身份。"
    done = "动态口令已重置，本人下次登录时重新登记。"
    return _reasoned(request, pk, "重置动态口令", "重置", services.reset_second_factor, done, intro)


@desk.page("accounts/<int:pk>/roles/new/", "role_grant", may=keeps_security)
def role_grant(request: HttpRequest, pk: int) -> HttpResponseBase:
    user = get_object_or_404(User, pk=pk)
    held = set(user.role_grants.values_list("role", flat=True))
    form = RoleForm([role for role in Role.values if not may_hold(user, role, held)], request.POST or None)

    def act() -> HttpResponseBase:
        services.grant_role(pk, actor=actor_of(request), **form.cleaned_data)
        messages.success(request, "角色已授予，本人下一次打开页面即生效。")
        return redirect(_account(pk))

    intro = "系统、安全、审计三类管理员互斥，且不得兼任业务角色；不能授予的角色不在列表中。"
    return form_page(request, form, act, title=f"授予角色：{user}", submit="授予", cancel=_account(pk), intro=intro)


@desk.page("accounts/<int:pk>/roles/<slug:role>/revoke/", "role_revoke", may=keeps_security)
def role_revoke(request: HttpRequest, pk: int, role: str) -> HttpResponseBase:
    grant = get_object_or_404(RoleGrant, user=pk, role=role)
    title = f"收回角色“{grant.get_role_display()}”"
    return _reasoned(request, pk, title, "收回", services.revoke_role, "角色已收回，立即生效。", role=role)


def _locked() -> Any:
    """Sign-ins that are locked out now."""
    since = timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    return AccessAttempt.objects.filter(failures_since_start__gte=settings.AXES_FAILURE_LIMIT, attempt_time__gt=since)


@desk.page("accounts/locked/", "locked_accounts", may=keeps_security)
def locked_accounts(request: HttpRequest) -> HttpResponseBase:
    """登录锁定: who is locked out now, and until when."""
    wait = timedelta(hours=settings.AXES_COOLOFF_TIME)
    attempts = _locked().order_by("-attempt_time")[:200]
    users = {u.username: u for u in User.objects.filter(username__in=[a.username for a in attempts])}
    rows = [{"attempt": a, "user": users.get(a.username), "until": a.attempt_time + wait} for a in attempts]
    return render(request, "admin/accounts/locked_accounts.html", {"title": "登录锁定", "rows": rows})


desk.add_queues(
    Queue(
        "登录锁定",
        "连续输错密码、正在锁定的登录，核实本人身份后可以提前解除",
        "locked_accounts",
        keeps_security,
        lambda actor, today: int(_locked().count()),
    )
)
desk.add_places(
    Place(Section.SYSTEM, "账号", "accounts_user_changelist", desk.roles(*ACCOUNT_READERS), order=10),
    Place(Section.SYSTEM, "角色", "accounts_rolegrant_changelist", desk.roles(*ACCOUNT_READERS), order=20),
    Place(Section.SYSTEM, "登录锁定", "locked_accounts", keeps_security, order=30),
)
