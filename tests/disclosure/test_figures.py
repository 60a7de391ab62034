"""Every figure of the report opens to its rows, and the rows are exactly as many as the figure says."""

from datetime import date
from typing import Any

from django.test import Client, TestCase
from django.utils import timezone

from disclosure import reports
from disclosure.admin.reports import COLUMNS
from disclosure.figures import OPENED
from disclosure.models import MonthlyDeclaration
from records import services
from records.models import ImportBatch, ImportRow
from tests.factories.records import (
    draft_licence,
    draft_penalty,
    published_licence,
    published_penalty,
    submitted_penalty,
)
from tests.people import Cast, make_cast

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def other_penalty(cast: Cast, **fields: Any) -> None:
    """Reported late by the other agency."""
    record = draft_penalty(cast.other_agency, clerk=cast.other_clerk, **fields)
    services.submit(record.pk, actor=cast.other_clerk, today=date(2026, 11, 20))


def rejected(cast: Cast, agency: Any, month: date, *statuses: str) -> None:
    batch = ImportBatch.objects.create(importer="penalty", agency=agency, filename="a.xlsx", digest="x")
    for number, status in enumerate(statuses, start=2):
        ImportRow.objects.create(
            batch=batch, number=number, cells=["示例"], status=status, failed_first=True, month=month
        )
    ImportRow.objects.create(batch=batch, number=99, cells=[], status="committed", failed_first=False, month=month)


class FigureTests(TestCase):
    cast: Cast

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = cast = make_cast()
        published_penalty(cast)
        published_licence(cast)
        published_penalty(cast, tier="minor")  # lawfully not published
        submitted_penalty(cast, today=date(2026, 11, 20))  # late
        submitted_penalty(cast, today=date(2026, 11, 11))  # on the last day
        draft_penalty(cast.agency, clerk=cast.clerk)  # not reported
        discarded = submitted_penalty(cast)
        services.return_(discarded.pk, actor=cast.reviewer, reason="重复")
        services.discard(discarded.pk, actor=cast.clerk, reason="重复")
        published_penalty(cast, decided_on=date(2026, 10, 15), today=date(2026, 10, 20))
        draft_licence(cast.agency, clerk=cast.clerk, decided_on=date(2025, 12, 30))
        other_penalty(cast)
        for agency, kind, month, produced in (
            (cast.agency, "penalty", NOVEMBER, 5), (cast.agency, "licence", NOVEMBER, 1),
            (cast.agency, "licence", OCTOBER, 0), (cast.agency, "penalty", OCTOBER, 4),
            (cast.other_agency, "penalty", NOVEMBER, 7), (cast.other_agency, "licence", NOVEMBER, 0),
        ):  # fmt: skip
            MonthlyDeclaration.objects.create(agency=agency, kind=kind, month=month, produced=produced)
        rejected(cast, cast.agency, NOVEMBER, "invalid", "committed", "dropped")
        rejected(cast, cast.other_agency, OCTOBER, "invalid")

    def _client(self, name: str) -> Client:
        client = Client()
        client.force_login(self.cast.users[name])
        return client

    def _opened(self, name: str, period: str) -> list[tuple[str, int]]:
        """Every figure of the page with its number, opened: the number there is the same."""
        client = self._client(name)
        page = client.get("/staff/reports/disclosure/", {"period": period})
        wrong, seen = [], []
        for line in (*page.context["rows"], *page.context["totals"]):
            for name_, cell in zip((n for n, _ in page.context["columns"]), line["cells"], strict=True):
                if not cell["url"]:
                    assert not isinstance(cell["value"], int) or not cell["value"], (name_, cell)
                    continue
                there = client.get(cell["url"])
                shown = [row for row in there.context["rows"]]
                counted = sum(r.number for r in shown) if there.context["shape"] == "months" else len(shown)
                if not there.context["total"] == cell["value"] == counted:
                    wrong.append((cell["url"], cell["value"], there.context["total"], counted))
                seen.append((name_, cell["value"]))
        assert not wrong
        return seen

    def test_each_number_of_the_district_is_the_number_of_its_rows(self) -> None:
        for period in ("2026-11", "2026-10", "2026"):
            seen = self._opened("office", period)
            assert {name for name, _ in seen} == set(COLUMNS) - ({"late", "withheld"} if period == "2026-10" else set())

    def test_each_number_of_a_department_is_the_number_of_its_own_rows(self) -> None:
        assert {name for name, _ in self._opened("clerk", "2026")} == set(COLUMNS)
        assert dict(self._opened("clerk", "2026"))["produced"] == 9
        assert ("late", 1) in self._opened("other_clerk", "2026-11")

    def test_every_column_of_the_page_can_be_opened(self) -> None:
        assert set(COLUMNS) <= OPENED <= set(reports.MEASURES)

    def test_another_agencys_figures_do_not_exist_for_a_department(self) -> None:
        client = self._client("clerk")
        path = "/staff/reports/disclosure/2026-11/late/"
        assert client.get(path, {"agency": self.cast.other_agency.pk}).status_code == 404
        rows = client.get(path).context["rows"]
        assert {row["record"].agency_id for row in rows} == {self.cast.agency.pk}

    def test_what_is_no_figure_is_not_found(self) -> None:
        client = self._client("office")
        for path in ("2026-11/nothing/", "2026-11/late/?kind=promise", "2026-11/late/?agency=x"):
            assert client.get(f"/staff/reports/disclosure/{path}").status_code == 404

    def test_a_month_says_what_is_missing_of_it(self) -> None:
        page = self._client("clerk").get("/staff/reports/disclosure/2026/missing/", {"kind": "penalty"})
        assert [(r.declaration.month, r.reported, r.missing) for r in page.context["rows"]] == [
            (NOVEMBER, 4, 1), (OCTOBER, 1, 3),
        ]  # fmt: skip

    def test_long_lists_are_read_page_by_page(self) -> None:
        client, seen, after = self._client("clerk"), 0, ""
        rejected(self.cast, self.cast.agency, NOVEMBER, *["invalid"] * 60)
        while True:
            page = client.get("/staff/reports/disclosure/2026-11/rejected_first/", {"after": after})
            seen += len(page.context["rows"])
            after = page.context["following"]
            if not after:
                break
        assert seen == page.context["total"] == 63

    def test_the_first_pages_month_opens_too(self) -> None:
        page = self._client("clerk").get("/staff/")
        today = timezone.localdate()
        for figure in page.context["figures"]:
            if figure.url:
                assert figure.url.startswith(f"/staff/reports/disclosure/{today:%Y-%m}/")
                assert self._client("clerk").get(figure.url).status_code == 200
