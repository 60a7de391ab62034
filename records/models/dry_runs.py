"""Dry runs (试算): what a day would do to what readers see, before it comes."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from records.choices import Effect, RecordKindCode, SubjectKind, Tier
from records.models.ledger import CreditRecord
from records.models.policy import PublicationProposal, PublicationRule
from records.models.subjects import Subject


class DryRun(models.Model):
    """试算: the effects of one day's sweep, with a proposal in force or, without one, as the rules stand.

    `proposal_digest` says what the proposal was, `ledger_mark` where the audit trail stood: both tell whether the
    answer is still good. `cursor` is written with each chunk, so that a killed run goes on where it was. `summary`:
    {"groups": [[effect, kind, agency, subject kind, category, tier, count]], "fields": {kind: {field: [added,
    removed, altered]}}}.
    """

    proposal = models.ForeignKey(
        PublicationProposal, verbose_name="公示规则提案", null=True, on_delete=models.PROTECT, related_name="dry_runs"
    )
    day = models.DateField("试算日期")
    proposal_digest = models.CharField("提案摘要", max_length=64, blank=True)
    ledger_mark = models.BigIntegerField("审计记录位置")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="发起人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField("发起时间", default=timezone.now)
    cursor = models.BigIntegerField("处理到的编号", default=0)
    last_key = models.BigIntegerField("最后编号", default=0)
    checked = models.PositiveIntegerField("已检查条数", default=0)
    affected = models.PositiveIntegerField("有变化条数", default=0)
    summary = models.JSONField("汇总", default=dict)
    digest = models.CharField("结果摘要", max_length=64, blank=True)
    problem = models.TextField("问题", blank=True)
    heartbeat_at = models.DateTimeField("最近进展", default=timezone.now)
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = "试算"
        verbose_name_plural = "试算"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.proposal or '到期预览'}（{self.day:%Y-%m-%d}）"


class DryRunRow(models.Model):
    """试算明细: one record that readers would see otherwise, with the rule before and the rule after."""

    # No index of its own: both indexes below begin with the run.
    run = models.ForeignKey(DryRun, verbose_name="试算", on_delete=models.CASCADE, related_name="rows", db_index=False)
    record = models.ForeignKey(
        CreditRecord, verbose_name="信用记录", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    effect = models.CharField("公示变化", max_length=10, choices=Effect)
    kind = models.CharField("信用记录种类", max_length=24, choices=RecordKindCode)
    agency = models.ForeignKey(
        Subject, verbose_name="决定机关", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject_kind = models.CharField("主体类别", max_length=24, choices=SubjectKind)
    tier = models.CharField("失信程度", max_length=10, choices=Tier, blank=True)
    rule_before = models.ForeignKey(
        PublicationRule, verbose_name="原规则", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    rule_after = models.ForeignKey(
        PublicationRule, verbose_name="新规则", null=True, on_delete=models.CASCADE, related_name="+"
    )
    until_before = models.DateField("原公示截止日", null=True)
    until_after = models.DateField("新公示截止日", null=True)
    fields_added = models.JSONField("新增公开字段", default=list)
    fields_removed = models.JSONField("不再公开字段", default=list)
    fields_altered = models.JSONField("内容变化字段", default=list)

    class Meta:
        verbose_name = "试算明细"
        verbose_name_plural = "试算明细"
        ordering = ["record"]
        constraints = [models.UniqueConstraint(fields=["run", "record"], name="dry_run_row_once")]
        indexes = [models.Index(fields=["run", "effect", "record"], name="dry_run_effect")]

    def __str__(self) -> str:
        return f"{self.record_id} {self.get_effect_display()}"
