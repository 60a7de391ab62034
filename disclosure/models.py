"""What only a licence or only a penalty has, field by field of the 2018 national standard
(《行政许可和行政处罚等信用信息公示数据归集标准》; disclosure/standard.py says code, label and rules of each)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.encryption import EncryptedTextField
from disclosure.choices import LicenceState, PartyCategory
from records.choices import RecordKindCode
from records.models import CreditRecord, Subject


class DisclosureDetail(models.Model):
    """Columns that licences and penalties share: the party as the decision names it, and who reports."""

    party_category = models.CharField("行政相对人类别", max_length=20, choices=PartyCategory)
    party_name = models.CharField("行政相对人名称", max_length=200)
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    business_registration = models.CharField("工商注册号", max_length=50, blank=True)
    organisation_code = models.CharField("组织机构代码", max_length=32, blank=True)
    tax_registration = models.CharField("税务登记号", max_length=32, blank=True)
    institution_certificate = models.CharField("事业单位证书号", max_length=120, blank=True)
    social_organisation_certificate = models.CharField("社会组织登记证号", max_length=50, blank=True)
    representative = models.CharField("法定代表人", max_length=50, blank=True)
    representative_id_type = models.CharField("法定代表人证件类型", max_length=64, blank=True)
    representative_id_number = EncryptedTextField("法定代表人证件号码", blank=True, default="")
    party_id_type = models.CharField("证件类型", max_length=64, blank=True)
    party_id_number = EncryptedTextField("证件号码", blank=True, default="")
    authority = models.CharField("决定机关名称", max_length=200)
    authority_code = models.CharField("决定机关统一社会信用代码", max_length=18)
    source_unit = models.CharField("数据来源单位", max_length=200)
    source_unit_code = models.CharField("数据来源单位统一社会信用代码", max_length=18)
    remark = models.TextField("备注", blank=True)

    class Meta:
        abstract = True


class Licence(DisclosureDetail):
    """行政许可."""

    record = models.OneToOneField(
        CreditRecord, verbose_name="信用记录", primary_key=True, on_delete=models.CASCADE, related_name="licence"
    )
    document_title = models.CharField("行政许可决定文书名称", max_length=256)
    licence_category = models.CharField("许可类别", max_length=256)
    certificate_name = models.CharField("许可证书名称", max_length=128, blank=True)
    licence_number = models.CharField("许可编号", max_length=128, blank=True)
    content = models.TextField("许可内容")
    state = models.CharField("当前状态", max_length=10, choices=LicenceState, default=LicenceState.VALID)

    class Meta:
        verbose_name = "行政许可"
        verbose_name_plural = "行政许可"

    def __str__(self) -> str:
        return self.document_title


class Penalty(DisclosureDetail):
    """行政处罚. Amounts are in 万元 with six decimals (双公示归集标准 2018)."""

    record = models.OneToOneField(
        CreditRecord, verbose_name="信用记录", primary_key=True, on_delete=models.CASCADE, related_name="penalty"
    )
    violation_type = models.TextField("违法行为类型")
    facts = models.TextField("违法事实")
    legal_basis = models.TextField("处罚依据")
    penalty_category = models.CharField("处罚类别", max_length=256)
    content = models.TextField("处罚内容")
    fine_amount = models.DecimalField("罚款金额（万元）", max_digits=18, decimal_places=6, null=True, blank=True)
    confiscated_amount = models.DecimalField(
        "没收违法所得、没收非法财物的金额（万元）", max_digits=18, decimal_places=6, null=True, blank=True
    )
    revoked_certificate = models.CharField("暂扣或吊销证照名称及编号", max_length=200, blank=True)
    simple_procedure = models.BooleanField("简易程序", default=False)
    publicity_deadline = models.DateField("公示截止期（填报）", null=True, blank=True)

    class Meta:
        verbose_name = "行政处罚"
        verbose_name_plural = "行政处罚"
        constraints = [
            models.CheckConstraint(
                condition=Q(fine_amount__isnull=True) | Q(fine_amount__gte=0),
                name="fine_not_negative",
                violation_error_message="罚款金额不能为负数。",
            ),
            models.CheckConstraint(
                condition=Q(confiscated_amount__isnull=True) | Q(confiscated_amount__gte=0),
                name="confiscated_not_negative",
                violation_error_message="没收金额不能为负数。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.violation_type}：{self.penalty_category}"


class MonthlyDeclaration(models.Model):
    """月度申报: how many decisions an agency made in a month, self-reported; zero is a zero report (零报告)."""

    agency = models.ForeignKey(
        Subject, verbose_name="单位", on_delete=models.PROTECT, related_name="monthly_declarations"
    )
    kind = models.CharField("种类", max_length=24, choices=RecordKindCode)
    month = models.DateField("月份", help_text="该月第一日")
    produced = models.PositiveIntegerField("产生数量")
    unreported_basis = models.TextField("未报送依据", blank=True)
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="申报人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    declared_at = models.DateTimeField("申报时间", default=timezone.now)

    class Meta:
        verbose_name = "月度申报"
        verbose_name_plural = "月度申报"
        ordering = ["-month", "agency", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "kind", "month"],
                name="declaration_once",
                violation_error_message="该单位本月此类数量已申报，请修改原申报。",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="declaration_month_first",
                violation_error_message="月份须为该月第一日。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency} {self.month:%Y-%m} {self.get_kind_display()} {self.produced}"
