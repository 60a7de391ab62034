"""Keys by which departments' systems report (接口密钥)."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from records.models.subjects import Subject
from records.querysets import ApiKeyQuerySet


class ApiKey(models.Model):
    """接口密钥: one system of one agency. Only a digest is kept; the secret is shown once, when it is issued.

    The secret has 256 random bits, so a plain digest cannot be guessed back.
    """

    agency = models.ForeignKey(Subject, verbose_name="单位", on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField("名称", max_length=100, help_text="哪个业务系统使用，例如“执法办案系统”")
    prefix = models.CharField("开头", max_length=12, help_text="密钥的前几位，用于辨认")
    digest = models.CharField("摘要", max_length=64, unique=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="签发人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    issued_at = models.DateTimeField("签发时间", default=timezone.now)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="吊销人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    revoked_at = models.DateTimeField("吊销时间", null=True, blank=True)
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "接口密钥"
        verbose_name_plural = "接口密钥"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name}（{self.prefix}…）"

    @property
    def revoked(self) -> bool:
        return self.revoked_at is not None
