"""Shape of what staff type about looks and orders; what it means is judged by the services."""

from collections.abc import Sequence

from django import forms

from creditfiles.choices import LookupAbout
from creditfiles.lists import Asked, from_workbook, pasted


class LookForm(forms.Form):
    """登记查询: no look without all three."""

    purpose = forms.ChoiceField(label="查询目的", error_messages={"required": "请选择查询目的。"})
    legal_basis = forms.CharField(
        label="查询依据",
        max_length=300,
        help_text="依据的文件和条款，例如“《惠城区加强政务诚信建设实施方案》”。",
        error_messages={"required": "请填写查询依据。"},
    )
    reference = forms.CharField(
        label="查询文号",
        max_length=128,
        help_text="本次事项的函件、会议纪要或审批件编号。查询会留痕，主体本人可以看到谁因何查询。",
        error_messages={"required": "请填写查询文号。"},
    )

    def __init__(self, purposes: Sequence[tuple[str, str]], *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.fields["purpose"].choices = [("", "请选择"), *purposes]  # type: ignore[attr-defined]


class LookupForm(LookForm):
    """名单查询: the same three statements, and the list as text or as a table."""

    about = forms.ChoiceField(
        label="名单上是",
        choices=LookupAbout,
        widget=forms.RadioSelect,
        help_text="一份名单只查一类对象。",
        error_messages={"required": "请选择名单上是单位和企业、公务员，还是自然人。"},
    )
    text = forms.CharField(
        label="粘贴名单",
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        max_length=2_000_000,
        required=False,
        help_text="每行一个，各项用逗号、制表符或空格隔开。单位和企业：名称、代码，有一项即可；"
        "公务员：姓名和身份证号码，或姓名和任职单位；自然人：姓名和身份证号码。只有姓名的不会对应到人。",
    )
    file = forms.FileField(
        label="或上传表格",
        max_length=255,
        required=False,
        help_text=".xlsx、.xls 或 CSV，第一行为列名：名称、统一社会信用代码；或姓名、证件号码、单位。",
        error_messages={"empty": "文件是空的，请检查后重新选择。"},
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv,.et"}),
    )
    field_order = ("about", "purpose", "legal_basis", "reference", "text", "file")

    def clean(self) -> dict[str, object]:
        data: dict[str, object] = super().clean() or self.cleaned_data
        if bool(data.get("text")) == bool(data.get("file")) and not self.has_error("file"):
            both = data.get("text")
            self.add_error("text", "请只用一种方式：粘贴名单，或上传表格。" if both else "请粘贴名单，或上传表格。")
        return data

    def lines(self, most: int) -> list[Asked]:
        """The list, at most one line more than `most`. Raises TableProblem."""
        upload = self.cleaned_data["file"]
        if upload is None:
            return pasted(self.cleaned_data["text"])
        return from_workbook(upload, self.cleaned_data["about"], filename=upload.name, most=most)


class OwnAccessForm(forms.Form):
    """签发本人查阅码: how whoever takes it was identified."""

    identity_check = forms.ChoiceField(label="核验方式", error_messages={"required": "请选择怎样核验了领取人的身份。"})
    evidence = forms.CharField(
        label="核验材料",
        max_length=200,
        help_text="材料的名称和日期，例如“居民身份证原件”“委托书（2026年11月20日）”。不要写证件号码。",
        error_messages={"required": "请写明核验的材料。"},
    )

    def __init__(self, checks: Sequence[tuple[str, str]], *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        only = checks[0][0] if len(checks) == 1 else ""
        self.fields["identity_check"].choices = [*([] if only else [("", "请选择")]), *checks]  # type: ignore[attr-defined]


class OrderForm(forms.Form):
    """批量出具."""

    codes = forms.CharField(
        label="统一社会信用代码",
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        max_length=60_000,
        help_text="每行一个，最多2,000个。出具的是公开版报告，每份都有自己的核验码。",
        error_messages={"required": "请填写统一社会信用代码，每行一个。"},
    )
