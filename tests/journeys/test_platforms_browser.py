"""Journeys 4 and 5 in a real browser: three platforms' receipts, correction, withdrawal; the monthly report."""

import csv
from collections.abc import Iterator
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from disclosure.services import declare_month
from records import imports, services
from records.models import ImportBatch
from sharing.payload import record_key
from tests.factories.records import draft_penalty, make_subject, submitted_penalty
from tests.journeys.test_staff_browser import sign_in
from tests.people import Cast, make_cast
from tests.sharing.receivers import COMPANY, Receiver
from tests.sharing.street import ALGORITHMS, deliver_due, platforms_setting
from tests.support.disclosure_tables import penalty_row, workbook

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TODAY = timezone.localdate()
TEXT = "未查询到主体或查询到的主体信息不匹配"
REASON, BASIS = "处罚决定经行政复议被依法撤销。", "惠城府行复〔2026〕8号行政复议决定书"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


@pytest.fixture
def receivers(settings: Any) -> Iterator[dict[str, Receiver]]:
    """The three stand-in platforms, each a process of its own."""
    started: dict[str, Receiver] = {}
    try:
        for code, algorithm in ALGORITHMS.items():
            started[code] = Receiver(code, algorithm).start()
        settings.SHARING_PLATFORMS = platforms_setting(started)
        yield started
    finally:
        for receiver in started.values():
            receiver.close()


@pytest.fixture
def second_page(chromium: "Browser") -> Iterator["Page"]:
    """The other person's browser; nobody signs out and in again on one machine."""
    context = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def receipts(page: "Page", address: str) -> list[str]:
    """What the record's own page says about each platform, a line each."""
    page.goto(address)
    table = page.get_by_role("table", name="各平台的报送状态和回执")
    return [row.inner_text().replace("\n", " ") for row in table.locator("tbody tr").all()]


def accept_the_change(page: "Page", live_server: Any) -> None:
    page.goto(f"{live_server.url}/staff/changes/")
    page.locator("main table a").first.click()
    page.get_by_role("button", name="同意，立即生效").click()
    page.get_by_text("已同意，变更立即生效").wait_for()


@pytest.mark.console_errors  # Chromium writes the 410 of the withdrawn page to the console
def test_a_refused_penalty_is_corrected_and_then_withdrawn_everywhere(
    cast: Cast, receivers: dict[str, Receiver], page: "Page", second_page: "Page", live_server: Any
) -> None:
    company = make_subject("惠州市惠城区某某商贸有限公司", code=COMPANY)
    record = submitted_penalty(cast, company, today=TODAY, decided_on=TODAY, effective_to=date(2099, 12, 31))
    staff_page, public_page = (f"{live_server.url}/{door}records/{record.pk}/" for door in ("staff/", ""))
    refusal = {"match": {"CF_WSH": record.document_number}, "code": "1001", "column": "CF_XDR_MC", "text": TEXT}
    receivers["municipal"].control(refuse=[refusal])
    reviewer, clerk = page, second_page
    sign_in(reviewer, live_server, "reviewer")
    sign_in(clerk, live_server, "clerk")

    reviewer.goto(staff_page)
    reviewer.get_by_role("button", name="审核通过").click()
    reviewer.get_by_text("已审核通过并公示").wait_for()
    deliver_due()
    lines = receipts(reviewer, staff_page)
    refused = [line for line in lines if "退回" in line]
    assert len(lines) == 3 and len(refused) == 1
    assert all(word in refused[0] for word in ("第1版", "CF_XDR_MC", "代码 1001", TEXT))
    assert sum("已入库" in line for line in lines) == 2

    clerk.goto(staff_page)
    clerk.get_by_role("link", name="申请更正").click()
    clerk.locator("[name=violation_type]").fill("未按规定公示年度报告")
    clerk.locator("[name=reason]").fill("违法行为类型与决定书不一致，按决定书更正。")
    clerk.get_by_role("button", name="提出申请").click()
    clerk.get_by_text("更正申请已提出").wait_for()
    receivers["municipal"].control(refuse=[])
    accept_the_change(reviewer, live_server)
    deliver_due()
    lines = receipts(reviewer, staff_page)
    assert len(lines) == 3 and all("已入库" in line and "第2版" in line for line in lines), lines
    key = record_key(record.pk, "441302")
    assert [receiver.manifest()[key][0] for receiver in receivers.values()] == [2, 2, 2]

    clerk.goto(staff_page)
    clerk.get_by_role("link", name="申请撤下").click()
    clerk.locator("main form").evaluate("form => { form.noValidate = true }")
    clerk.get_by_role("button", name="提出申请").click()
    clerk.get_by_text("请填写撤下原因。").wait_for()
    clerk.get_by_text("请填写依据。").wait_for()
    clerk.locator("[name=reason]").fill(REASON)
    clerk.locator("[name=basis]").fill(BASIS)
    clerk.get_by_role("button", name="提出申请").click()
    clerk.get_by_text("撤下申请已提出").wait_for()
    assert clerk.get_by_role("button", name="同意，立即生效").count() == 0  # not by the same person
    accept_the_change(reviewer, live_server)

    answer = reviewer.goto(public_page)
    assert answer is not None and answer.status == 410 and REASON in reviewer.locator("main").inner_text()
    reviewer.goto(f"{live_server.url}/corrections/")
    reviewer.get_by_text(f"原因：{REASON}").wait_for()
    for address in ("/disclosure/penalties/", f"/search/?q={record.document_number}"):
        reviewer.goto(live_server.url + address)
        assert reviewer.locator(f'a[href*="/records/{record.pk}/"]').count() == 0, address
    deliver_due()
    lines = receipts(reviewer, staff_page)
    assert len(lines) == 3 and all("已撤回" in line for line in lines), lines
    assert all(receiver.manifest()[key][2] for receiver in receivers.values())


