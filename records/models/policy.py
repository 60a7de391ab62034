"""Publication policy (公示规则) as dated rows."""

from django.db import models
from django.db.models import Q

from records.choices import RecordKindCode, SubjectKind, Tier, Visibility


class PublicationRule(models.Model):
    """公示规则: kind × subject kind × tier → how public, which fields, how long. The most specific row in force
    on the record's decision day wins (records/policy.py).

    Months are counted from the decision day (信用修复管理办法 2026; before it, 令58). `max_months` null means until
    the record's own effect ends; a record without an end then stays.
    """

    code = models.CharField("规则代码", max_length=80)
    title = models.CharField("规则名称", max_length=200)
    kind = models.CharField("信用记录种类", max_length=24, choices=RecordKindCode)
    subject_kind = models.CharField("主体类别", max_length=24, choices=SubjectKind, blank=True)
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

    class Meta:
        verbose_name = "公示规则"
        verbose_name_plural = "公示规则"
        ordering = ["kind", "code", "-in_force_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "in_force_from"],
                name="publication_rule_once",
                violation_error_message="同一公示规则在同一施行日期只能有一个版本。",
            ),
            models.CheckConstraint(
                condition=Q(min_months__isnull=True)
                | Q(max_months__isnull=True)
                | Q(min_months__lte=models.F("max_months")),
                name="publication_min_le_max",
                violation_error_message="最短公示期不能长于最长公示期。",
            ),
        ]

    def __str__(self) -> str:
        return self.title
