"""What is kept of every look: who asked and why, and each report that left the house."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.actors import Door
from core.models import AppendOnlyError
from creditfiles.choices import OrderStatus, Projection, Purpose
from creditfiles.querysets import CreditReportQuerySet, QueryLogQuerySet, ReportOrderQuerySet
from records.models import Subject


class QueryLog(models.Model):
    """查询留痕: one person looked into one file, for a purpose, on a basis, and was shown so much. Append-only.

    Person, unit and subject stand here as text too, so that the row says the same when they are gone. `shown` counts
    the records by kind; it holds no content.
    """

    at = models.DateTimeField("时间", default=timezone.now)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="查询人",
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    user_name = models.CharField("查询人姓名", max_length=100)
    unit = models.CharField("查询单位", max_length=200, blank=True)
    door = models.CharField("入口", max_length=12, choices=Door)
    subject = models.ForeignKey(Subject, verbose_name="信用主体", on_delete=models.PROTECT, related_name="query_logs")
    subject_label = models.CharField("主体名称（当时）", max_length=200)
    projection = models.CharField("档案版本", max_length=12, choices=Projection)
    purpose = models.CharField("查询目的", max_length=24, choices=Purpose)
    legal_basis = models.CharField("查询依据", max_length=300)
    reference = models.CharField("查询文号", max_length=128)
    shown = models.JSONField("展示内容", default=dict)

    objects = QueryLogQuerySet.as_manager()

    class Meta:
        verbose_name = "查询留痕"
        verbose_name_plural = "查询留痕"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject", "-id"], name="querylog_subject"),
            models.Index(fields=["user", "-id"], name="querylog_user"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_label}（{self.get_purpose_display()}）"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError("QueryLog is append-only")


class ReportOrder(models.Model):
    """批量出具: many reports at once, made by a worker; `done_count` is written with each chunk."""

    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="委托人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    ordered_at = models.DateTimeField("委托时间", default=timezone.now)
    subjects = models.JSONField("主体编号", default=list)
    total_count = models.PositiveIntegerField("总份数")
    done_count = models.PositiveIntegerField("已出具份数", default=0)
    status = models.CharField("状态", max_length=10, choices=OrderStatus, default=OrderStatus.WAITING)
    heartbeat_at = models.DateTimeField("最近进展", default=timezone.now)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)

    objects = ReportOrderQuerySet.as_manager()

    class Meta:
        verbose_name = "批量出具"
        verbose_name_plural = "批量出具"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.total_count}份（{timezone.localtime(self.ordered_at):%Y-%m-%d %H:%M}）"


class CreditReport(models.Model):
    """信用报告: a PDF that left the house. It can be checked by its code or by its bytes. Append-only.

    `digest` = SHA-256 of the file; `signature` (Ed25519) covers code, projection, time and digest. `covered` =
    [[record, version], …] as it stood then, so that the check can say what changed since.
    """

    code = models.CharField("核验码", max_length=19, unique=True)
    subject = models.ForeignKey(Subject, verbose_name="信用主体", on_delete=models.PROTECT, related_name="reports")
    subject_label = models.CharField("主体名称（当时）", max_length=200)
    projection = models.CharField("档案版本", max_length=12, choices=Projection)
    as_of = models.DateTimeField("报告时点", default=timezone.now)
    query = models.ForeignKey(
        QueryLog, verbose_name="查询留痕", null=True, blank=True, on_delete=models.PROTECT, related_name="reports"
    )
    order = models.ForeignKey(
        ReportOrder, verbose_name="批量出具", null=True, blank=True, on_delete=models.PROTECT, related_name="reports"
    )
    covered = models.JSONField("所载记录", default=list)
    digest = models.CharField("文件摘要", max_length=64, unique=True)
    key_id = models.CharField("签名密钥编号", max_length=32)
    signature = models.CharField("签名", max_length=128)
    file = models.FileField("文件", upload_to="reports/%Y/%m", max_length=200)

    objects = CreditReportQuerySet.as_manager()

    class Meta:
        verbose_name = "信用报告"
        verbose_name_plural = "信用报告"
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject", "projection", "-id"], name="report_subject")]

    def __str__(self) -> str:
        return f"{self.subject_label}信用报告（{self.code}）"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError("CreditReport is append-only")
