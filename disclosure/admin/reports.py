"""双公示月报 and 年报: page, XLSX and CSV of the same figures; and the monthly declaration (零报告)."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from core import audit, desk
from core.actors import Actor
from core.admin import actor_of
from core.desk import Figure, Month, Place, Queue, Section
from core.errors import Invalid
from core.pages import form_page, render
from core.tabular.writing import stream_csv
from disclosure import exports, services
from disclosure.figures import OPENED
from disclosure.forms import DeclarationForm
from disclosure.models import MonthlyDeclaration
from disclosure.reports import Report, Row, month_bounds, monthly_report, yearly_report
from records.choices import RecordKindCode
from records.models import Subject

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
READERS = (Role.CLERK, Role.REVIEWER, Role.AGENCY_ADMIN, Role.CREDIT_OFFICE, Role.AUDITOR)
reads = desk.roles(*READERS)
declares = desk.roles(Role.CLERK, Role.AGENCY_ADMIN)
FIRST_YEAR = 2018
# What stands in the table, in the order of the question; the rest is in the files.
COLUMNS = (
    "produced", "reported", "missing", "on_time", "late", "published", "withheld", "rejected_first", "zero_reports",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Period:
    """A month “2026-11” or a year “2026”."""

    key: str

    @classmethod
    def of(cls, text: str, today: date) -> "Period":
        year, _, month = text.partition("-")
        good = year.isdecimal() and FIRST_YEAR <= int(year) <= today.year + 1
        if good and (not month or (month.isdecimal() and 1 <= int(month) <= 12)):
            return cls(f"{int(year)}-{int(month):02d}" if month else year)
        return cls(f"{today:%Y-%m}")

    @property
    def month(self) -> date | None:
        return date.fromisoformat(f"{self.key}-01") if "-" in self.key else None

    @property
    def label(self) -> str:
        return f"{self.month.year}年{self.month.month}月" if self.month else f"{self.key}年"

    @property
    def title(self) -> str:
        return f"双公示{'月报' if self.month else '年报'}（{self.label}）"

    @property
    def bounds(self) -> tuple[date, date]:
        year = int(self.key[:4])
        return month_bounds(self.month) if self.month else (date(year, 1, 1), date(year, 12, 31))

    def report(self, actor: Actor) -> Report:
        month = self.month
        return monthly_report(month, actor=actor) if month else yearly_report(int(self.key), actor=actor)


def months_back(today: date, count: int = 24) -> list[date]:
    first, found = today.replace(day=1), []
    for _ in range(count):
        found.append(first)
        first = month_bounds(date.fromordinal(first.toordinal() - 1))[0]
    return found


@desk.page("reports/disclosure/", "disclosure_report", may=reads)
def disclosure_report(request: HttpRequest) -> HttpResponseBase:
    """Per agency and kind: produced, reported, missing, on time, late, published, rejected at first, zero reports."""
    today = timezone.localdate()
    period = Period.of(request.GET.get("period", ""), today)
    report = period.report(actor_of(request))
    years = [str(year) for year in range(today.year, FIRST_YEAR - 1, -1)]
    context = {
        "title": period.title, "period": period, "report": report, "notes": exports.notes(report),
        "columns": [(name, report.measures[name]) for name in _columns(report)],
        "rows": [_cells(row, report, period) for row in report.rows],
        "totals": [_cells(row, report, period) for row in report.totals],
        "months": [Period(f"{m:%Y-%m}") for m in months_back(today)], "years": [Period(year) for year in years],
        "district": len({row.agency_id for row in report.rows}) > 1, "may_declare": declares(actor_of(request)),
    }  # fmt: skip
    return render(request, "admin/disclosure/report.html", context)


def _columns(report: Report) -> list[str]:
    """The fixed ones, and what rooms above have added."""
    known = {*COLUMNS, "accepted_first", "received", "declared", "reported_declared"}
    return [*COLUMNS, *(name for name in report.measures if name not in known)]


def _cells(row: Row, report: Report, period: Period) -> dict[str, Any]:
    """Numbers of one row, in the page's order, each with the address of its rows."""
    cells = [
        {"label": report.measures[name], "value": row.shown(name), "url": _figure_of(row, name, period)}
        for name in _columns(report)
    ]
    return {"row": row, "cells": cells, "rates": row.rates}


def _figure_of(row: Row, name: str, period: Period) -> str:
    """Empty where there is nothing to open: zero, unknown, or a measure of a room above."""
    value = row.shown(name)
    return figure_url(period, name, row.agency_id, row.kind) if isinstance(value, int) and value else ""


def figure_url(period: Period, name: str, agency_id: int | None = None, kind: str = "") -> str:
    if name not in OPENED:
        return ""
    asked = {key: value for key, value in (("agency", agency_id), ("kind", kind)) if value}
    return reverse("admin:disclosure_figure", args=[period.key, name]) + (f"?{urlencode(asked)}" if asked else "")


