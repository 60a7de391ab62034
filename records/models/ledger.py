"""The ledger: credit records, their revisions, what is public now, and proposed changes."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from core.actors import Door
from core.documents import DocumentField
from core.encryption import EncryptedTextField
from core.models import AppendOnlyError, AppendOnlyQuerySet
from core.search import SearchTermsField
from records.choices import (
    ChangeKind,
    ChangeStatus,
    PublicState,
    RecordKindCode,
    RecordStatus,
    RevisionAct,
    Tier,
    Visibility,
)
from records.models.imports import ImportBatch
from records.models.policy import PublicationRule
from records.models.subjects import Subject
from records.querysets import ChangeRequestQuerySet, CreditRecordQuerySet, PublicRecordQuerySet


def _person(label: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=label,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )


class CreditRecord(models.Model):
    """信用记录: the row every credit fact has, whatever its kind. What only one kind has sits in its detail table.

    Only `records.lifecycle` assigns `status`. `visibility`, the publication days and `publication_rule` are decided
    by `records.policy` when the record is approved, and stay as decided.
    """

    kind = models.CharField("信用记录种类", max_length=24, choices=RecordKindCode)
    # Written by the room that knows the kind; RecordKind.categories says which there are.
    category = models.CharField("细类", max_length=24, blank=True, default="", db_default="")
    subject = models.ForeignKey(Subject, verbose_name="信用主体", on_delete=models.PROTECT, related_name="records")
    agency = models.ForeignKey(
        Subject, verbose_name="决定机关", on_delete=models.PROTECT, related_name="decided_records"
    )
    title = models.CharField("标题", max_length=300)
    document_number = models.CharField("文书号", max_length=128)
    document_number_folded = models.CharField("文书号（比对用）", max_length=128)
    decided_on = models.DateField("决定日期")
    effective_from = models.DateField("有效期自", null=True, blank=True)
    effective_to = models.DateField("有效期至", null=True, blank=True)
    tier = models.CharField("失信程度", max_length=10, choices=Tier, blank=True)
    status = models.CharField("状态", max_length=12, choices=RecordStatus, default=RecordStatus.DRAFT)
    disputed = models.BooleanField("异议处理中", default=False)
    version = models.PositiveIntegerField("版本", default=0)

    visibility = models.CharField("公开方式", max_length=12, choices=Visibility, blank=True)
    publication_rule = models.ForeignKey(
        PublicationRule, verbose_name="公示规则", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    publish_from = models.DateField("公示起始日", null=True, blank=True)
    publish_until = models.DateField("公示截止日", null=True, blank=True)
    repairable_from = models.DateField("可申请修复日", null=True, blank=True)

    due_on = models.DateField("公示期限")
    submitted_on = models.DateField("首次报送日", null=True, blank=True)
    published_on = models.DateField("公示日", null=True, blank=True)
    # A rule made it public after it had been approved: nobody was late, whatever the day.
    opened_on = models.DateField("依规则公开日", null=True, blank=True)

    door = models.CharField("入口", max_length=12, choices=Door)
    batch = models.ForeignKey(
        ImportBatch, verbose_name="导入批次", null=True, blank=True, on_delete=models.PROTECT, related_name="records"
    )
    entered_by = _person("经办人")
    approved_by = _person("审核人")
    return_reason = models.TextField("退回理由", blank=True)
    created_at = models.DateTimeField("录入时间", default=timezone.now)
    updated_at = models.DateTimeField("更新时间", default=timezone.now)

    objects = CreditRecordQuerySet.as_manager()

    class Meta:
        verbose_name = "信用记录"
        verbose_name_plural = "信用记录"
        ordering = ["-decided_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | Q(entered_by__isnull=True) | ~Q(approved_by=F("entered_by")),
                name="four_eyes",
                violation_error_message="经办人与审核人不能是同一人。",
            ),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True)
                | Q(effective_from__isnull=True)
                | Q(effective_to__gte=F("effective_from")),
                name="effect_ends_after_start",
                violation_error_message="有效期至不能早于有效期自。",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["dishonesty", "honour"])
                | Q(effective_from__isnull=False) & ~Q(document_number=""),
                name="integrity_record_has_instrument",
                violation_error_message="政务失信和守信荣誉须有文书号和生效日期。",
            ),
            models.CheckConstraint(
                condition=~Q(kind="dishonesty") | Q(effective_from__gte=F("decided_on")),
                name="dishonesty_not_effective_before_decision",
                violation_error_message="生效日期不能早于文书日期。",
            ),
            models.UniqueConstraint(
                fields=["kind", "agency", "document_number_folded", "subject", "decided_on"],
                condition=~Q(status__in=["discarded", "withdrawn"]),
                name="record_once",
                violation_error_message="同一决定机关、文书号、相对人和决定日期的记录已经存在。",
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "-decided_on"], name="record_subject"),
            models.Index(fields=["agency", "kind", "decided_on"], name="record_agency_kind_day"),
            models.Index(fields=["document_number_folded"], name="record_docnumber"),
            models.Index(
                fields=["agency", "id"],
                condition=Q(status__in=["draft", "submitted", "returned"]),
                name="record_work_queue",
            ),
            models.Index(
                fields=["status", "id"], condition=Q(status__in=["finding", "notified"]), name="record_being_found"
            ),
            models.Index(
                fields=["publish_until"],
                condition=Q(status="published", publish_until__isnull=False),
                name="record_expiring",
            ),
            models.Index(fields=["publish_from"], condition=Q(status="approved"), name="record_opening"),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.document_number}）"

    def on_time(self) -> bool | None:
        """Whether it was reported within the statutory working days; None while it was not yet reported."""
        return None if self.submitted_on is None else self.submitted_on <= self.due_on

    def expires_on_or_before(self, day: date) -> bool:
        return self.publish_until is not None and self.publish_until < day


class EarlierClerk(models.Model):
    """曾经办人: who typed or submitted a record before its present 经办人. Written by `records.clerks` only."""

    record = models.ForeignKey(
        CreditRecord, verbose_name="信用记录", on_delete=models.PROTECT, related_name="earlier_clerks"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="曾经办人", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "曾经办人"
        verbose_name_plural = "曾经办人"
        constraints = [models.UniqueConstraint(fields=["record", "user"], name="earlier_clerk_once")]

    def __str__(self) -> str:
        return f"{self.record_id}：{self.user_id}"


class Revision(models.Model):
    """修订: one act that changed what readers may see. Append-only; pages, feeds, ledgers and deliveries read it.

    `public` is the public projection after the act ({} content for acts that end publication, with the reason);
    `digest` = SHA-256 over salt and canonical JSON. `seq` is given once, gaplessly, by `records.services.seal`.
    """

    record = models.ForeignKey(
        CreditRecord, verbose_name="信用记录", on_delete=models.PROTECT, related_name="revisions"
    )
    version = models.PositiveIntegerField("版本")
    act = models.CharField("行为", max_length=16, choices=RevisionAct)
    at = models.DateTimeField("时间", default=timezone.now)
    reason = models.TextField("理由", blank=True)
    basis = models.CharField("依据", max_length=500, blank=True)
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
    door = models.CharField("入口", max_length=12, choices=Door)
    public = DocumentField("公开内容")
    salt = models.CharField("盐", max_length=32)
    digest = models.CharField("摘要", max_length=64)
    seq = models.BigIntegerField("序号", null=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = "修订"
        verbose_name_plural = "修订"
        ordering = ["record", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["record", "version"], name="revision_version_once"),
            models.UniqueConstraint(fields=["seq"], name="revision_seq_once"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(seq__isnull=True), name="revision_unsealed"),
            models.Index(
                fields=["-id"],
                condition=~Q(act__in=["published", "expired", "rule_changed", "rule_closed", "recounted"]),
                name="revision_corrections",
            ),
            models.Index(fields=["-id"], condition=Q(act="expired"), name="revision_expiries"),
            models.Index(fields=["-id"], condition=Q(act="rule_changed"), name="revision_rule_changes"),
            models.Index(fields=["-id"], condition=Q(act="rule_closed"), name="revision_rule_closings"),
            models.Index(fields=["-id"], condition=Q(act="recounted"), name="revision_recounts"),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} v{self.version} {self.get_act_display()}"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError("Revision is append-only")


class PublicRecord(models.Model):
    """公示信息: one row per record that is public now; the only thing public pages list, search and count.

    Content is the newest revision's projection; the columns here are copies of it for filters and order.
    """

    record = models.OneToOneField(
        CreditRecord, verbose_name="信用记录", primary_key=True, on_delete=models.CASCADE, related_name="public_row"
    )
    revision = models.ForeignKey(Revision, verbose_name="修订", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("信用记录种类", max_length=24, choices=RecordKindCode)
    subject = models.ForeignKey(Subject, verbose_name="信用主体", on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Subject, verbose_name="决定机关", on_delete=models.PROTECT, related_name="+")
    document_number_folded = models.CharField("文书号（比对用）", max_length=128)
    decided_on = models.DateField("决定日期")
    due_on = models.DateField("公示期限")
    on_time = models.BooleanField("按时", default=True)
    tier = models.CharField("失信程度", max_length=10, choices=Tier, blank=True)
    state = models.CharField("公示状态", max_length=12, choices=PublicState)
    amount = models.DecimalField("金额（万元）", max_digits=18, decimal_places=6, null=True, blank=True)
    published_on = models.DateField("公示日")
    publish_until = models.DateField("公示截止日", null=True, blank=True)
    # Whether it is about a government body: what 政务诚信 lists.
    about_agency = models.BooleanField("关于政府机构", default=False, db_default=False)
    terms = SearchTermsField("检索词", default="")
    # The projection without its long parts, as JSON text: what lists show, without reading the revision.
    summary = models.TextField("摘要内容", default="", db_default="")

    objects = PublicRecordQuerySet.as_manager()

    class Meta:
        verbose_name = "公示信息"
        verbose_name_plural = "公示信息"
        ordering = ["-decided_on", "-record_id"]
        indexes = [
            models.Index(fields=["-decided_on", "-record"], name="public_newest"),
            models.Index(fields=["kind", "-decided_on", "-record"], name="public_kind_newest"),
            models.Index(fields=["agency", "-decided_on", "-record"], name="public_agency_newest"),
            models.Index(fields=["subject", "-decided_on", "-record"], name="public_subject_newest"),
            models.Index(fields=["kind", "-amount", "-record"], name="public_kind_amount"),
            models.Index(fields=["kind", "publish_until", "record"], name="public_kind_ending"),
            # What readers ask for and few rows are: found without walking past the others.
            models.Index(
                fields=["state", "-decided_on", "-record"],
                condition=Q(state__in=["disputed", "corrected"]),
                name="public_unusual_state",
            ),
            models.Index(fields=["kind", "-decided_on", "-record"], condition=Q(on_time=False), name="public_late"),
            models.Index(fields=["-published_on", "-record"], name="public_latest"),
            models.Index(fields=["document_number_folded"], name="public_docnumber"),
            models.Index(fields=["-decided_on", "-record"], condition=Q(about_agency=True), name="public_about_agency"),
            models.Index(
                fields=["kind", "-decided_on", "-record"],
                condition=Q(about_agency=True),
                name="public_about_agency_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_id}"


class ChangeRequest(models.Model):
    """变更申请: a correction or withdrawal of a record that was decided, proposed by one person, decided by another.

    What changes is sealed as a whole: a personal number may stand in any column, before or after.
    """

    record = models.ForeignKey(
        CreditRecord, verbose_name="信用记录", on_delete=models.PROTECT, related_name="change_requests"
    )
    kind = models.CharField("变更种类", max_length=10, choices=ChangeKind)
    status = models.CharField("状态", max_length=10, choices=ChangeStatus, default=ChangeStatus.PROPOSED)
    sealed = EncryptedTextField("变更前后", blank=True, default="", help_text="各栏原样，整体加密")
    reason = models.TextField("理由")
    basis = models.CharField("依据", max_length=500, blank=True)
    base_version = models.PositiveIntegerField("所依据的版本")
    proposed_by = _person("申请人")
    proposed_at = models.DateTimeField("申请时间", default=timezone.now)
    decided_by = _person("复核人")
    decided_at = models.DateTimeField("复核时间", null=True, blank=True)
    decision_reason = models.TextField("复核意见", blank=True)

    objects = ChangeRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "变更申请"
        verbose_name_plural = "变更申请"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(proposed_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="change_four_eyes",
                violation_error_message="申请人与复核人不能是同一人。",
            ),
            models.UniqueConstraint(
                fields=["record"],
                condition=Q(status="proposed"),
                name="change_one_open",
                violation_error_message="该记录已有一项待复核的变更申请，请先处理。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.record}"

    @property
    def changes(self) -> dict[str, list[Any]]:
        """{column: [before, after]}; empty for a withdrawal."""
        found: dict[str, list[Any]] = json.loads(self.sealed) if self.sealed else {}
        return found

    @staticmethod
    def seal(changes: Mapping[str, Any]) -> str:
        """What `sealed` is given; the field encrypts it."""
        return json.dumps(changes) if changes else ""
