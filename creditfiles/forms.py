"""Shape of what staff type about looks and orders; what it means is judged by the services."""

from collections.abc import Sequence

from django import forms


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


class OrderForm(forms.Form):
    """批量出具."""

    codes = forms.CharField(
        label="统一社会信用代码",
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        max_length=60_000,
        help_text="每行一个，最多2,000个。出具的是公开版报告，每份都有自己的核验码。",
        error_messages={"required": "请填写统一社会信用代码，每行一个。"},
    )