@desk.page("reports/disclosure/<slug:period>.<slug:form>", "disclosure_report_file", may=reads)
def disclosure_report_file(request: HttpRequest, period: str, form: str) -> HttpResponseBase:
    """The report as it stands, as XLSX or CSV; who took it out is noted."""
    if form not in ("xlsx", "csv"):
        raise Invalid("unknown_format", "只能导出 XLSX 或 CSV。")
    actor, chosen = actor_of(request), Period.of(period, timezone.localdate())
    report = chosen.report(actor)
    entry = audit.Entry(None, f"{chosen.title}.{form}")
    audit.record_many("disclosure.report_exported", "disclosure.report", [entry], actor=actor)
    response: HttpResponse | StreamingHttpResponse
    if form == "xlsx":
        target = io.BytesIO()
        exports.write_xlsx(report, target, chosen.title)
        response = HttpResponse(target.getvalue(), content_type=XLSX)
    else:
        rows: list[Sequence[object]] = [*exports.lines(report), *([note] for note in exports.notes(report))]
        response = StreamingHttpResponse(
            stream_csv(exports.header(report), rows), content_type="text/csv; charset=utf-8"
        )
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{chosen.title}.{form}')}"
    return response


# ---- declarations ---------------------------------------------------------------------------------


def _agencies(actor: Actor) -> list[tuple[int, str]]:
    return list(Subject.objects.agencies().filter(pk__in=actor.unit_ids).order_by("name").values_list("pk", "name"))


@desk.page("reports/declare/", "declare_month", may=declares)
def declare_month(request: HttpRequest) -> HttpResponseBase:
    """月度申报: produced numbers of one month; zero is declared too."""
    actor, today = actor_of(request), timezone.localdate()
    agencies = _agencies(actor)
    if not agencies:
        raise Invalid("no_agency", "您的账号还没有所属单位，不能申报。请联系本单位的部门管理员增加成员。")
    months = months_back(today, 13)
    form = DeclarationForm(request.POST or None, agencies=agencies, months=months, initial=_asked(request, months))

    def act() -> HttpResponseBase:
        data = form.cleaned_data
        services.declare_month(data["agency"], data["month"], produced=form.produced(), basis=form.basis(), actor=actor)
        messages.success(request, f"{data['month'].year}年{data['month'].month}月的产生数量已申报。")
        return redirect("admin:declare_month")

    return form_page(
        request, form, act, title="月度申报", submit="申报", cancel=reverse("admin:disclosure_report"),
        intro="申报本单位当月作出的行政许可和行政处罚数量，作为“双公示”上报率的分母。没有产生的填0，即零报告。",
        template="admin/disclosure/declare.html", history=_history(agencies, months),
    )  # fmt: skip


def _asked(request: HttpRequest, months: list[date]) -> dict[str, str]:
    """The month asked for, else the last one that is over."""
    month = request.GET.get("month", "")
    return {"month": month if month in {m.isoformat() for m in months} else months[1].isoformat()}


def _history(agencies: list[tuple[int, str]], months: list[date]) -> list[dict[str, Any]]:
    """What was declared and reported, month by month, for each agency of this person."""
    names = dict(agencies)
    declared = {
        (d.agency_id, d.month, d.kind): d
        for d in MonthlyDeclaration.objects.filter(agency__in=names, month__gte=months[-1])
    }
    return [
        {
            "agency": name,
            "month": month,
            "licence": declared.get((pk, month, RecordKindCode.LICENCE)),
            "penalty": declared.get((pk, month, RecordKindCode.PENALTY)),
        }
        for pk, name in names.items()
        for month in months
    ]


# ---- first page -----------------------------------------------------------------------------------


def undeclared(actor: Actor, today: date) -> int:
    """Agencies of this person that have not declared last month."""
    month = months_back(today, 2)[1]
    done = MonthlyDeclaration.objects.filter(month=month, agency__in=actor.unit_ids).values_list("agency", "kind")
    return sum((pk, kind) not in set(done) for pk in actor.unit_ids for kind in services.KINDS)


def month_figures(actor: Actor, today: date) -> list[Figure]:
    """This month of the actor's agencies: produced, reported, published, on time."""
    report = monthly_report(today, actor=actor)
    total = {name: sum(row.measures[name] for row in report.totals) for name in report.measures}
    share = f"{100 * total['on_time'] / total['reported']:.1f}%" if total["reported"] else "—"
    declared = any(row.measures["declared"] for row in report.rows)
    produced = str(total["produced"]) if declared else "未申报"
    shown = (
        ("产生", "produced", produced, "单位自行申报的决定数量，月末申报"),
        ("报送", "reported", str(total["reported"]), "已提交审核的记录，按决定日期计"),
        ("公示", "published", str(total["published"]), "已在门户公示"),
        ("按时", "on_time", share, f"7个工作日内报送，按时{total['on_time']}条，迟报{total['late']}条"),
    )
    period = Period(f"{today:%Y-%m}")
    return [
        Figure(label, value, note, figure_url(period, name) if total[name] else "")
        for label, name, value, note in shown
    ]


desk.add_month(Month(reads, month_figures))
desk.add_queues(
    Queue("上月数量未申报", "按种类申报上月产生的决定数量，没有产生的申报零", "declare_month", declares, undeclared)
)
desk.add_places(
    Place(Section.SHARING, "双公示月报年报", "disclosure_report", reads, order=40),
    Place(Section.SHARING, "月度申报", "declare_month", declares, order=50),
)
