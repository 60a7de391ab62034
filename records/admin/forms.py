"""Shape of what staff type about records; what it means is judged by the services."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from core.pages import ReasonForm
from core.widgets import DayInput
from records.choices import ChangeKind

LINES = forms.Textarea(attrs={"rows": 4})


class ReturnForm(ReasonForm):
    reason = forms.CharField(
        label="退回理由",
        widget=LINES,
        max_length=2000,
        help_text="写明哪一栏有什么问题、怎样修改。经办人会看到。",
        error_messages={"required": "请填写退回理由。"},
    )


class RevealForm(ReasonForm):
    reason = forms.CharField(
        label="查看理由",
        max_length=500,
        help_text="查看证件号码会记入审计记录，例如“核对当事人身份，案号××”。",
        error_messages={"required": "请填写查看理由。"},
    )


class WithdrawalForm(ReasonForm):
    reason = forms.CharField(
        label="撤下原因",
        widget=LINES,
        max_length=2000,
        help_text="向社会公开。写明决定被变更、撤销、确认违法或无效，或信息有误等情形；不要写个人证件号码、住址、电话。",
        error_messages={"required": "请填写撤下原因。"},
    )
    basis = forms.CharField(
        label="依据",
        max_length=500,
        help_text="例如《行政处罚法》第四十八条、复议决定书或判决书文号。",
        error_messages={"required": "请填写依据。"},
    )


class DisputeForm(ReasonForm):
    reason = forms.CharField(
        label="理由",
        widget=LINES,
        max_length=2000,
        help_text="向社会公开，不要写当事人以外的个人信息。",
        error_messages={"required": "请填写理由。"},
    )
    basis = forms.CharField(label="依据", max_length=500, required=False)


class OpinionForm(forms.Form):
    opinion = forms.CharField(
        label="复核意见", widget=LINES, max_length=2000, required=False, help_text="退回时必填，申请人会看到。"
    )


class RenameForm(ReasonForm):
    name = forms.CharField(label="新名称", max_length=200, help_text="登记机关核准的全称。")
    on = forms.DateField(label="变更日期", widget=DayInput)
    reason = forms.CharField(label="依据", max_length=500, help_text="例如：登记机关变更登记通知书文号。")
    field_order = ["name", "on", "reason"]


class MembershipForm(forms.Form):
    username = forms.CharField(label="登录名", max_length=30, help_text="由系统管理员建立的账号。")
    agency_id = forms.TypedChoiceField(label="单位", coerce=int)
    since = forms.DateField(label="开始日期", widget=DayInput, initial=timezone.localdate)

    def __init__(self, agencies: list[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency_id"].choices = agencies  # type: ignore[attr-defined]


class KeyForm(forms.Form):
    agency_id = forms.TypedChoiceField(label="单位", coerce=int)
    name = forms.CharField(
        label="名称和用途",
        max_length=100,
        help_text="哪个业务系统用来做什么，例如“执法办案系统，报送行政处罚”。",
        error_messages={"required": "请写明由哪个系统使用。"},
    )

    def __init__(self, agencies: list[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency_id"].choices = agencies  # type: ignore[attr-defined]


class UploadForm(forms.Form):
    """Step 1 of an import. The file itself is judged by its content, in the background."""

    kind = forms.ChoiceField(label="种类", widget=forms.RadioSelect, error_messages={"required": "请选择种类。"})
    agency = forms.TypedChoiceField(label="单位", coerce=int)
    file = forms.FileField(
        label="文件",
        max_length=255,
        help_text=".xlsx、.xls 或 CSV，最多10万行。",
        error_messages={"required": "请选择要上传的文件。", "empty": "文件是空的，请检查后重新选择。"},
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv,.et"}),
    )

    def __init__(
        self, *args: Any, agencies: list[tuple[int, str]], kinds: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        self.fields["agency"].choices = agencies  # type: ignore[attr-defined]
        if len(agencies) == 1:
            self.fields["agency"].initial = agencies[0][0]


# The first year of 双公示; older decisions are few and stand together.
FIRST_YEAR = 2015
EARLIER = "earlier"


def year_choices(today: date) -> list[tuple[str, str]]:
    years = [(str(year), f"{year}年") for year in range(today.year, FIRST_YEAR - 1, -1)]
    return [("", "全部"), *years, (EARLIER, f"{FIRST_YEAR}年以前")]


def in_year(path: str, year: str) -> Q:
    """Rows of one of `year_choices`; `path` leads to a day."""
    if year == EARLIER:
        return Q(**{f"{path}__lt": date(FIRST_YEAR, 1, 1)})
    return Q(**{f"{path}__range": (date(int(year), 1, 1), date(int(year), 12, 31))}) if year else Q()


class OptionalFilter(forms.Form):
    """Filters above a list, all optional; what cannot be understood is ignored."""

    # Numbers of document are found in any bracket style (querysets.found_by).
    q = forms.CharField(label="相对人、代码或文书号", max_length=100, required=False)
    kind = forms.ChoiceField(label="种类", required=False)
    agency = forms.ChoiceField(label="单位", required=False)
    year = forms.ChoiceField(label="决定年份", required=False)

    def __init__(self, data: Any, *, kinds: list[tuple[str, str]], agencies: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["kind"].choices = [("", "全部"), *kinds]  # type: ignore[attr-defined]
        self.fields["agency"].choices = [("", "全部"), *agencies]  # type: ignore[attr-defined]
        self.fields["year"].choices = year_choices(timezone.localdate())  # type: ignore[attr-defined]
        if len(agencies) < 2:
            del self.fields["agency"]

    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", False)}


class ListFilter(OptionalFilter):
    """Filters of a list of records."""

    batch = forms.IntegerField(label="导入批次", required=False, min_value=1, widget=forms.HiddenInput)
    late = forms.ChoiceField(
        label="期限",
        required=False,
        choices=[
            ("", "不限"), ("today", "今日到期"), ("soon", "3日内到期"), ("late", "已逾期"), ("kept", "未逾期"),
        ],
    )  # fmt: skip
    who = forms.ChoiceField(
        label="经办人", required=False, choices=[("", "全部"), ("mine", "本人"), ("others", "他人")]
    )


class ChangeFilter(OptionalFilter):
    """Filters of the list of proposed changes."""

    act = forms.ChoiceField(label="申请", required=False, choices=[("", "全部"), *ChangeKind.choices])
    who = forms.ChoiceField(
        label="申请人", required=False, choices=[("", "全部"), ("mine", "本人"), ("others", "他人")]
    )


class BatchFilter(OptionalFilter):
    """Filters of the list of import batches."""

    who = forms.ChoiceField(
        label="经办人", required=False, choices=[("", "全部"), ("mine", "本人"), ("others", "他人")]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["q"].label, self.fields["year"].label = "文件名或批次编号", "上传年份"


class RuleForm(forms.Form):
    """新增规则版本."""

    title = forms.CharField(label="规则名称", max_length=200)
    value = forms.JSONField(
        label="内容",
        widget=forms.Textarea(attrs={"rows": 6, "class": "code", "spellcheck": "false"}),
        help_text="只改数值，不改名称和结构。",
        error_messages={"invalid": "不是有效的 JSON，请检查引号、逗号和括号。"},
    )
    in_force_from = forms.DateField(label="施行日期", widget=DayInput)
    basis = forms.CharField(label="依据", max_length=500, widget=LINES, help_text="文件名称、文号和条款。")
    edition = forms.CharField(label="版本", max_length=100, help_text="例如：2026。")
    certainty = forms.CharField(
        label="依据核实情况", max_length=200, required=False, help_text="例如：已核对原文；或据公开报道，待核对。"
    )


class CalendarForm(forms.Form):
    """导入年度日历."""

    year = forms.IntegerField(label="年份", min_value=2004, max_value=2100)
    notice = forms.CharField(label="通知文号", max_length=200, help_text="例如：国办发明电〔2026〕×号。")
    file = forms.FileField(label="文件", help_text="JSON 文件，不超过1MB。")

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > 1024 * 1024:
            raise forms.ValidationError("文件超过1MB，不是年度日历。")
        return upload
