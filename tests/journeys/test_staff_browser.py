"""The staff's pages in a real browser: the wizard, entry with its deadline, review. All pages: tests/staff."""

from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from records import imports
from records.models import CreditRecord, ImportBatch
from tests.people import PASSWORD, Cast, make_cast
from tests.support.disclosure_tables import penalty_row, workbook

if TYPE_CHECKING:
    from playwright.sync_api import Page

TODAY = timezone.localdate()


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def sign_in(page: "Page", live_server: Any, name: str) -> None:
    page.goto(f"{live_server.url}/staff/login/")
    page.get_by_label("登录名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def test_a_workbook_is_imported_and_reviewed(cast: Cast, page: "Page", live_server: Any) -> None:
    rows = [penalty_row(n, decided_on=TODAY.isoformat(), effective_to="2099-12-31") for n in (1, 2)]
    rows.append(penalty_row(3, decided_on=TODAY.isoformat(), effective_to="2099-12-31", penalty_category="无此类别"))
    sign_in(page, live_server, "clerk")
    page.get_by_role("link", name="导入双公示").click()
    page.get_by_label("行政处罚", exact=True).check()
    file = {"name": "处罚.xlsx", "mimeType": "application/octet-stream", "buffer": workbook("penalty", rows).getvalue()}
    page.get_by_label("文件").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="上传并检查").click()
    page.locator("#progress").wait_for()
    batch = ImportBatch.objects.get()
    imports.check_batch(batch.pk, today=TODAY)
    page.get_by_role("heading", name="逐行结果").wait_for()  # the page noticed by itself
    page.get_by_role("link", name="改正").click()
    page.get_by_label("处罚类别").fill("罚款")
    page.get_by_role("button", name="保存并重新检查").click()
    page.get_by_role("button", name="将 3 行入库").click()
    page.locator("#progress").wait_for()
    imports.run_commit(batch.pk, today=TODAY)
    page.get_by_role("heading", name="入库回执").wait_for()
    page.get_by_role("button", name="退出").click()

    sign_in(page, live_server, "reviewer")
    page.get_by_role("link", name="待我审核").click()
    page.get_by_label("全选本页").check()
    page.get_by_role("button", name="处理所选…").click()
    page.get_by_role("button", name="全部审核通过").click()
    page.get_by_text("已审核通过3条").wait_for()
    assert set(CreditRecord.objects.values_list("status", flat=True)) == {"published"}


def test_the_form_shows_the_deadline_while_the_day_is_typed(cast: Cast, page: "Page", live_server: Any) -> None:
    sign_in(page, live_server, "clerk")
    page.goto(f"{live_server.url}/staff/entry/penalty/")
    page.get_by_label("处罚决定日期").fill("2026-11-02")
    page.get_by_label("处罚决定日期").blur()
    page.get_by_text("公示期限：2026年11月11日").wait_for()
    page.get_by_label("罚款金额（万元）", exact=False).first.fill("0.2")
    page.get_by_text("合 2,000.00 元").wait_for()
    page.get_by_label("行政相对人类别").select_option("自然人")
    assert page.get_by_label("法定代表人证件类型").is_hidden() and page.get_by_label("证件号码").last.is_visible()
