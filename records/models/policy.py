"""Publication policy (公示规则) as dated rows, and the proposals by which rows come."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from records.choices import PERSONAL_KINDS, STANDING, RecordKindCode, RuleStatus, SubjectKind, Tier, Visibility
from records.querysets import PublicationRuleQuerySet


def _person(label: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=label, null=True, on_delete=models.PROTECT, related_name="+"
    )


class PublicationProposal(models.Model):
    """公示规则提案: one or more rule versions that one person of the credit office proposes and another approves,
    all together. While it waits, its proposer may still add and take out versions.
    """

    title = models.CharField("提案名称", max_length=200)
    reason = models.TextField("提案说明")
    status = models.CharField("状态", max_length=10, choices=RuleStatus, default=RuleStatus.PROPOSED)
    proposed_by = _person("提案人")
    proposed_at = models.DateTimeField("提案时间", default=timezone.now)
    decided_by = _person("批准人")
    decided_at = models.DateTimeField("批准时间", null=True)
    decision_reason = models.TextField("批准意见", blank=True)
    revoked_by = _person("撤销人")
    revoked_at = models.DateTimeField("撤销时间", null=True)
    revoke_reason = models.TextField("撤销理由", blank=True)

    class Meta:
        verbose_name = "公示规则提案"
        verbose_name_plural = "公示规则提案"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(proposed_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="policy_four_eyes",
                violation_error_message="提案人与批准人不能是同一人。",
            ),
            models.CheckConstraint(
                condition=Q(status="proposed") | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="policy_decided_by_somebody",
                violation_error_message="批准或退回须写明由谁、在何时作出。",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PublicationRule(models.Model):
    """公示规则: kind × subject kind × category × tier ("" = every) → how public, which fields, how long. The most
    specific approved row wins, of those that hold on the record's decision day or reach back to it (records/policy.py).

    `applies_to_earlier`: from `in_force_from` on the row decides records of its class that were decided before, too;
    the daily sweep carries that out and leaves its place in `cursor`, and `applied_on` when it is through.

    Months are counted from the decision day (信用修复管理办法 2026; before it, 令58). `max_months` null means until
    the record's own effect ends; a record without an end then stays.
    """

    code = models.CharField("规则代码", max_length=80)
    title = models.CharField("规则名称", max_length=200)
    kind = models.CharField("信用记录种类", max_length=24, choices=RecordKindCode)
    subject_kind = models.CharField("主体类别", max_length=24, choices=SubjectKind, blank=True)
    category = models.CharField("细类", max_length=24, blank=True, default="")
    tier = models.CharField("失信程度", max_length=10, choices=Tier, blank=True)
    visibility = models.CharField("公开方式", max_length=12, choices=Visibility)
    fields = models.JSONField("公开字段", default=list, help_text="字段名列表；“*”表示该种类标准中可公开的全部字段")
    min_months = models.PositiveSmallIntegerField("最短公示期（月）", null=True, blank=True)
    max_months = models.PositiveSmallIntegerField("最长公示期（月）", null=True, blank=True)
    in_force_from = models.DateField("施行日期")
    in_force_to = models.DateField("废止日期", null=True, blank=True)
    basis = models.CharField("依据", max_length=500)
    edition = models.CharField("版本", max_length=100, blank=True)
    certainty = models.CharField("依据核实情况", max_length=200, blank=True)
    applies_to_earlier = models.BooleanField("溯及已有记录", default=False)
    status = models.CharField("状态", max_length=10, choices=RuleStatus, default=RuleStatus.PROPOSED)
    # The rules that the system came with were in force before there were proposals: they have none.
    proposal = models.ForeignKey(
        PublicationProposal, verbose_name="公示规则提案", null=True, on_delete=models.PROTECT, related_name="rules"
    )
    cursor = models.BigIntegerField("处理到的编号", default=0)
    applied_on = models.DateField("执行完毕日", null=True)

    objects = PublicationRuleQuerySet.as_manager()

    class Meta:
        verbose_name = "公示规则"
        verbose_name_plural = "公示规则"
        ordering = ["kind", "code", "-in_force_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "in_force_from"],
                condition=Q(status__in=STANDING),
                name="publication_rule_once",
                violation_error_message="同一公示规则在同一施行日期只能有一个版本。",
            ),
            models.CheckConstraint(
                condition=Q(min_months__isnull=True) | Q(max_months__isnull=True) | Q(min_months__lte=F("max_months")),
                name="publication_min_le_max",
                violation_error_message="最短公示期不能长于最长公示期。",
            ),
            models.CheckConstraint(
                condition=~Q(subject_kind__in=sorted(PERSONAL_KINDS)) | ~Q(visibility="public"),
                name="publication_persons_masked",
                violation_error_message="公务员和自然人的信息只能脱敏公开，不能原样公开。",
            ),
            models.CheckConstraint(
                condition=Q(applied_on__isnull=True) | Q(status="approved"),
                name="publication_rule_approved_first",
                violation_error_message="未经批准的公示规则不能执行。",
            ),
        ]

    def __str__(self) -> str:
        return self.title
