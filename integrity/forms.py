"""Shape of what is typed in this room; what it means is judged by the services."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from core.widgets import DayInput
from integrity import policy
from integrity.choices import Duty, Outcome, Service
from integrity.columns import AMOUNT, CHOICE, COLUMNS, DATE, LONG_TEXT, NUMBER, Column
from records.choices import Tier
from records.models import Tenure

CHOOSE = ("", "请选择")
SCANS = {"accept": ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"}
ABOUT_SCANS = "PDF、JPEG 或 PNG，不超过20MB，加密保存。"
LINES = forms.Textarea(attrs={"rows": 4})


class SearchForm(forms.Form):
    """Whom the record is about. Sent by POST: a number typed here stands in no address and no log."""

    q = forms.CharField(
        label="单位名称、姓名或证件号码",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="公务员：本单位现任或曾任的可用姓名查找，其他单位的须填写完整证件号码。",
        error_messages={"required": "请填写要查找的单位名称、姓名或证件号码。"},
    )


class EntryForm(forms.Form):
    """Every column of one kind. None is required here: the one validator finds all errors at once.

    `known`: texts of the record that is changed. `asked`: whether the person is asked about numbers in free text.
    """

    asked = False

    def __init__(
        self,
        kind: str,
        data: Any = None,
        files: Any = None,
        *,
        subject_kind: str,
        known: Mapping[str, str] | None = None,
        reasoned: bool = False,
    ) -> None:
        super().__init__(data, files, initial=dict(known or {}))
        self.columns = COLUMNS[kind]
        for column in self.columns:
            self.fields[column.name] = _field(column, subject_kind)
        if reasoned:
            self.fields["reason"] = forms.CharField(label="更正原因", widget=LINES, max_length=2000)
            self.fields["basis"] = forms.CharField(label="依据", max_length=500, required=False)
            return
        said = "不重新选择则保留原扫描件。" if known else "有内容需要改正时，文件须重新选择。"
        self.fields["scan"] = forms.FileField(
            label="文书扫描件", required=False, help_text=ABOUT_SCANS + said,
            widget=forms.ClearableFileInput(attrs=SCANS),
        )  # fmt: skip
        self.fields["scan"].must = not known  # type: ignore[attr-defined]
        label = "这些号码确需保留，公开和查阅时自动隐去"
        self.fields["numbers_meant"] = forms.BooleanField(label=label, required=False)

    def groups(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """Columns as the paper has them; the scan stands with the instrument."""
        names = list(dict.fromkeys(c.group for c in self.columns))
        for name in names:
            cells = [self[c.name] for c in self.columns if c.group == name]
            if name == names[0] and "scan" in self.fields:
                cells.append(self["scan"])
            yield name, cells

    def values(self) -> dict[str, str]:
        return {c.name: str(self.cleaned_data.get(c.name) or "").strip() for c in self.columns}

    def upload(self) -> bytes | None:
        file = self.cleaned_data.get("scan")
        return file.read() if file else None


def _field(column: Column, subject_kind: str) -> forms.Field:
    common: dict[str, Any] = {"label": column.label, "required": False, "help_text": column.help}
    made: forms.Field
    if column.type == CHOICE:
        labels = [(label, label) for _, label in column.choices]
        choices = labels or measures(subject_kind, timezone.localdate())
        made = forms.CharField(widget=forms.Select(choices=[CHOOSE, *choices]), **common)
    elif column.type == LONG_TEXT:
        made = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), **common)
    else:
        attrs = {"autocomplete": "off"}
        if column.type == DATE:
            attrs |= {"data-day": "", "placeholder": "例如：2026-11-02"}
        if column.type in (AMOUNT, NUMBER):
            attrs |= {"inputmode": "decimal" if column.type == AMOUNT else "numeric"}
        made = forms.CharField(widget=forms.TextInput(attrs=attrs), **common)
    made.must = column.required  # type: ignore[attr-defined]
    return made


def measures(subject_kind: str, on: date) -> list[tuple[str, list[tuple[str, str]]]]:
    """Measures against this kind of subject, below their sources, each with its months."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    for code, (measure, _) in policy.measures_on(on, subject_kind).items():
        months = f"（{measure.months}个月）" if measure.months else ""
        grouped.setdefault(str(policy.source_of(code).label), []).append(
            (policy.named(measure), measure.label + months)
        )
    return list(grouped.items())