def a_month_of_penalties(cast: Cast) -> None:
    """November 2026: one on time, one late, both public; one returned, one draft, one bad row; eight were decided."""
    for day in (date(2026, 11, 9), date(2026, 11, 20)):
        record = submitted_penalty(cast, today=day)
        services.approve(record.pk, actor=cast.reviewer, today=day)
    services.return_(submitted_penalty(cast).pk, actor=cast.reviewer, reason="请补充违法事实")
    draft_penalty(cast.agency, clerk=cast.clerk)
    bad = workbook("penalty", [penalty_row(1, decided_on="2026-11-03", penalty_category="无此类别")])
    clerk = Client()
    clerk.force_login(cast.users["clerk"])
    file = SimpleUploadedFile("处罚.xlsx", bad.getvalue())
    clerk.post("/staff/import/", {"kind": "penalty", "agency": cast.agency.pk, "file": file})
    imports.check_batch(ImportBatch.objects.get().pk, today=date(2026, 11, 20))
    numbers = {"penalty": 8, "licence": 0}
    declare_month(cast.agency.pk, date(2026, 11, 1), produced=numbers, actor=cast.clerk, today=date(2026, 12, 1))


def download(page: "Page", name: str) -> bytes:
    with page.expect_download() as started:
        page.get_by_role("link", name=name).click()
    return Path(started.value.path()).read_bytes()


def as_text(table: list[list[Any]]) -> list[list[str]]:
    return [["" if cell is None else str(cell) for cell in line] for line in table]


def test_the_credit_office_reads_the_monthly_report_and_takes_it_out(
    cast: Cast, page: "Page", live_server: Any
) -> None:
    a_month_of_penalties(cast)
    sign_in(page, live_server, "office")
    page.get_by_role("link", name="双公示月报年报").click()
    page.goto(f"{live_server.url}/staff/reports/disclosure/?period=2026-11")
    page.get_by_role("heading", name="双公示月报（2026年11月）").wait_for()
    table = page.locator("main table")
    header = table.locator("thead th").all_inner_texts()
    shown = [
        # below a percentage stand the two numbers that were divided
        dict(zip(header, [cell.split("\n")[0] for cell in row.locator("th, td").all_inner_texts()], strict=True))
        for row in table.locator("tbody tr").all()
    ]
    penalties = next(line for line in shown if line["种类"] == "行政处罚")
    assert penalties["单位"] == cast.agency.name
    expected = {"产生数量（自行申报）": "8", "按时报送": "2", "迟报": "1", "公示数量": "2", "首次未通过": "1"}
    assert expected.items() <= penalties.items(), penalties
    assert next(line for line in shown if line["种类"] == "行政许可")["零报告月数"] == "1"
    formulas = page.get_by_role("heading", name="指标怎样计算").locator("xpath=..").locator("li").all_inner_texts()
    assert len([line for line in formulas if " ÷ " in line and "依据：" in line]) == 5, formulas
    assert any("只计一次" in line for line in formulas)

    text = download(page, "下载 CSV").decode("utf-8-sig")
    from_csv = list(csv.reader(StringIO(text)))
    sheet = openpyxl.load_workbook(BytesIO(download(page, "下载 XLSX"))).active
    assert sheet is not None
    from_xlsx = as_text([list(row) for row in sheet.iter_rows(min_row=3, values_only=True)])
    assert all(line in text for line in formulas)
    for name, file in (("CSV", from_csv), ("XLSX", from_xlsx)):
        taken = [dict(zip(file[0], line, strict=False)) for line in file[1 : 1 + len(shown)]]
        assert [{label: line[label] for label in header} for line in taken] == shown, name
