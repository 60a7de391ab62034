"""The month's figures: every measure counted from rows that the test made, every rate from a declared formula."""

import io
import zipfile
from datetime import date

from django.test import TestCase

from core.models import Rule
from disclosure import exports, reports
from disclosure.models import MonthlyDeclaration
from records.models import ImportBatch, ImportRow, Subject
from tests.factories.records import draft_penalty, published_penalty, submitted_penalty
from tests.people import make_cast

NOVEMBER = date(2026, 11, 1)


class MonthlyReportTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        agency = cls.cast.agency
        published_penalty(cls.cast)  # on time: decided 2 November, reported 9 November
        published_penalty(cls.cast, tier="minor")  # reported, lawfully not published
        submitted_penalty(cls.cast, today=date(2026, 11, 20))  # late
        draft_penalty(agency, clerk=cls.cast.clerk)  # not reported
        published_penalty(cls.cast, decided_on=date(2026, 10, 15))  # another month
        for kind, produced in (("penalty", 5), ("licence", 0)):
            MonthlyDeclaration.objects.create(agency=agency, kind=kind, month=NOVEMBER, produced=produced)
        batch = ImportBatch.objects.create(importer="penalty", agency=agency, filename="a.xlsx", digest="x")
        for number, status, record in ((2, "invalid", None), (3, "committed", 1)):
            ImportRow.objects.create(
                batch=batch, number=number, cells=[], status=status, failed_first=True, month=NOVEMBER, record_id=record
            )

    def _row(self, kind: str) -> reports.Row:
        report = reports.monthly_report(NOVEMBER, actor=self.cast.office)
        return next(r for r in report.rows if r.kind == kind)

    def test_measures(self) -> None:
        m = self._row("penalty").measures
        assert (m["produced"], m["reported"], m["on_time"], m["late"]) == (5, 3, 2, 1)
        assert (m["published"], m["withheld"], m["missing"]) == (1, 1, 2)
        assert (m["received"], m["rejected_first"], m["accepted_first"]) == (4, 2, 2)

    def test_zero_report(self) -> None:
        m = self._row("licence").measures
        assert (m["declared"], m["zero_reports"], m["reported"]) == (1, 1, 0)

    def test_rates_show_what_was_divided_by_what(self) -> None:
        rates = {r.code: r for r in self._row("penalty").rates}
        assert (rates["kpi.on_time_rate"].numerator, rates["kpi.on_time_rate"].denominator) == (2, 3)
        assert rates["kpi.on_time_rate"].percent == "66.7%" and rates["kpi.missing_rate"].percent == "40.0%"
        assert {r.code: r for r in self._row("licence").rates}["kpi.on_time_rate"].percent == "—"

    def test_a_formula_changed_by_a_dated_row_changes_the_rate(self) -> None:
        Rule.objects.filter(code="kpi.on_time_rate").update(in_force_to=date(2026, 11, 14))
        Rule.objects.create(
            code="kpi.on_time_rate",
            title="上报及时率",
            value={"numerator": "on_time", "denominator": "produced"},
            in_force_from=date(2026, 11, 15),  # the formula in force on the last day holds for the month
            basis="测试",
        )
        rate = {r.code: r for r in self._row("penalty").rates}["kpi.on_time_rate"]
        assert (rate.numerator, rate.denominator) == (2, 5)

    def test_a_department_sees_its_own_row_only(self) -> None:
        assert not reports.monthly_report(NOVEMBER, actor=self.cast.other_clerk).rows
        assert reports.monthly_report(NOVEMBER, actor=self.cast.clerk).rows

    def test_what_was_not_declared_is_unknown_on_the_page_and_in_the_file(self) -> None:
        MonthlyDeclaration.objects.filter(kind="penalty").delete()
        report = reports.monthly_report(NOVEMBER, actor=self.cast.office)
        row = next(r for r in report.rows if r.kind == "penalty")
        assert (row.shown("produced"), row.shown("missing"), row.shown("reported")) == ("未申报", "未申报", 3)
        line = next(ln for ln in exports.lines(report) if ln[0] == row.agency and ln[1] == "行政处罚")
        assert line[2] == "未申报"

    def test_a_name_in_the_workbook_is_never_a_formula(self) -> None:
        Subject.objects.filter(pk=self.cast.agency.pk).update(name="=HYPERLINK(1)示例局")
        target = io.BytesIO()
        exports.write_xlsx(reports.monthly_report(NOVEMBER, actor=self.cast.office), target, "月报")
        with zipfile.ZipFile(target) as package:
            assert "<f>" not in package.read("xl/worksheets/sheet1.xml").decode()
            assert "=HYPERLINK(1)示例局" in package.read("xl/sharedStrings.xml").decode()

    def test_totals_add_up_and_take_a_fixed_number_of_queries(self) -> None:
        with self.assertNumQueries(5):
            report = reports.public_report(NOVEMBER, date(2026, 11, 30))
        total = next(r for r in report.totals if r.kind == "penalty")
        assert total.measures["reported"] == 3 and total.agency == "全区合计"
