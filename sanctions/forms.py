"""Shape of what is typed in this room; what it means is judged by the services."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from core.widgets import DayInput
from records.models import CreditRecord, Subject, Tenure
from sanctions.choices import Level, MeasureCategory
from sanctions.models import Measure, MeasureEdition
from sanctions.policy import last_day
from sanctions.services import NewSanction

CHOOSE = ("", "请选择")
LINES = forms.Textarea(attrs={"rows": 4})
SCANS = {"accept": ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"}


class EditionForm(forms.Form):
    """录入清单."""

    level = forms.ChoiceField(label="清单层级", choices=[CHOOSE, *Level.choices])
    title = forms.CharField(label="清单名称", max_length=200)
    edition = forms.CharField(label="版本", max_length=100, help_text="例如：2024年版。")
    issued_by = forms.CharField(label="印发机关", max_length=200)
    document_number = forms.CharField(label="文书号", max_length=128, required=False)
    basis = forms.CharField(label="依据", max_length=500, help_text="制定这份清单的法律、法规或政策文件。")
    in_force_from = forms.DateField(label="施行日期", widget=DayInput)
    file = forms.FileField(
        label="清单文件",
        help_text="xlsx、xls 或 CSV，列为：序号、类别、惩戒措施、惩戒内容、惩戒对象、法规政策依据、实施主体。",
        error_messages={"required": "请选择清单文件。", "empty": "文件是空的，请检查后重新选择。"},
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv,.et"}),
    )


class DecisionForm(forms.Form):
    """批准 or the other way; why is needed for the latter."""

    opinion = forms.CharField(label="意见", widget=LINES, max_length=2000, required=False)


class ProposalForm(forms.Form):
    """提出惩戒 because of one record: only what lists in force allow against its kind of subject is offered."""

    measure = forms.TypedChoiceField(label="惩戒措施", coerce=int, required=False)
    executor = forms.TypedChoiceField(label="执行单位", coerce=int, required=False)
    starts_on = forms.DateField(label="执行起始日", widget=DayInput, help_text="批准之日晚于起始日的，自批准之日起。")
    ends_on = forms.DateField(label="执行截止日", widget=DayInput, required=False)
    reason = forms.CharField(
        label="理由", widget=LINES, max_length=2000, required=False, help_text="供批准人审查，不公开。"
    )
    notice = forms.CharField(
        label="通报内容", widget=LINES, max_length=4000, required=False,
        help_text="只有通报批评填写，向社会公开。不要写个人姓名、证件号码、电话。",
    )  # fmt: skip

    def __init__(self, cause: CreditRecord, heads: Iterable[Tenure], data: Any = None, *, today: date) -> None:
        last = last_day(cause)
        super().__init__(data, initial={"starts_on": today, "ends_on": last})
        self.fields["measure"].choices = [CHOOSE, *measures_for(cause.subject, today)]  # type: ignore[attr-defined]
        agencies = Subject.objects.agencies().standing().order_by("name").values_list("pk", "name")
        self.fields["executor"].choices = [CHOOSE, *agencies]  # type: ignore[attr-defined]
        self.fields["ends_on"].help_text = (
            f"不晚于{last.year}年{last.month}月{last.day}日：原因记录的效力或公示到该日为止。" if last
            else "原因记录没有期限，可以不填，至记录终止为止。"
        )  # fmt: skip
        for name in ("measure", "executor", "reason"):
            self.fields[name].must = True  # type: ignore[attr-defined]  # the service tells everything at once
        if posts := [(t.pk, f"{t.official.name}（{t.post}）") for t in heads]:
            self.fields["tenure"] = forms.TypedChoiceField(
                label="主要负责人", coerce=int, required=False, choices=[CHOOSE, *posts],
                help_text="行为当时的主要负责人。只在追究主要负责人责任时选择，不公开。",
            )  # fmt: skip
        self.order_fields(["measure", "tenure", "executor", "starts_on", "ends_on", "reason", "notice"])

    def proposal(self) -> NewSanction:
        data = self.cleaned_data
        return NewSanction(
            data["measure"] or 0, data["executor"] or 0, data["starts_on"], data["ends_on"], data["reason"],
            data["notice"], data.get("tenure") or None,
        )  # fmt: skip


def measures_for(subject: Subject, on: date) -> list[tuple[str, list[tuple[int, str]]]]:
    """Measures of lists in force against this kind of subject, below the list that each stands in."""
    rows = Measure.objects.filter(edition__in=MeasureEdition.objects.in_force(on)).select_related("edition")
    grouped: dict[str, list[tuple[int, str]]] = {}
    for measure in rows.order_by("edition__level", "number"):
        if subject.kind in measure.subject_kinds:
            label = Level(measure.edition.level).label
            named = f"{measure.name}（{MeasureCategory(measure.category).label}）"
            grouped.setdefault(f"{label}：{measure.edition}", []).append((measure.pk, named))
    return list(grouped.items())


class ExecutionForm(forms.Form):
    """登记执行情况."""

    on = forms.DateField(label="执行日期", widget=DayInput, initial=timezone.localdate)
    evidence = forms.CharField(
        label="执行情况", widget=LINES, max_length=2000, help_text="怎样执行的，例如通知的文号。",
        error_messages={"required": "请写明怎样执行的。"},
    )  # fmt: skip
    scan = forms.FileField(
        label="执行凭证", required=False, help_text="PDF、JPEG 或 PNG，不超过20MB，加密保存。",
        widget=forms.ClearableFileInput(attrs=SCANS),
    )  # fmt: skip


class SanctionFilter(forms.Form):
    """Filters above the list, all optional; what cannot be understood is ignored."""

    q = forms.CharField(label="主体名称或文书号", max_length=100, required=False)
    executor = forms.ChoiceField(label="执行单位", required=False)
    category = forms.ChoiceField(label="类别", required=False, choices=[("", "全部"), *MeasureCategory.choices])

    def __init__(self, data: Any, *, agencies: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["executor"].choices = [("", "全部"), *agencies]  # type: ignore[attr-defined]
        if len(agencies) < 2:
            del self.fields["executor"]

    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
