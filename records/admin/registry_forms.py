"""Shape of what is typed into the registry; the services judge it."""

from typing import Any

from django import forms

from core.pages import ReasonForm
from core.widgets import DayInput
from records.choices import AgencyKind, AgencyLevel, OfficialState, SuccessionKind
from records.models import Subject
from records.rosters import RESIDENT_CARD

# A date control understands this form only, whatever the language of the page.
PAPER = "任免通知或批准文件的文号。"


def agency_choices(empty: str = "（无）") -> list[tuple[Any, str]]:
    rows = Subject.objects.agencies().standing().order_by("name").values_list("pk", "name")
    return [("", empty), *rows]


class AgencyForm(forms.Form):
    kind = forms.ChoiceField(label="单位性质", choices=[("", "请选择"), *AgencyKind.choices], required=False)
    level = forms.ChoiceField(label="单位层级", choices=[("", "请选择"), *AgencyLevel.choices], required=False)
    parent_id = forms.TypedChoiceField(label="上级单位", coerce=int, empty_value=None, required=False)
    region_code = forms.CharField(label="行政区划代码", max_length=12, required=False)
    address = forms.CharField(label="住所", max_length=300, required=False)
    contact = forms.CharField(
        label="公开联系方式", max_length=100, required=False, help_text="向社会公开的电话或邮箱。"
    )
    established_on = forms.DateField(label="成立日期", widget=DayInput, required=False)
    dissolved_on = forms.DateField(
        label="裁撤日期", widget=DayInput, required=False, help_text="仍在的单位留空；登记机构沿革时会自动填入。"
    )
    reason = forms.CharField(label="说明", max_length=500, required=False, help_text="例如批准文号。记入操作记录。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent_id"].choices = agency_choices()  # type: ignore[attr-defined]


class SuccessionForm(forms.Form):
    successor_id = forms.TypedChoiceField(label="承继单位", coerce=int)
    day = forms.DateField(label="沿革日期", widget=DayInput)
    kind = forms.ChoiceField(label="沿革方式", choices=SuccessionKind.choices)
    instrument = forms.CharField(label="批准文号", max_length=200, error_messages={"required": "请填写批准文号。"})
    takes_over = forms.BooleanField(
        label="承继单位承继原单位的记录和义务",
        required=False,
        initial=True,
        help_text="优化营商环境条例第三十一条：不得以机构职能调整为由不履行承诺和合同。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["successor_id"].choices = agency_choices("请选择")  # type: ignore[attr-defined]


class TenureForm(forms.Form):
    agency_id = forms.TypedChoiceField(label="单位", coerce=int)
    post = forms.CharField(label="职务", max_length=100)
    rank = forms.CharField(label="职级", max_length=100, required=False)
    started_on = forms.DateField(label="任职起", widget=DayInput)
    ended_on = forms.DateField(label="任职止", widget=DayInput, required=False, help_text="仍在任的留空。")
    is_head = forms.BooleanField(label="是主要负责人", required=False)
    is_concurrent = forms.BooleanField(
        label="兼任", required=False, help_text="与其他职务同时担任的注明兼任，不再提示重叠。"
    )
    instrument = forms.CharField(label="任免文号", max_length=200, required=False, help_text=PAPER)

    def __init__(self, agencies: list[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency_id"].choices = agencies  # type: ignore[attr-defined]


class OfficialForm(TenureForm):
    name = forms.CharField(label="姓名", max_length=50)
    id_type = forms.CharField(label="证件类型", max_length=30, initial=RESIDENT_CARD)
    id_number = forms.CharField(
        label="证件号码",
        max_length=30,
        help_text="加密保存，页面上只显示首尾几位。人员按证件号码确定，同名不会自动对应。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ["name", "id_type", "id_number"]


class TenureChangeForm(TenureForm):
    reason = forms.CharField(
        label="理由",
        max_length=500,
        help_text="例如：调离、更正任职日期。",
        error_messages={"required": "请填写理由。"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__([], *args, **kwargs)
        del self.fields["agency_id"]  # another agency is another post


class StateForm(forms.Form):
    state = forms.ChoiceField(label="状态", choices=OfficialState.choices)
    since = forms.DateField(label="起始日期", widget=DayInput)
    instrument = forms.CharField(
        label="任免文号", max_length=200, help_text=PAPER, error_messages={"required": "请填写任免文号。"}
    )
    end_posts = forms.BooleanField(label="同时终止仍在任的职务", required=False, initial=True)


class MergeForm(forms.Form):
    survivor = forms.TypedChoiceField(
        label="保留哪一个", coerce=int, widget=forms.RadioSelect, error_messages={"required": "请选择保留的主体。"}
    )
    evidence = forms.CharField(
        label="合并依据",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text="证明是同一主体的材料，例如登记机关档案、证照编号。名称相同不足以证明。",
        error_messages={"required": "请填写合并依据。"},
    )

    def __init__(self, subjects: list[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["survivor"].choices = subjects  # type: ignore[attr-defined]


class DifferentForm(ReasonForm):
    reason = forms.CharField(
        label="判断理由",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text="例如：经核对登记信息，是两家不同的经营者。判断会记住，不再重复提示。",
        error_messages={"required": "请填写判断理由。"},
    )
