"""What only a dishonesty record or an honour has; who was responsible; the finding and the subject's statement."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.models import Rule
from integrity.choices import Channel, Duty, HonourLevel, Impact, Outcome, Service
from records.models import CreditRecord, Subject, Tenure


def _person(label: str, **options: Any) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=label, on_delete=models.PROTECT, related_name="+", **options
    )


class Instrument(models.Model):
    """生效文书: without it there is no record. Number, date and effective date stand in the ledger's own columns."""

    issuing_body = models.CharField("作出文书的机关", max_length=200)
    scan = models.FileField("文书扫描件", upload_to="integrity/%Y/%m", max_length=300)
    scan_type = models.CharField("扫描件类型", max_length=40)
    scan_digest = models.CharField("扫描件摘要", max_length=64)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=~Q(issuing_body="") & ~Q(scan="") & ~Q(scan_digest=""),
                name="%(class)s_has_instrument",
                violation_error_message="没有生效文书（作出机关和扫描件）的，不能登记。",
            )
        ]


class DishonestyManager(models.Manager[Any]):
    """With the rule and the persons named: their names are masked wherever free text is shown."""

    def get_queryset(self) -> "models.QuerySet[Any]":
        return super().get_queryset().select_related("rule").prefetch_related("responsibilities__official")


class Dishonesty(Instrument):
    """政务失信. `measure` names the dated rule `integrity.measure.<measure>`, `rule` the version that applied.

    `loss` in 万元. `months`: what the instrument itself states, where the rule leaves room; `several`: how many equal
    处分 it joins (政务处分法 15). `matter`: promise, contract or case that it is about, as the papers call it;
    `related` is a record of this ledger.
    """

    record = models.OneToOneField(
        CreditRecord, verbose_name="信用记录", primary_key=True, on_delete=models.CASCADE, related_name="dishonesty"
    )
    measure = models.CharField("失信种类", max_length=60)
    rule = models.ForeignKey(Rule, verbose_name="规则", on_delete=models.PROTECT, related_name="+")
    months = models.PositiveSmallIntegerField("文书载明的期限（月）", null=True, blank=True)
    several = models.PositiveSmallIntegerField("合并的相同处分数", default=1)
    effect = models.CharField("效力期", max_length=500)
    acted_from = models.DateField("行为日期自")
    acted_to = models.DateField("行为日期至", null=True, blank=True)
    facts = models.TextField("失信事实")
    duty = models.CharField("违反的职责或义务", max_length=500)
    loss = models.DecimalField("造成的损失（万元）", max_digits=18, decimal_places=6, null=True, blank=True)
    impact = models.CharField("社会影响", max_length=10, choices=Impact)
    impact_reason = models.CharField("社会影响的判断理由", max_length=500)
    channel = models.CharField("线索来源", max_length=16, choices=Channel)
    related = models.ForeignKey(
        CreditRecord, verbose_name="相关记录", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    matter = models.CharField("关联承诺或案件", max_length=500, blank=True, default="")
    fulfilled_on = models.DateField("履行完毕日期", null=True, blank=True)

    objects = DishonestyManager()

    class Meta(Instrument.Meta):
        verbose_name = "政务失信"
        verbose_name_plural = "政务失信"
        constraints = [
            *Instrument.Meta.constraints,
            models.CheckConstraint(
                condition=Q(acted_to__isnull=True) | Q(acted_to__gte=models.F("acted_from")),
                name="act_ends_after_start",
                violation_error_message="行为日期至不能早于行为日期自。",
            ),
            models.CheckConstraint(
                condition=Q(loss__isnull=True) | Q(loss__gte=0),
                name="loss_not_negative",
                violation_error_message="造成的损失不能为负数。",
            ),
        ]

    def __str__(self) -> str:
        return self.measure


class Honour(Instrument):
    """守信荣誉: a file is not only faults. The honour's name is the record's title."""

    record = models.OneToOneField(
        CreditRecord, verbose_name="信用记录", primary_key=True, on_delete=models.CASCADE, related_name="honour"
    )
    level = models.CharField("荣誉级别", max_length=10, choices=HonourLevel)
    deeds = models.TextField("主要事迹")

    class Meta(Instrument.Meta):
        verbose_name = "守信荣誉"
        verbose_name_plural = "守信荣誉"

    def __str__(self) -> str:
        return self.get_level_display()


class Responsibility(models.Model):
    """责任人: who was responsible, in the post held on the day of the act. Never on a public page."""

    dishonesty = models.ForeignKey(
        Dishonesty, verbose_name="政务失信", on_delete=models.CASCADE, related_name="responsibilities"
    )
    official = models.ForeignKey(
        Subject, verbose_name="公务员", on_delete=models.PROTECT, related_name="responsibilities"
    )
    tenure = models.ForeignKey(Tenure, verbose_name="任职经历", on_delete=models.PROTECT, related_name="+")
    on = models.DateField("责任日期")
    role = models.CharField("当日职务", max_length=320)
    kind = models.CharField("责任类别", max_length=12, choices=Duty)

    class Meta:
        verbose_name = "责任人"
        verbose_name_plural = "责任人"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dishonesty", "official"],
                name="responsible_once",
                violation_error_message="同一人在同一记录中只登记一次。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.official}（{self.role}，{self.get_kind_display()}）"


class Finding(models.Model):
    """认定: the credit office found it and told the subject; the clock `integrity.statement` runs from `served_on`."""

    dishonesty = models.OneToOneField(
        Dishonesty, verbose_name="政务失信", primary_key=True, on_delete=models.CASCADE, related_name="finding"
    )
    opinion = models.TextField("认定意见")
    found_by = _person("认定人", null=True)
    found_at = models.DateTimeField("认定时间", default=timezone.now)
    served_on = models.DateField("告知日期")
    service = models.CharField("告知方式", max_length=12, choices=Service)
    confirmed_by = _person("确认人", null=True, blank=True)
    confirmed_on = models.DateField("认定生效日", null=True, blank=True)

    class Meta:
        verbose_name = "政务失信认定"
        verbose_name_plural = "政务失信认定"

    def __str__(self) -> str:
        return f"认定{self.pk}"


class Statement(models.Model):
    """陈述申辩 of the subject, with what was handed in and how the credit office answered."""

    finding = models.ForeignKey(
        Finding, verbose_name="政务失信认定", on_delete=models.CASCADE, related_name="statements"
    )
    received_on = models.DateField("收到日期")
    text = models.TextField("陈述申辩内容")
    # Through which of the lawful ways it came, in words: the credit office must know who vouches for it.
    way = models.CharField("提出方式", max_length=400, blank=True)
    scan = models.FileField("陈述申辩材料", upload_to="integrity/%Y/%m", max_length=300, blank=True)
    scan_type = models.CharField("材料类型", max_length=40, blank=True)
    outcome = models.CharField("处理结果", max_length=10, choices=Outcome, blank=True)
    answer = models.TextField("答复理由", blank=True)
    answered_by = _person("答复人", null=True, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)

    class Meta:
        verbose_name = "陈述申辩"
        verbose_name_plural = "陈述申辩"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="") | ~Q(answer=""),
                name="statement_answered_with_reasons",
                violation_error_message="答复陈述申辩须写明理由。",
            )
        ]

    def __str__(self) -> str:
        return f"陈述申辩{self.pk}"
