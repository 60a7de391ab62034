"""Pages about one's own sign-in: password, second factor, lock-out."""

from typing import Any

import django_otp
import segno
from axes.helpers import get_cool_off
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import services
from accounts.forms import OwnPasswordForm, TokenForm
from core.pages import form_page


def password_change(request: HttpRequest) -> HttpResponseBase:
    """修改密码; the session in use goes on, all others end."""
    user: Any = request.user
    form = OwnPasswordForm(user, request.POST or None)

    def act() -> HttpResponseBase:
        changed = services.change_own_password(user.pk, form.cleaned_data["new_password"], actor=request.actor)  # type: ignore[attr-defined]
        update_session_auth_hash(request, changed)
        messages.success(request, "密码已修改。其他已登录的会话已全部退出。")
        return redirect("admin:index")

    forced = must_change_password(user)
    return form_page(
        request, form, act,
        title="修改密码", submit="修改密码", cancel="" if forced else reverse("admin:index"), intro=forced or "",
        alone=bool(forced),
    )  # fmt: skip


def must_change_password(user: Any) -> str | None:
    """Why this person has to change the password before anything else; None when they need not."""
    if user.must_change_password:
        return "您使用的是初始密码，请先修改密码再开始工作。"
    days = settings.PASSWORD_MAX_AGE_DAYS
    if user.password_expired(now=timezone.now(), max_age_days=days):
        return f"密码已使用超过{days}天，请修改后继续。"
    return None


def second_factor(request: HttpRequest) -> HttpResponseBase:
    """Enrol at the first sign-in, afterwards enter the number."""
    user: Any = request.user
    if user.is_verified():
        return redirect("admin:index")
    enrolled = TOTPDevice.objects.filter(user=user, confirmed=True).exists()
    form = TokenForm(request.POST or None)
    check = services.verify_token if enrolled else services.confirm_device

    def act() -> HttpResponseBase:
        device = check(user.pk, form.cleaned_data["token"], actor=request.actor)  # type: ignore[attr-defined]
        django_otp.login(request, device)
        return redirect(admin.site.next_page(request))  # type: ignore[attr-defined]

    context: dict[str, Any] = {} if enrolled else _enrolment(services.pending_device(user.pk))
    return form_page(
        request, form, act,
        title="输入动态口令" if enrolled else "登记动态口令", submit="确定", cancel="",
        template="admin/second_factor.html", alone=True, enrolled=enrolled, **context,
    )  # fmt: skip


def _enrolment(device: TOTPDevice) -> dict[str, str]:
    """The key as QR image and as text, for phones without a camera."""
    key = device.config_url
    secret = key.split("secret=")[1].split("&")[0].rstrip("=")
    grouped = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    return {"qr": segno.make(key, error="m").svg_data_uri(scale=5, border=2), "secret": grouped}


def locked_out(request: HttpRequest, original: HttpResponse | None, credentials: Any) -> HttpResponse:
    """Five failures: says until when, and who can help sooner."""
    wait = get_cool_off(request)
    until = timezone.localtime(timezone.now() + wait) if wait else None
    minutes = int(wait.total_seconds() // 60) if wait else 0
    context = {**admin.site.each_context(request), "title": "登录已锁定", "until": until, "minutes": minutes}
    response = render(request, "admin/locked_out.html", context, status=429)
    if wait:
        response["Retry-After"] = str(int(wait.total_seconds()))
    return response
