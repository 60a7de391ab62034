"""What is kept of every look: who asked and why, for one file or a whole list, and each report that left the house."""

from datetime import date
from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.actors import Actor, Door
from core.encryption import EncryptedTextField
from core.models import AppendOnlyError, Rule
from creditfiles.choices import (
    IdentityCheck,
    LookupAbout,
    LookupStatus,
    MatchedBy,
    OrderStatus,
    Projection,
    Purpose,
    Verdict,
)
from creditfiles.querysets import (
    CreditReportQuerySet,
    LookupLineQuerySet,
    LookupQuerySet,
    OwnAccessQuerySet,
    QueryLogQuerySet,
    ReportOrderQuerySet,
)
from records.models import Subject


class Lookup(models.Model):
    """名单查询: a unit asked about a list of subjects, for a purpose, on a basis; the answers are its `lines`.

    `asked_as` ({"roles", "units"}) is who asked as it was then: a worker that judges the lines later sees no more.
    `rule` and `list_rule` are the dated rules `lookup.<purpose>` and `lookup.list.<purpose>` that were applied.
    `digest` is a keyed digest of the list. Counts stay when the lines are erased.
    """

    at = models.DateTimeField("时间", default=timezone.now)
    day = models.DateField("查询日")
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
    # The agency whose key asked; people ask for all their agencies.
    agency = models.ForeignKey(Subject, verbose_name="单位", null=True, on_delete=models.PROTECT, related_name="+")
    asked_as = models.JSONField("查询身份", default=dict)
    door = models.CharField("入口", max_length=12, choices=Door)
    about = models.CharField("查询对象", max_length=12, choices=LookupAbout)
    purpose = models.CharField("查询目的", max_length=24, choices=Purpose)
    legal_basis = models.CharField("查询依据", max_length=300)
    reference = models.CharField("查询文号", max_length=128)
    rule = models.ForeignKey(Rule, verbose_name="规则", on_delete=models.PROTECT, related_name="+")
    list_rule = models.ForeignKey(Rule, verbose_name="名单规则", on_delete=models.PROTECT, related_name="+")
    key = models.CharField("批次号", max_length=64, blank=True)
    digest = models.CharField("名单摘要", max_length=64)
    total_rows = models.PositiveIntegerField("总行数")
    judged_rows = models.PositiveIntegerField("已核查行数", default=0)
    cursor = models.PositiveIntegerField("已核查到行号", default=0)
    counts = models.JSONField("各结论行数", default=dict)
    status = models.CharField("状态", max_length=10, choices=LookupStatus, default=LookupStatus.WAITING)
    heartbeat_at = models.DateTimeField("最近进展", default=timezone.now)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    erased_on = models.DateField("名单清除日", null=True, blank=True)

    objects = LookupQuerySet.as_manager()

    class Meta:
        verbose_name = "名单查询"
        verbose_name_plural = "名单查询"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "key"],
                condition=~models.Q(key=""),
                name="lookup_key_once",
                violation_error_message="该批次号已经提交过。",
            )
        ]
        indexes = [
            models.Index(fields=["user", "purpose", "day"], name="lookup_user_day"),
            models.Index(fields=["at"], name="lookup_at"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}名单{self.total_rows}行（{self.reference}）"

    @property
    def actor(self) -> Actor:
        """Who asked, as it was when they asked."""
        return Actor(
            user_id=self.user_id,
            name=self.user_name,
            unit=self.unit,
            roles=frozenset(self.asked_as["roles"]),
            unit_ids=frozenset(self.asked_as["units"]),
            door=self.door,
            at=self.at,
        )


class LookupLine(models.Model):
    """名单行: one name of a list as it was typed, and the answer.

    `id_number` stands here, encrypted, only until the line is judged. `found`: the records that led to the verdict,
    newest first, with no more fields than the purpose's rule names; `found_count`: how many there are.
    """

    # No index of its own: the constraint and `line_by_verdict` begin with the list.
    lookup = models.ForeignKey(
        Lookup, verbose_name="名单查询", on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    number = models.PositiveIntegerField("行号")
    typed_name = models.CharField("所填名称", max_length=200, blank=True)
    typed_code = models.CharField("所填代码", max_length=50, blank=True)
    typed_unit = models.CharField("所填单位", max_length=200, blank=True)
    id_number = EncryptedTextField("证件号码", blank=True, default="")
    verdict = models.CharField("核查结论", max_length=10, choices=Verdict, blank=True)
    matched_by = models.CharField("对应方式", max_length=12, choices=MatchedBy, blank=True)
    subject = models.ForeignKey(
        Subject, verbose_name="信用主体", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    advice = models.CharField("补充说明", max_length=300, blank=True)
    found = models.JSONField("所涉记录", default=list)
    found_count = models.PositiveIntegerField("所涉记录数", default=0)

    objects = LookupLineQuerySet.as_manager()

    class Meta:
        verbose_name = "名单行"
        verbose_name_plural = "名单行"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["lookup", "number"], name="lookup_line_once")]
        indexes = [models.Index(fields=["lookup", "verdict", "number"], name="line_by_verdict")]

    def __str__(self) -> str:
        return f"第{self.number}行"


class QueryLog(models.Model):
    """查询留痕: one person looked into one file, for a purpose, on a basis, and was shown so much. Append-only.

    Person, unit and subject stand here as text too, so that the row says the same when they are gone. `shown` counts
    the records by kind; it holds no content. `lookup`: the list on which the subject stood, if it was a list.
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
    lookup = models.ForeignKey(
        Lookup, verbose_name="名单查询", null=True, blank=True, on_delete=models.PROTECT, related_name="looks"
    )

    objects = QueryLogQuerySet.as_manager()

    class Meta:
        verbose_name = "查询留痕"
        verbose_name_plural = "查询留痕"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject", "-id"], name="querylog_subject"),
            models.Index(fields=["user", "-id"], name="querylog_user"),
            models.Index(fields=["at"], name="querylog_at"),
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

    It is about one `subject`, or it is the result of a `lookup` and about everybody who was found by it.
    `digest` = SHA-256 of the file; `signature` (Ed25519) covers code, projection, time and digest. `covered` =
    [[record, version], …] as it stood then, so that the check can say what changed since.
    """

    code = models.CharField("核验码", max_length=19, unique=True)
    subject = models.ForeignKey(
        Subject, verbose_name="信用主体", null=True, blank=True, on_delete=models.PROTECT, related_name="reports"
    )
    subject_label = models.CharField("主体名称（当时）", max_length=200)
    projection = models.CharField("档案版本", max_length=12, choices=Projection)
    as_of = models.DateTimeField("报告时点", default=timezone.now)
    query = models.ForeignKey(
        QueryLog, verbose_name="查询留痕", null=True, blank=True, on_delete=models.PROTECT, related_name="reports"
    )
    order = models.ForeignKey(
        ReportOrder, verbose_name="批量出具", null=True, blank=True, on_delete=models.PROTECT, related_name="reports"
    )
    lookup = models.ForeignKey(
        Lookup, verbose_name="名单查询", null=True, blank=True, on_delete=models.PROTECT, related_name="reports"
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
        constraints = [
            models.CheckConstraint(
                condition=models.Q(subject__isnull=False, lookup__isnull=True)
                | models.Q(subject__isnull=True, lookup__isnull=False),
                name="report_of_one_thing",
                violation_error_message="报告或者关于一个主体，或者是一次名单查询的结果。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject_label}信用报告（{self.code}）"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError("CreditReport is append-only")


class OwnAccess(models.Model):
    """本人查阅码: with it and its own number a subject opens its own file, without an account.

    Only a keyed digest is kept; the code is shown once, when it is issued. `rule` is the dated rule
    `lookup.own_access` that held then. `failures` counts wrong numbers over the whole life of the code.
    """

    subject = models.ForeignKey(Subject, verbose_name="信用主体", on_delete=models.PROTECT, related_name="own_accesses")
    digest = models.CharField("摘要", max_length=64)
    rule = models.ForeignKey(Rule, verbose_name="规则", on_delete=models.PROTECT, related_name="+")
    identity_check = models.CharField("核验方式", max_length=16, choices=IdentityCheck)
    evidence = models.CharField("核验材料", max_length=200)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="签发人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    issued_at = models.DateTimeField("签发时间", default=timezone.now)
    issuer = models.CharField("签发单位", max_length=200)
    last_day = models.DateField("查阅码有效期至")
    failures = models.PositiveSmallIntegerField("输错次数", default=0)
    locked_at = models.DateTimeField("锁定时间", null=True, blank=True)
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

    objects = OwnAccessQuerySet.as_manager()

    class Meta:
        verbose_name = "本人查阅码"
        verbose_name_plural = "本人查阅码"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="own_access_code_once"),
            models.CheckConstraint(
                condition=~models.Q(digest="") & ~models.Q(identity_check="") & ~models.Q(evidence=""),
                name="own_access_identity_checked",
                violation_error_message="没有核验身份的，不能签发本人查阅码。",
            ),
        ]

    def __str__(self) -> str:
        return f"本人查阅码{self.pk}"

    def opens_on(self, day: date) -> bool:
        return self.revoked_at is None and self.locked_at is None and day <= self.last_day