class PersonsForm(forms.Form):
    """责任人 on a day: a choice of responsibility beside each post, and one more person by identity number."""

    on = forms.DateField(widget=forms.HiddenInput)
    number = forms.CharField(
        label="未列出的人员：证件号码", required=False, max_length=18,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "code"}),
        help_text="其他单位的人员按完整证件号码登记，须当日有任职。",
    )  # fmt: skip
    number_duty = forms.ChoiceField(label="其责任类别", required=False, choices=[CHOOSE, *Duty.choices])

    def __init__(self, tenures: Sequence[Tenure], data: Any = None, *, initial: Mapping[str, Any]) -> None:
        super().__init__(data, initial=dict(initial))
        self.tenures = tenures
        for tenure in tenures:
            self.fields[f"duty_{tenure.pk}"] = forms.ChoiceField(
                label=f"{tenure.official.name}的责任类别", required=False, choices=[("", "不登记"), *Duty.choices]
            )

    def rows(self) -> Iterator[tuple[Tenure, forms.BoundField]]:
        for tenure in self.tenures:
            yield tenure, self[f"duty_{tenure.pk}"]

    def chosen(self) -> list[tuple[Tenure, str]]:
        return [(t, duty) for t in self.tenures if (duty := self.cleaned_data[f"duty_{t.pk}"])]


class FindForm(forms.Form):
    """认定并告知."""

    opinion = forms.CharField(
        label="认定意见", widget=LINES, max_length=2000, help_text="写明认定的事实、依据和失信程度。",
        error_messages={"required": "请填写认定意见。"},
    )  # fmt: skip
    served_on = forms.DateField(label="告知日期", widget=DayInput, initial=timezone.localdate)
    service = forms.ChoiceField(label="告知方式", choices=[CHOOSE, *Service.choices])


class StatementForm(forms.Form):
    """登记陈述申辩."""

    received_on = forms.DateField(label="收到日期", widget=DayInput, initial=timezone.localdate)
    text = forms.CharField(
        label="陈述申辩内容", widget=LINES, max_length=4000, help_text="不要写个人证件号码、电话、住址。",
        error_messages={"required": "请填写陈述申辩内容。"},
    )  # fmt: skip
    scan = forms.FileField(
        label="陈述申辩材料", required=False, help_text=ABOUT_SCANS, widget=forms.ClearableFileInput(attrs=SCANS)
    )


class CaseForm(StatementForm):
    """提出陈述申辩 by the agency itself: today."""

    received_on = None  # type: ignore[assignment]


class AnswerForm(forms.Form):
    """答复陈述申辩."""

    outcome = forms.ChoiceField(label="处理结果", choices=[CHOOSE, *Outcome.choices])
    tier = forms.ChoiceField(
        label="部分采纳的，失信程度改为", required=False, choices=[("", "不变"), *[c for c in Tier.choices if c[0]]]
    )
    answer = forms.CharField(
        label="答复理由", widget=LINES, max_length=2000, error_messages={"required": "请填写答复理由。"}
    )


class FulfilmentForm(forms.Form):
    """登记履行完毕."""

    on = forms.DateField(label="履行完毕日期", widget=DayInput, initial=timezone.localdate)
    evidence = forms.CharField(
        label="履行凭证", max_length=500,
        help_text="凭证名称和编号，例如付款凭证、结案通知书文号。公示中的记录会公开。",
        error_messages={"required": "请填写履行凭证的名称和编号。"},
    )  # fmt: skip
