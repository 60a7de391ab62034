"""Credit subjects (信用主体): one table for bodies and people; who works for which agency."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.encryption import EncryptedTextField
from core.search import SearchTermsField
from records.choices import PERSONAL_KINDS, IdentifierScheme, SubjectKind, Verification
from records.querysets import MembershipQuerySet, SubjectQuerySet


class Subject(models.Model):
    """信用主体. `code` is the USCC (统一社会信用代码), the key that platforms share; people have none.

    `name_folded` is what matching compares (core.text.fold_text); `terms` finds any two characters of every name,
    former ones included, and of every code. `merged_into` names the subject that this one turned out to be; it never
    chains (records/services/merges.py).
    """

    kind = models.CharField("主体类别", max_length=24, choices=SubjectKind)
    name = models.CharField("名称", max_length=200)
    name_folded = models.CharField("名称（比对用）", max_length=200, db_index=True)
    code = models.CharField("统一社会信用代码", max_length=18, null=True, blank=True, unique=True)
    verification = models.CharField("核验情况", max_length=12, choices=Verification, default=Verification.UNVERIFIED)
    region_code = models.CharField("行政区划代码", max_length=12, blank=True)
    address = models.CharField("住所", max_length=300, blank=True)
    representative = models.CharField("法定代表人", max_length=50, blank=True)
    contact = models.CharField("公开联系方式", max_length=100, blank=True)
    parent = models.ForeignKey(
        "self", verbose_name="上级单位", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    merged_into = models.ForeignKey(
        "self",
        verbose_name="并入主体",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="merged",
        db_index=False,
    )
    id_type = models.CharField("证件类型", max_length=64, blank=True)
    id_number = EncryptedTextField("证件号码", blank=True, default="")
    id_number_index = models.CharField("证件号码索引", max_length=64, null=True, blank=True, unique=True)
    terms = SearchTermsField("检索词", default="")
    created_at = models.DateTimeField("建立时间", default=timezone.now)

    objects = SubjectQuerySet.as_manager()

    class Meta:
        verbose_name = "信用主体"
        verbose_name_plural = "信用主体"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="agency") | Q(code__isnull=False),
                name="agency_has_code",
                violation_error_message="政府机构必须有统一社会信用代码。",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=sorted(PERSONAL_KINDS)) | Q(code__isnull=True),
                name="person_has_no_code",
                violation_error_message="自然人和公务员没有统一社会信用代码。",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=models.F("id")),
                name="subject_not_merged_into_itself",
                violation_error_message="主体不能并入自己。",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "name"], name="subject_kind_name"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="subject_merged_into"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_person(self) -> bool:
        return self.kind in PERSONAL_KINDS


class SubjectName(models.Model):
    """主体名称: current and former names (曾用名), with the days between which each held."""

    subject = models.ForeignKey(Subject, verbose_name="信用主体", on_delete=models.CASCADE, related_name="names")
    name = models.CharField("名称", max_length=200)
    name_folded = models.CharField("名称（比对用）", max_length=200, db_index=True)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("停用日期", null=True, blank=True)

    class Meta:
        verbose_name = "主体名称"
        verbose_name_plural = "主体名称"
        ordering = ["subject", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "name"],
                name="subject_name_once",
                violation_error_message="该主体已有此名称。",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def held_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class SubjectIdentifier(models.Model):
    """主体代码: the other five codes of the 2018 standard; one value belongs to one subject."""

    subject = models.ForeignKey(Subject, verbose_name="信用主体", on_delete=models.CASCADE, related_name="identifiers")
    scheme = models.CharField("代码种类", max_length=40, choices=IdentifierScheme)
    value = models.CharField("代码", max_length=50)

    class Meta:
        verbose_name = "主体代码"
        verbose_name_plural = "主体代码"
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "value"],
                name="identifier_once",
                violation_error_message="该代码已属于另一主体，请核对。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_scheme_display()} {self.value}"


class Membership(models.Model):
    """任职关系: an account acts for an agency from one day to another."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="账号", on_delete=models.PROTECT, related_name="memberships"
    )
    agency = models.ForeignKey(Subject, verbose_name="单位", on_delete=models.PROTECT, related_name="memberships")
    since = models.DateField("开始日期", default=timezone.localdate)
    until = models.DateField("结束日期", null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "任职关系"
        verbose_name_plural = "任职关系"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "agency"],
                condition=Q(until__isnull=True),
                name="membership_open_once",
                violation_error_message="该账号已是此单位成员。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} @ {self.agency}"
