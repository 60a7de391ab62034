"""The platforms above, what each wants, and what was sent to it with which answer."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from records.choices import RecordKindCode
from records.models import CreditRecord, Revision
from sharing.choices import (
    STATE_SENTENCES,
    AttemptOutcome,
    DeliveryState,
    DifferenceKind,
    Operation,
    Party,
    PlatformLevel,
    RunState,
)
from sharing.querysets import OPEN, DeliveryQuerySet, PlatformQuerySet

# Consecutive failures after which a platform is left alone for a while (断路).
CIRCUIT_THRESHOLD = 5


class Platform(models.Model):
    """上级平台. Its address and our key stand in the settings (SHARING_PLATFORMS); here is how we stand with it.

    `cursor_seq`: revisions of `begun_kinds` up to this `seq` have been fanned out. A kind in `kinds` that is not yet in
    `begun_kinds` is new to this platform: what is public of it already goes out, too. `failures`: consecutive ones.
    """

    code = models.SlugField("平台代码", unique=True)
    name = models.CharField("平台名称", max_length=100)
    level = models.CharField("层级", max_length=12, choices=PlatformLevel)
    enabled = models.BooleanField("启用", default=True)
    kinds = models.JSONField("报送种类", default=list)
    begun_kinds = models.JSONField("已开始报送的种类", default=list)
    cursor_seq = models.BigIntegerField("已分发到的修订序号", default=0)
    failures = models.PositiveIntegerField("连续失败次数", default=0)
    circuit_open_until = models.DateTimeField("暂停报送至", null=True, blank=True)
    circuit_reason = models.CharField("暂停原因", max_length=500, blank=True)
    last_contact_at = models.DateTimeField("最近联通", null=True, blank=True)
    last_failure_at = models.DateTimeField("最近失败", null=True, blank=True)
    last_failure = models.CharField("最近失败原因", max_length=500, blank=True)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        verbose_name = "上级平台"
        verbose_name_plural = "上级平台"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """Empty when this installation has none configured: then nothing is sent."""
        return str(settings.SHARING_PLATFORMS.get(self.code, {}).get("url", ""))

    def paused(self, now: datetime) -> bool:
        return self.circuit_open_until is not None and now < self.circuit_open_until

    def probing(self, now: datetime) -> bool:
        """The pause is over, but nothing has succeeded since: one item feels the way."""
        return self.failures >= CIRCUIT_THRESHOLD and not self.paused(now)


class FieldMap(models.Model):
    """字段对应: one column of one platform's table, and where in the public projection its value comes from.

    `source`: paths such as `fields.facts`, `subject.code`, `publish_until`, separated by `|` (the first that has a
    value), or `=text` for a constant. `values` replaces values; `"*"` stands for all others.
    """

    platform = models.ForeignKey(Platform, verbose_name="平台", on_delete=models.CASCADE, related_name="field_maps")
    kind = models.CharField("信用记录种类", max_length=24, choices=RecordKindCode)
    party = models.CharField("行政相对人类型", max_length=12, choices=Party)
    table = models.CharField("目录编码", max_length=30)
    position = models.PositiveSmallIntegerField("次序")
    column = models.CharField("列", max_length=40)
    label = models.CharField("列名", max_length=100)
    source = models.CharField("来源", max_length=200)
    required = models.BooleanField("必填", default=False)
    max_length = models.PositiveIntegerField("最大长度", default=0, help_text="0 为不限")
    values = models.JSONField("值对应", default=dict, blank=True)
    date_format = models.CharField("日期格式", max_length=20, blank=True, help_text="如 %Y/%m/%d；空为原样")

    class Meta:
        verbose_name = "字段对应"
        verbose_name_plural = "字段对应"
        ordering = ["platform", "kind", "party", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "kind", "party", "column"],
                name="field_map_column_once",
                violation_error_message="同一平台、种类和相对人类型下，每一列只能对应一次。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform.code} {self.table}.{self.column} ← {self.source}"


class Attempt(models.Model):
    """报送批次: one HTTP request with up to a batch of items; while `outcome` is open it holds their claim."""

    platform = models.ForeignKey(Platform, verbose_name="平台", on_delete=models.PROTECT, related_name="attempts")
    purpose = models.CharField("用途", max_length=10, choices=[("send", "报送"), ("ask", "查询结果")], default="send")
    worker = models.CharField("执行进程", max_length=100)
    size = models.PositiveIntegerField("项数")
    started_at = models.DateTimeField("开始时间", default=timezone.now)
    finished_at = models.DateTimeField("结束时间", null=True)
    outcome = models.CharField("结果", max_length=12, choices=AttemptOutcome, default=AttemptOutcome.OPEN)
    http_status = models.PositiveSmallIntegerField("HTTP 状态", null=True)
    stored = models.PositiveIntegerField("入库", default=0)
    accepted = models.PositiveIntegerField("接收", default=0)
    refused = models.PositiveIntegerField("退回", default=0)
    message = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        verbose_name = "报送批次"
        verbose_name_plural = "报送批次"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["platform", "-id"], name="attempt_platform_newest"),
            models.Index(fields=["started_at"], condition=Q(outcome="open"), name="attempt_open"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.started_at:%Y-%m-%d %H:%M:%S} {self.get_outcome_display()}"


class Delivery(models.Model):
    """报送: one version of one record to one platform.

    `next_try_at` is set while it waits in the queue, `claimed_at` while a worker has it out (the claim belongs to
    `attempt`), neither when it is settled. `accepted_at`: the platform took it and has not
    yet said that it is stored. `resends`: how often it was sent anew after it had been settled (part of the
    idempotency key, so that the platform does not repeat an old answer). `digest`: of the columns as sent.
    """

    platform = models.ForeignKey(
        Platform, verbose_name="平台", on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    record = models.ForeignKey(
        CreditRecord, verbose_name="信用记录", on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    # Without a constraint in the database: fan-out reads the row it names, and revisions cannot be deleted.
    revision = models.ForeignKey(
        Revision, verbose_name="修订", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    version = models.PositiveIntegerField("版本")
    operation = models.CharField("操作", max_length=8, choices=Operation)
    state = models.CharField("状态", max_length=12, choices=DeliveryState)
    attempts = models.PositiveIntegerField("尝试次数", default=0)
    next_try_at = models.DateTimeField("下次尝试", null=True, default=timezone.now)
    attempt = models.ForeignKey(
        Attempt, verbose_name="最近批次", null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    claimed_at = models.DateTimeField("占用时间", null=True)
    accepted_at = models.DateTimeField("接收时间", null=True)
    resends = models.PositiveSmallIntegerField("重新报送次数", default=0)
    receipt_code = models.CharField("回执代码", max_length=20, blank=True)
    receipt_column = models.CharField("回执列", max_length=40, blank=True)
    receipt_text = models.CharField("回执说明", max_length=500, blank=True)
    receipt_at = models.DateTimeField("回执时间", null=True)
    digest = models.CharField("报送内容摘要", max_length=64, blank=True)
    created_at = models.DateTimeField("产生时间", default=timezone.now)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "报送"
        verbose_name_plural = "报送"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "platform", "version"],
                name="delivery_once",
                violation_error_message="同一平台、记录和版本只报送一次。",
            ),
            models.CheckConstraint(
                condition=Q(operation="upsert", state__in=["pending", "accepted", "stored", "refused", "superseded"])
                | Q(operation="recall", state__in=["recalling", "recalled", "superseded"]),
                name="delivery_state_fits_operation",
                violation_error_message="报送与撤回各有自己的状态。",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN, next_try_at__isnull=False, claimed_at__isnull=True)
                | Q(state__in=OPEN, next_try_at__isnull=True, claimed_at__isnull=False)
                | (~Q(state__in=OPEN) & Q(next_try_at__isnull=True, claimed_at__isnull=True)),
                name="delivery_queued_or_claimed_while_open",
                violation_error_message="未办结的报送须在队列中或由进程占用，已办结的不得占用。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["platform", "state", "attempts", "id"],
                condition=Q(next_try_at__isnull=False),
                name="delivery_due",
            ),
            models.Index(
                fields=["platform", "claimed_at"], condition=Q(claimed_at__isnull=False), name="delivery_claimed"
            ),
            models.Index(fields=["platform", "-id"], condition=Q(state="refused"), name="delivery_refused"),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} v{self.version} → {self.platform}：{self.get_state_display()}"

    @property
    def sentence(self) -> str:
        return STATE_SENTENCES[DeliveryState(self.state)]


class ReconciliationRun(models.Model):
    """核对: our list against a platform's, once a night. Totals are complete, rows are kept up to a limit."""

    platform = models.ForeignKey(
        Platform, verbose_name="平台", on_delete=models.PROTECT, related_name="reconciliations"
    )
    started_at = models.DateTimeField("开始时间", default=timezone.now)
    finished_at = models.DateTimeField("结束时间", null=True)
    state = models.CharField("状态", max_length=10, choices=RunState, default=RunState.RUNNING)
    compared = models.PositiveIntegerField("核对条数", default=0)
    equal = models.PositiveIntegerField("一致条数", default=0)
    moving = models.PositiveIntegerField("报送中未核对", default=0)
    differences = models.PositiveIntegerField("差异条数", default=0)
    requeued = models.PositiveIntegerField("重新报送条数", default=0)
    message = models.CharField("说明", max_length=500, blank=True)

    class Meta:
        verbose_name = "核对"
        verbose_name_plural = "核对"
        ordering = ["-id"]
        indexes = [models.Index(fields=["platform", "-id"], name="reconciliation_newest")]

    def __str__(self) -> str:
        return f"{self.platform} {self.started_at:%Y-%m-%d %H:%M} {self.get_state_display()}"


class ReconciliationDifference(models.Model):
    """核对差异: one record on which the two lists disagree."""

    run = models.ForeignKey(ReconciliationRun, verbose_name="核对", on_delete=models.CASCADE, related_name="rows")
    kind = models.CharField("差异", max_length=20, choices=DifferenceKind)
    record_key = models.CharField("记录编号", max_length=64)
    record = models.ForeignKey(
        CreditRecord, verbose_name="信用记录", null=True, on_delete=models.PROTECT, related_name="+"
    )
    our_version = models.PositiveIntegerField("本系统版本", null=True)
    their_version = models.PositiveIntegerField("平台版本", null=True)
    requeued = models.BooleanField("已重新报送", default=False)

    class Meta:
        verbose_name = "核对差异"
        verbose_name_plural = "核对差异"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.record_key} {self.get_kind_display()}"
