"""People who sign in. What agency they work for is a fact about credit subjects and lives in `records`."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.choices import SEPARATED_ROLES, Role


class User(AbstractUser):
    """账号. One person, one account; deactivated, never deleted."""

    display_name = models.CharField("姓名", max_length=50)
    phone = models.CharField("办公电话", max_length=30, blank=True)
    must_change_password = models.BooleanField("首次登录须改密码", default=False)
    password_changed_at = models.DateTimeField("最近修改密码时间", null=True, blank=True)

    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        verbose_name = "账号"
        verbose_name_plural = "账号"

    def __str__(self) -> str:
        return f"{self.display_name}（{self.username}）"

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Nobody is above the roles: `is_superuser` opens nothing (三员分立)."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False

    def password_expired(self, *, now: datetime, max_age_days: int) -> bool:
        """Whether the password has to be changed by age; 0 days: never."""
        since = self.password_changed_at or self.date_joined
        return bool(max_age_days) and now - since > timedelta(days=max_age_days)


class RoleGrant(models.Model):
    """角色授予: which role a person holds, who gave it and when."""

    user = models.ForeignKey(User, verbose_name="账号", on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField("角色", max_length=20, choices=Role)
    granted_by = models.ForeignKey(
        User, verbose_name="授予人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    granted_at = models.DateTimeField("授予时间", default=timezone.now)

    class Meta:
        verbose_name = "角色授予"
        verbose_name_plural = "角色授予"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role"],
                name="role_once_per_user",
                violation_error_message="该账号已有此角色。",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(role__in=sorted(SEPARATED_ROLES)),
                name="separated_administrators",
                violation_error_message="系统、安全、审计三类管理员不得由同一人兼任。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"


class SavedFilter(models.Model):
    """常用筛选: a list of the staff site with its filter, under the name that one person gave it."""

    user = models.ForeignKey(User, verbose_name="账号", on_delete=models.CASCADE, related_name="saved_filters")
    page = models.CharField("列表", max_length=60, help_text="地址名称，例如 review_queue")
    name = models.CharField("名称", max_length=30)
    query = models.CharField("筛选条件", max_length=500)
    saved_at = models.DateTimeField("保存时间", default=timezone.now)

    class Meta:
        verbose_name = "常用筛选"
        verbose_name_plural = "常用筛选"
        ordering = ["page", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page", "name"],
                name="saved_filter_once",
                violation_error_message="这个列表已有同名的常用筛选。",
            )
        ]

    def __str__(self) -> str:
        return self.name
