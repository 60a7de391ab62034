"""Shape and format of what people type about accounts."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.validators import RegexValidator

from accounts.choices import Role
from accounts.models import User
from core.pages import ReasonForm


class StaffLoginForm(AuthenticationForm):
    """Signing in needs a role: an account without one can do nothing here."""

    error_messages = {
        "invalid_login": "登录名或密码不正确。连续5次错误将锁定15分钟。",
        "inactive": "该账号已停用，请联系系统管理员。",
        "no_role": "该账号尚未授予角色，请联系安全管理员。",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "登录名"
        self.fields["username"].error_messages["required"] = "请填写登录名。"
        self.fields["password"].error_messages["required"] = "请填写密码。"

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if not user.role_grants.exists():
            raise forms.ValidationError(self.error_messages["no_role"], code="no_role")


class OwnPasswordForm(forms.Form):
    """修改密码."""

    old_password = forms.CharField(
        label="原密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    new_password = forms.CharField(
        label="新密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="至少12位，包含小写字母、大写字母、数字、符号中的至少三类；不能是常见密码，也不能与登录名、姓名相近。",
    )
    repeated = forms.CharField(
        label="再次输入新密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_old_password(self) -> str:
        old: str = self.cleaned_data["old_password"]
        if not self.user.check_password(old):
            raise forms.ValidationError("原密码不正确。")
        return old

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"new_password", "repeated"} <= cleaned.keys() and cleaned["new_password"] != cleaned["repeated"]:
            self.add_error("repeated", "两次输入的新密码不一致。")
        return cleaned


class TokenForm(forms.Form):
    token = forms.CharField(
        label="动态口令",
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True, "maxlength": 7}
        ),
        help_text="手机动态口令应用中显示的6位数字。",
        error_messages={"required": "请输入6位动态口令。"},
    )

    def clean_token(self) -> str:
        token = self.cleaned_data["token"].replace(" ", "")
        if not (token.isascii() and token.isdigit() and len(token) == 6):
            raise forms.ValidationError("动态口令是6位数字。")
        return str(token)


class AccountForm(forms.Form):
    username = forms.CharField(
        label="登录名",
        max_length=30,
        min_length=3,
        validators=[RegexValidator(r"^[a-z][a-z0-9._-]*$", "登录名以小写字母开头，可含小写字母、数字、点、横线。")],
        help_text="3至30位，以小写字母开头，建立后不能修改。一人一号，不得共用。",
    )
    display_name = forms.CharField(label="姓名", max_length=50)
    phone = forms.CharField(label="办公电话", max_length=30, required=False)


class RoleForm(ReasonForm):
    role = forms.ChoiceField(label="角色", choices=Role.choices)
    reason = forms.CharField(label="依据", max_length=2000, help_text="例如任职文件、岗位调整通知。")
    field_order = ["role", "reason"]

    def __init__(self, roles: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(r, label) for r, label in Role.choices if r in roles]  # type: ignore[attr-defined]
