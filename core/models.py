"""The tables of the mechanisms: audit trail, rulebook, working days, clocks."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.actors import Door


class AppendOnlyError(RuntimeError):
    """Something tried to change history. A database trigger refuses the same for raw SQL."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError(f"{self.model.__name__} is append-only")

    def delete(self) -> NoReturn:
        raise AppendOnlyError(f"{self.model.__name__} is append-only")


class AuditEvent(models.Model):
    """审计记录: one significant act, written by the service that did it, in its transaction.

    Actor, unit and object stand here as text too, so that the row says the same when they are gone.
    """

    at = models.DateTimeField("时间", default=timezone.now, db_index=True)
    action = models.CharField("动作", max_length=60)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="操作人",
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    actor_name = models.CharField("操作人姓名", max_length=100)
    actor_unit = models.CharField("操作人单位", max_length=200, blank=True)
    actor_roles = models.CharField("操作人角色", max_length=200, blank=True)
    door = models.CharField("入口", max_length=12, choices=Door)
    request_id = models.CharField("请求编号", max_length=64, blank=True)
    object_type = models.CharField("对象类型", max_length=60)
    object_id = models.BigIntegerField("对象编号", null=True)
    object_label = models.CharField("对象名称", max_length=300)
    changes = models.JSONField("变更内容", default=dict, blank=True)
    reason = models.TextField("理由", blank=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = "审计记录"
        verbose_name_plural = "审计记录"
        ordering = ["-id"]
        indexes = [models.Index(fields=["object_type", "object_id"], name="audit_object")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.action} {self.object_label}"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError("AuditEvent is append-only")


class RuleQuerySet(models.QuerySet["Rule"]):
    def in_force(self, day: Any) -> "RuleQuerySet":
        return self.filter(Q(in_force_to__isnull=True) | Q(in_force_to__gte=day), in_force_from__lte=day)


class Rule(models.Model):
    """规则: a period, threshold, formula or list row that the law sets, with the days between which it holds.

    Seeded from `rulebook/`, edited by the credit office as a new dated row, never a constant in code.
    """

    code = models.CharField("规则代码", max_length=80)
    title = models.CharField("规则名称", max_length=200)
    value = models.JSONField("内容")
    in_force_from = models.DateField("施行日期")
    in_force_to = models.DateField("废止日期", null=True, blank=True)
    basis = models.CharField("依据", max_length=500)
    edition = models.CharField("版本", max_length=100, blank=True)
    certainty = models.CharField("依据核实情况", max_length=200, blank=True)

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = "规则"
        verbose_name_plural = "规则"
        ordering = ["code", "-in_force_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "in_force_from"],
                name="rule_once_per_day",
                violation_error_message="同一规则在同一施行日期只能有一个版本。",
            ),
            models.CheckConstraint(
                condition=Q(in_force_to__isnull=True) | Q(in_force_to__gte=models.F("in_force_from")),
                name="rule_ends_after_start",
                violation_error_message="废止日期不能早于施行日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.in_force_from:%Y-%m-%d}起）"


class CalendarYear(models.Model):
    """工作日历年度: a year whose State Council notice has been loaded; a year without a row is provisional."""

    year = models.PositiveSmallIntegerField("年份", unique=True)
    source = models.CharField("来源", max_length=200)
    notice = models.CharField("通知文号", max_length=200, blank=True)
    loaded_at = models.DateTimeField("导入时间", default=timezone.now)

    class Meta:
        verbose_name = "工作日历年度"
        verbose_name_plural = "工作日历年度"
        ordering = ["-year"]

    def __str__(self) -> str:
        return f"{self.year}年"


class CalendarDay(models.Model):
    """节假日与调休日: only the days that differ from Monday to Friday."""

    date = models.DateField("日期", unique=True)
    is_workday = models.BooleanField("是否上班")
    name = models.CharField("名称", max_length=50, blank=True)

    class Meta:
        verbose_name = "节假日与调休日"
        verbose_name_plural = "节假日与调休日"
        ordering = ["-date"]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"


class Clock(models.Model):
    """时限: a deadline attached to an object of any room; it can explain itself (core/clocks.py)."""

    kind = models.CharField("时限种类", max_length=60)
    object_type = models.CharField("对象类型", max_length=60)
    object_id = models.BigIntegerField("对象编号")
    owner_id = models.BigIntegerField("责任单位", null=True)
    started_on = models.DateField("起算日")
    days = models.PositiveSmallIntegerField("期限")
    working_days = models.BooleanField("按工作日", default=True)
    rule = models.ForeignKey(Rule, verbose_name="规则", on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField("到期日")
    provisional = models.BooleanField("暂定", default=False)
    finished_on = models.DateField("办结日", null=True, blank=True)

    class Meta:
        verbose_name = "时限"
        verbose_name_plural = "时限"
        constraints = [
            models.UniqueConstraint(
                fields=["object_type", "object_id", "kind"],
                name="clock_once_per_object",
                violation_error_message="同一对象的同一时限只能有一个。",
            )
        ]
        indexes = [
            models.Index(fields=["owner_id", "due_on"], condition=Q(finished_on=None), name="clock_open_due"),
            models.Index(fields=["due_on"], condition=Q(provisional=True), name="clock_provisional"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_on}"

    def met(self) -> bool | None:
        """Whether it was finished in time; None while it runs."""
        return None if self.finished_on is None else self.finished_on <= self.due_on
