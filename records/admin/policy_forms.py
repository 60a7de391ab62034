"""Shape of what the credit office types about publication rules; the services judge it."""

from datetime import date, timedelta
from typing import Any

from django import forms

from core.widgets import DayInput
from records.choices import PERSONAL_KINDS, SubjectKind, Tier, Visibility
from records.kinds import kind_of, registered
from records.models import PublicationRule
from records.projection import ALL_FIELDS
from records.services.policies import NewVersion

LINES = forms.Textarea(attrs={"rows": 3})
# A date field of the browser understands only this form of a day.


def kind_choices() -> list[tuple[str, str]]:
    return [(kind.code, kind.label) for kind in registered()]


class ClassForm(forms.Form):
    """Which records a rule is about: kind × category × subject kind × tier."""

    kind = forms.ChoiceField(label="信用记录种类")
    category = forms.ChoiceField(
        label="细类", required=False, help_text="只公开其中一类的，在此选定，例如政务失信中的拖欠账款。"
    )
    subject_kind = forms.ChoiceField(
        label="主体类别", required=False, choices=[("", "不区分（不含公务员和自然人）"), *SubjectKind.choices]
    )
    tier = forms.ChoiceField(
        label="失信程度", required=False, choices=[("", "不区分"), *[c for c in Tier.choices if c[0]]]
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["kind"].choices = kind_choices()  # type: ignore[attr-defined]
        divided = [(kind.label, list(kind.categories)) for kind in registered() if kind.categories]
        self.fields["category"].choices = [("", "不区分"), *divided]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if "kind" in chosen and (problem := kind_of(chosen["kind"]).category_problem(chosen.get("category", ""))):
            self.add_error("category", problem)
        return self.cleaned_data


class VersionForm(forms.Form):
    """One rule version."""

    COPIED = ("title", "visibility", "fields", "min_months", "max_months", "basis")

    title = forms.CharField(label="规则名称", max_length=200)
    visibility = forms.ChoiceField(label="公开方式", choices=Visibility.choices)
    fields_ = forms.MultipleChoiceField(label="公开字段", required=False, widget=forms.CheckboxSelectMultiple)
    min_months = forms.IntegerField(
        label="最短公示期（月）", required=False, min_value=0, max_value=600,
        help_text="满此期限方可申请修复；没有的留空。",
    )  # fmt: skip
    max_months = forms.IntegerField(
        label="最长公示期（月）", required=False, min_value=0, max_value=600,
        help_text="自决定日期起算；留空为公示至有效期届满。",
    )  # fmt: skip
    in_force_from = forms.DateField(label="施行日期", widget=DayInput)
    applies_to_earlier = forms.BooleanField(
        label="溯及已有记录",
        required=False,
        help_text="勾选：施行之日起，此前作出的同类决定也按本规则公开或停止公开，由系统当日自动处理。"
        "不勾选：只适用于施行之日起作出的决定。",
    )
    basis = forms.CharField(label="依据", max_length=500, widget=LINES, help_text="文件名称、文号和条款。")
    edition = forms.CharField(label="版本", max_length=100, help_text="例如：2026。")
    certainty = forms.CharField(label="依据核实情况", max_length=200, required=False)

    def __init__(self, about: dict[str, str], data: Any = None, *, base: PublicationRule | None = None) -> None:
        first = {name: getattr(base, name) for name in self.COPIED} if base else {}
        super().__init__(data, initial={**first, "fields_": first.get("fields", [])})
        self.about = about
        names = [(field.name, field.label) for field in kind_of(about["kind"]).fields]
        self.fields["fields_"].choices = [(ALL_FIELDS, "可公开的全部字段"), *names]  # type: ignore[attr-defined]
        if about["subject_kind"] in PERSONAL_KINDS:
            allowed = [choice for choice in Visibility.choices if choice[0] != Visibility.PUBLIC]
            self.fields["visibility"].choices = allowed  # type: ignore[attr-defined]

    def version(self) -> NewVersion:
        data: dict[str, Any] = {name: self.cleaned_data[name] for name in VersionForm.base_fields}
        data["fields"] = tuple(data.pop("fields_"))
        return NewVersion(**{**self.about, **data})


class ProposalForm(VersionForm):
    """A new proposal with its first version."""

    proposal_title = forms.CharField(label="提案名称", max_length=200, help_text="例如：公开政府机构的拖欠账款信息。")
    reason = forms.CharField(label="提出的理由", widget=LINES, max_length=2000, help_text="批准人据此审查。")
    field_order = ["proposal_title", "reason"]


class DryRunForm(forms.Form):
    day = forms.DateField(
        label="试算日期",
        widget=DayInput,
        error_messages={"required": "请选择日期。"},
    )

    def __init__(self, data: Any = None, *, day: date) -> None:
        super().__init__(data, initial={"day": day})


def class_label(kind: str, category: str, subject_kind: str, tier: str) -> str:
    """政务失信（拖欠账款） · 政府机构 · 一般."""
    parts = [kind_of(kind).named(category), dict(SubjectKind.choices).get(subject_kind, "各类单位")]
    return " · ".join(map(str, [*parts, *([Tier(tier).label] if tier else [])]))


def default_day(rules: list[PublicationRule], today: date) -> date:
    """The day on which all of them are in force."""
    return max((r.in_force_from for r in rules), default=today + timedelta(days=30))
