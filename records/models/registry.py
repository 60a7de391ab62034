"""Agencies and officials as the registry knows them: profiles, succession, and who held which post when."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from records.choices import AgencyKind, AgencyLevel, OfficialState, SuccessionKind
from records.models.subjects import Subject
from records.querysets import AgencyProfileQuerySet, OfficialProfileQuerySet, SuccessionQuerySet, TenureQuerySet


class AgencyProfile(models.Model):
    """机构档案: what an agency is besides a name and a code, and when somebody last said that all of it is right."""

    subject = models.OneToOneField(
        Subject, verbose_name="信用主体", primary_key=True, on_delete=models.PROTECT, related_name="agency_profile"
    )
    kind = models.CharField("单位性质", max_length=20, choices=AgencyKind, blank=True)
    level = models.CharField("单位层级", max_length=12, choices=AgencyLevel, blank=True)
    established_on = models.DateField("成立日期", null=True, blank=True)
    dissolved_on = models.DateField("裁撤日期", null=True, blank=True)
    confirmed_on = models.DateField("最近确认日", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="确认人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    objects = AgencyProfileQuerySet.as_manager()

    class Meta:
        verbose_name = "机构档案"
        verbose_name_plural = "机构档案"
        constraints = [
            models.CheckConstraint(
                condition=Q(established_on__isnull=True)
                | Q(dissolved_on__isnull=True)
                | Q(dissolved_on__gte=F("established_on")),
                name="agency_ends_after_start",
                violation_error_message="裁撤日期不能早于成立日期。",
            )
        ]

    def __str__(self) -> str:
        return str(self.subject)

    def existed_on(self, day: date) -> bool:
        """As far as we know; a day that nobody entered refuses nothing."""
        return not (
            (self.established_on is not None and day < self.established_on)
            or (self.dissolved_on is not None and day > self.dissolved_on)
        )


class Succession(models.Model):
    """机构沿革: one body followed another on a day. Several rows of one day: several into one, or one into several.

    `takes_over`: records and obligations of the predecessor are the successor's from that day on, and its file says so.
    """

    predecessor = models.ForeignKey(
        Subject, verbose_name="原单位", on_delete=models.PROTECT, related_name="successions_out"
    )
    successor = models.ForeignKey(
        Subject, verbose_name="承继单位", on_delete=models.PROTECT, related_name="successions_in"
    )
    day = models.DateField("沿革日期")
    kind = models.CharField("沿革方式", max_length=12, choices=SuccessionKind)
    instrument = models.CharField("批准文号", max_length=200)
    takes_over = models.BooleanField("承继记录和义务", default=True)

    objects = SuccessionQuerySet.as_manager()

    class Meta:
        verbose_name = "机构沿革"
        verbose_name_plural = "机构沿革"
        ordering = ["day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")),
                name="succession_of_two",
                violation_error_message="原单位和承继单位不能是同一单位。",
            ),
            models.UniqueConstraint(
                fields=["predecessor", "successor"],
                name="succession_once",
                violation_error_message="这两个单位之间的沿革已经登记。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}（{self.get_kind_display()}，{self.day}）"


class OfficialProfile(models.Model):
    """公务员档案: whether somebody is in service, since when and by which paper; the posts are `Tenure` rows."""

    subject = models.OneToOneField(
        Subject, verbose_name="信用主体", primary_key=True, on_delete=models.PROTECT, related_name="official_profile"
    )
    state = models.CharField("状态", max_length=12, choices=OfficialState, default=OfficialState.IN_SERVICE)
    state_since = models.DateField("状态起始日", null=True, blank=True)
    state_instrument = models.CharField("状态文号", max_length=200, blank=True)

    objects = OfficialProfileQuerySet.as_manager()

    class Meta:
        verbose_name = "公务员档案"
        verbose_name_plural = "公务员档案"
        ordering = ["subject__name", "pk"]

    def __str__(self) -> str:
        return str(self.subject)


class Tenure(models.Model):
    """任职经历: an official's post in an agency from one day to another. Never shown on a public page.

    Who was responsible on a day is `Tenure.objects.on(day)`. Overlaps and gaps are reported, not refused
    (records/rosters.py): life has both.
    """

    official = models.ForeignKey(Subject, verbose_name="公务员", on_delete=models.PROTECT, related_name="tenures")
    agency = models.ForeignKey(Subject, verbose_name="单位", on_delete=models.PROTECT, related_name="staff_tenures")
    post = models.CharField("职务", max_length=100)
    rank = models.CharField("职级", max_length=100, blank=True)
    is_head = models.BooleanField("是否主要负责人", default=False)
    is_concurrent = models.BooleanField("兼任", default=False)
    started_on = models.DateField("任职起")
    ended_on = models.DateField("任职止", null=True, blank=True)
    instrument = models.CharField("任免文号", max_length=200, blank=True)
    recorded_at = models.DateTimeField("登记时间", default=timezone.now)

    objects = TenureQuerySet.as_manager()

    class Meta:
        verbose_name = "任职经历"
        verbose_name_plural = "任职经历"
        ordering = ["-started_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
                name="tenure_ends_after_start",
                violation_error_message="任职止不能早于任职起。",
            ),
            models.UniqueConstraint(
                fields=["official", "agency", "post", "started_on"],
                name="tenure_once",
                violation_error_message="该任职经历已经登记。",
            ),
        ]
        indexes = [models.Index(fields=["agency", "started_on"], name="tenure_agency_start")]

    def __str__(self) -> str:
        return f"{self.official} {self.agency} {self.post}"

    def held_on(self, day: date) -> bool:
        return self.started_on <= day and (self.ended_on is None or day <= self.ended_on)
