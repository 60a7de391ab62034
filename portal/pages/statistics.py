"""数据与统计: few charts, each answers a question written above it, with its table, formula and download."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.formats import percent
from disclosure.reports import COUNTED_ONCE, Report, Row, month_bounds, public_report
from portal.environment import subject_url
from portal.kept import kept
from portal.pages.rows import Option, address, years
from records.choices import RecordKindCode

KEEP_SECONDS = 300
SHOWN = ("produced", "reported", "on_time", "late", "published")
CHART_AGENCIES = 15


@dataclass(slots=True)
class Chart:
    key: str
    question: str
    answer: str
    columns: list[str]
    rows: list[list[str]]
    formula: str
    links: list[str] = field(default_factory=list)  # of the rows' first cells
    data: dict[str, Any] = field(default_factory=dict)
    csv_url: str = ""
    empty: str = "这一时段还没有数据。"


@dataclass(frozen=True, slots=True)
class Period:
    """A year, or one month of it."""

    year: int
    month: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, str], today: date) -> "Period":
        year, month = query.get("year", ""), query.get("month", "")
        chosen = int(year) if year.isascii() and year.isdigit() and 1949 <= int(year[:6]) <= 2100 else today.year
        number = int(month) if month.isascii() and month.isdigit() and 1 <= int(month[:3]) <= 12 else None
        return cls(chosen, number)

    @property
    def bounds(self) -> tuple[date, date]:
        if self.month:
            return month_bounds(date(self.year, self.month, 1))
        return date(self.year, 1, 1), date(self.year, 12, 31)

    @property
    def label(self) -> str:
        return f"{self.year}年{self.month}月" if self.month else f"{self.year}年"

    @property
    def query(self) -> str:
        return f"year={self.year}" + (f"&month={self.month}" if self.month else "")


def statistics_page(period: Period, *, path: str, today: date) -> dict[str, Any]:
    charts = [months_chart(period, today), agencies_chart(period)]
    for chart in charts:
        chart.csv_url = address(f"{path}export.csv", period.query, f"chart={chart.key}")
    return {
        "lead": f"{period.label}作出的行政许可和行政处罚，按作出决定的日期统计。点单位名称可以看到每一件。",
        "filters": [
            Option("year", "年份", tuple((y, f"{y}年") for y in years(today)), period.year, "今年"),
            Option("month", "月份", tuple((m, f"{m}月") for m in range(1, 13)), period.month or "", "全年"),
        ],
        "charts": charts,
    }


def chart_named(key: str, period: Period, today: date) -> Chart:
    return months_chart(period, today) if key == "months" else agencies_chart(period)


def _report(first: date, last: date) -> Report:
    return kept(f"report:{first}:{last}", KEEP_SECONDS, lambda: public_report(first, last))


def months_chart(period: Period, today: date) -> Chart:
    """每月: how many decisions of each kind, and the share reported in time."""
    last = today.month if period.year == today.year else 12
    rows, series = [], {"行政许可": [], "行政处罚": [], "按时报送率": []}  # type: ignore[var-annotated]
    reported = on_time = 0
    for number in range(1, (last if period.year <= today.year else 0) + 1):
        totals = {t.kind: t for t in _report(*month_bounds(date(period.year, number, 1))).totals}
        licences, penalties = totals[RecordKindCode.LICENCE].measures, totals[RecordKindCode.PENALTY].measures
        count, timely = licences["reported"] + penalties["reported"], licences["on_time"] + penalties["on_time"]
        reported, on_time = reported + count, on_time + timely
        cells = [licences["reported"], penalties["reported"], count, timely, count - timely]
        rows.append([f"{number}月", *(f"{c:,}" for c in cells), percent(timely, count)])
        series["行政许可"].append(licences["reported"])
        series["行政处罚"].append(penalties["reported"])
        series["按时报送率"].append(round(100 * timely / count, 1) if count else None)
    answer = (
        f"{period.year}年共报送 {reported:,} 件，其中 {on_time:,} 件在 7 个工作日内，占 {percent(on_time, reported)}。"
        if reported
        else f"{period.year}年还没有报送。"
    )
    return Chart(
        "months",
        f"{period.year}年各月作出了多少决定，是否按时报送？",
        answer,
        ["月份", "行政许可", "行政处罚", "合计", "按时", "迟报", "按时报送率"],
        rows if reported else [],
        "按时报送率 = 自作出决定之日起 7 个工作日内报送的件数 ÷ 报送件数。",
        [],
        {"categories": [f"{n}月" for n in range(1, len(rows) + 1)], "bars": ["行政许可", "行政处罚"],
         "line": "按时报送率", "series": series},
    )  # fmt: skip


def agencies_chart(period: Period) -> Chart:
    """各单位: the declared measures and rates, in the order of the number reported."""
    report = _report(*period.bounds)
    ordered = sorted(report.rows, key=lambda r: -r.measures["reported"])
    rates = [rule.title for rule in report.formulas]
    words = report.measures
    formulas = [
        f"{f.title} = {words.get(f.value['numerator'], '')} ÷ {words.get(f.value['denominator'], '')}"
        for f in report.formulas
    ]
    return Chart(
        "agencies",
        f"{period.label}各单位公示得怎么样？",
        _worst(ordered, period),
        ["单位", "种类", *(report.measures[m] for m in SHOWN), *rates],
        [_cells(row) for row in (*ordered, *(t for t in report.totals if t.measures["reported"]))] if ordered else [],
        "；".join(formulas) + f"。{COUNTED_ONCE}" if formulas else "",
        [subject_url(row.agency_id) for row in ordered if row.agency_id],
        _stacked(ordered),
    )


def _cells(row: Row) -> list[str]:
    return [
        row.agency,
        row.kind_label,
        *(value if isinstance(value := row.shown(m), str) else f"{value:,}" for m in SHOWN),
        *(rate.percent for rate in row.rates),
    ]


def _worst(rows: list[Row], period: Period) -> str:
    late = sum(r.measures["late"] for r in rows)
    units = {r.agency for r in rows if r.measures["late"]}
    if not rows:
        return f"{period.label}还没有单位报送或申报。"
    if not late:
        return f"{period.label}有 {len({r.agency for r in rows})} 个单位报送，全部按时。"
    return f"{period.label}有 {len({r.agency for r in rows})} 个单位报送，其中 {len(units)} 个单位共迟报 {late:,} 件。"


def _stacked(rows: list[Row]) -> dict[str, Any]:
    by_agency: dict[str, list[int]] = {}
    for row in rows:
        sums = by_agency.setdefault(row.agency, [0, 0])
        sums[0] += row.measures["on_time"]
        sums[1] += row.measures["late"]
    top = sorted(by_agency.items(), key=lambda item: -sum(item[1]))[:CHART_AGENCIES]
    return {
        "categories": [name for name, _ in top],
        "bars": ["按时", "迟报"],
        "stacked": True,
        "horizontal": True,
        "series": {"按时": [v[0] for _, v in top], "迟报": [v[1] for _, v in top]},
    }
