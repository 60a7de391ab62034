"""Lists of measures, edition by edition, and what was done because of a record by one of their measures.

What spans tables is held by triggers: sanctions/guards.py on SQLite, migration 0002 on PostgreSQL.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from records.choices import SubjectKind
from records.models import CreditRecord, Subject, Tenure
from sanctions.choices import STANDING, EditionStatus, Level, LiftGround, MeasureCategory, SanctionStatus
from sanctions.querysets import MeasureEditionQuerySet, SanctionQuerySet


def _person(label: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=label, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )


class MeasureEdition(models.Model):
    """清单版本: one edition of one level's list, loaded by one person of the credit office, approved by another.

    Nothing approved is ever edited; the next edition of the level ends it the day before. The edition that the system
    came with (the plan's own consequences) was proposed by nobody.
    """

    level = models.CharField("清单层级", max_length=10, choices=Level)
    title = models.CharField("清单名称", max_length=200)
    edition = models.CharField("版本", max_length=100)
    issued_by = models.CharField("印发机关", max_length=200)
    document_number = models.CharField("文书号", max_length=128, blank=True)
    basis = models.CharField("依据", max_length=500)
    certainty = models.CharField("依据核实情况", max_length=200, blank=True)
    in_force_from = models.DateField("施行日期")
    in_force_to = models.DateField("废止日期", null=True, blank=True)
    status = models.CharField("状态", max_length=10, choices=EditionStatus, default=EditionStatus.PROPOSED)
    digest = models.CharField("摘要", max_length=64)
    proposed_by = _person("提案人")
    proposed_at = models.DateTimeField("提案时间", default=timezone.now)
    decided_by = _person("批准人")
    decided_at = models.DateTimeField("批准时间", null=True, blank=True)
    decision_reason = models.TextField("批准意见", blank=True)

    objects = MeasureEditionQuerySet.as_manager()

    class Meta:
        verbose_name = "清单版本"
        verbose_name_plural = "清单版本"
        ordering = ["-in_force_from", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(proposed_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="edition_four_eyes",
                violation_error_message="提案人与批准人不能是同一人。",
            ),
            models.CheckConstraint(
                condition=Q(status="proposed")
                | Q(proposed_by__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="edition_decided_by_somebody",
                violation_error_message="批准或退回须写明由谁、在何时作出。",
            ),
            models.CheckConstraint(
                condition=Q(in_force_to__isnull=True) | Q(in_force_to__gte=F("in_force_from")),
                name="edition_ends_after_start",
                violation_error_message="废止日期不能早于施行日期。",
            ),
            models.UniqueConstraint(
                fields=["level"],
                condition=Q(status="proposed"),
                name="edition_one_open",
                violation_error_message="该层级已有一份待批准的清单，请先处理。",
            ),
            models.UniqueConstraint(
                fields=["level"],
                condition=Q(status="approved", in_force_to__isnull=True),
                name="edition_one_standing",
                violation_error_message="同一层级只能有一份没有废止日期的清单。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.edition}）"


class Measure(models.Model):
    """惩戒措施: one row of an edition. `executing_body` as the list words it."""

    edition = models.ForeignKey(
        MeasureEdition, verbose_name="清单版本", on_delete=models.CASCADE, related_name="measures"
    )
    number = models.PositiveSmallIntegerField("清单序号")
    category = models.CharField("惩戒措施类别", max_length=12, choices=MeasureCategory)
    name = models.CharField("措施名称", max_length=200)
    content = models.TextField("惩戒内容")
    subject_kinds = models.JSONField("惩戒对象", default=list)
    legal_bases = models.TextField("法规政策依据")
    executing_body = models.CharField("实施主体", max_length=500)

    class Meta:
        verbose_name = "惩戒措施"
        verbose_name_plural = "惩戒措施"
        ordering = ["edition", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "number"],
                name="measure_number_once",
                violation_error_message="同一清单中序号不能重复。",
            ),
            models.UniqueConstraint(
                fields=["edition", "name"],
                name="measure_name_once",
                violation_error_message="同一清单中惩戒措施不能重复。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_notice(self) -> bool:
        """通报批评: the notice itself is what is done, and it has a text."""
        return "通报批评" in self.name

    @property
    def is_about_head(self) -> bool:
        """追究主要负责人责任: needs the post that was held then."""
        return "主要负责人" in self.name

    def whose(self) -> str:
        return "、".join(str(SubjectKind(kind).label) for kind in self.subject_kinds)


class Sanction(models.Model):
    """惩戒: one measure, because of one record, against that record's subject, carried out by one agency.

    `ends_on` is its last day; none where the cause itself has no end known, and then it stands as long as the cause.
    `tenure`: the post by which a head is held to account; never on a public page.
    """

    measure = models.ForeignKey(Measure, verbose_name="惩戒措施", on_delete=models.PROTECT, related_name="sanctions")
    cause = models.ForeignKey(CreditRecord, verbose_name="原因记录", on_delete=models.PROTECT, related_name="sanctions")
    subject = models.ForeignKey(Subject, verbose_name="惩戒主体", on_delete=models.PROTECT, related_name="sanctions")
    executor = models.ForeignKey(
        Subject, verbose_name="执行单位", on_delete=models.PROTECT, related_name="executed_sanctions"
    )
    tenure = models.ForeignKey(
        Tenure, verbose_name="任职经历", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    starts_on = models.DateField("执行起始日")
    ends_on = models.DateField("执行截止日", null=True, blank=True)
    status = models.CharField("状态", max_length=10, choices=SanctionStatus, default=SanctionStatus.PROPOSED)
    reason = models.TextField("理由")
    notice = models.TextField("通报内容", blank=True)
    proposed_by = _person("提案人")
    proposed_at = models.DateTimeField("提案时间", default=timezone.now)
    decided_by = _person("批准人")
    decided_at = models.DateTimeField("批准时间", null=True, blank=True)
    decision_reason = models.TextField("批准意见", blank=True)
    executed_on = models.DateField("执行日期", null=True, blank=True)
    evidence = models.TextField("执行情况", blank=True)
    scan = models.FileField("执行凭证", upload_to="sanctions/%Y/%m", max_length=300, blank=True)
    scan_type = models.CharField("扫描件类型", max_length=40, blank=True)
    scan_digest = models.CharField("扫描件摘要", max_length=64, blank=True)
    executed_by = _person("执行登记人")
    lifted_on = models.DateField("解除日期", null=True, blank=True)
    lift_ground = models.CharField("解除情形", max_length=12, choices=LiftGround, blank=True)
    lift_reason = models.TextField("解除理由", blank=True)
    stopped_on = models.DateField("停止执行日期", null=True, blank=True)
    stopped_by = _person("停止执行确认人")

    objects = SanctionQuerySet.as_manager()

    class Meta:
        verbose_name = "惩戒"
        verbose_name_plural = "惩戒"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(proposed_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="sanction_four_eyes",
                violation_error_message="提案人与批准人不能是同一人。",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["active", "lifted"]) | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="sanction_decided_by_somebody",
                violation_error_message="未经批准的惩戒不能执行。",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="sanction_ends_after_start",
                violation_error_message="执行截止日不能早于执行起始日。",
            ),
            models.CheckConstraint(
                condition=Q(status="lifted", lifted_on__isnull=False) & ~Q(lift_ground="") & ~Q(lift_reason="")
                | ~Q(status="lifted") & Q(lifted_on__isnull=True, lift_ground=""),
                name="sanction_lifted_with_ground",
                violation_error_message="解除须写明日期、情形和理由。",
            ),
            models.CheckConstraint(
                condition=Q(executed_on__isnull=True, scan="") | Q(executed_on__isnull=False) & ~Q(evidence=""),
                name="sanction_executed_with_evidence",
                violation_error_message="登记执行须写明执行情况。",
            ),
            models.CheckConstraint(
                condition=Q(stopped_on__isnull=True) | Q(status="lifted"),
                name="sanction_stopped_after_lift",
                violation_error_message="解除之后才能确认停止执行。",
            ),
            models.UniqueConstraint(
                fields=["measure", "cause", "executor"],
                condition=Q(status__in=[str(s) for s in STANDING]),
                name="sanction_once",
                violation_error_message="该记录已有同一单位执行的同一惩戒措施。",
            ),
        ]
        indexes = [
            models.Index(fields=["cause"], condition=Q(status__in=["proposed", "active"]), name="sanction_standing"),
            models.Index(fields=["ends_on"], condition=Q(status="active"), name="sanction_ending"),
            models.Index(
                fields=["executor"],
                condition=Q(status="active", executed_on__isnull=True),
                name="sanction_to_execute",
            ),
            models.Index(
                fields=["executor"], condition=Q(status="lifted", stopped_on__isnull=True), name="sanction_to_stop"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure}：{self.subject}"
