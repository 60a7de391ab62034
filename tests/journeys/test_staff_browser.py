"""The staff's pages in a real browser: the wizard, entry with its deadline, review; axe and narrow screens."""

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from records import imports, services
from records.models import CreditRecord, DuplicateCandidate, ImportBatch, Subject
from tests.factories.records import make_subject, published_penalty, submitted_penalty
from tests.factories.registry import id_number, make_tenure
from tests.people import PASSWORD, Cast, make_cast
from tests.support.disclosure_tables import penalty_row, table, workbook

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


PAGES = (
    "/staff/", "/staff/entry/licence/", "/staff/entries/", "/staff/review/", "/staff/published/", "/staff/changes/",
    "/staff/import/", "/staff/imports/", "/staff/reports/disclosure/", "/staff/records/subject/",
    "/staff/records/publicationrule/", "/staff/core/rule/", "/staff/core/calendaryear/", "/staff/agencies/",
    "/staff/records/officialprofile/", "/staff/officials/new/", "/staff/registry/import/", "/staff/duplicates/",
    "/staff/merges/",
)  # fmt: skip


def registry_pages(cast: Cast) -> tuple[str, ...]:
    """One of everything of the registry."""
    tenure = make_tenure(cast.agency, 1, date(2020, 1, 1), is_head=True)
    make_tenure(cast.agency, 1, date(2021, 1, 1), post="主任")
    one, other = make_subject(), make_subject(kind="other_organisation")
    Subject.objects.filter(pk=other.pk).update(code=None)
    evidence = [{"ground": "same_name", "text": "名称相同"}]
    pair = DuplicateCandidate.objects.create(first=one, second=other, score=80, evidence=evidence)
    agency, official = f"/staff/agencies/{cast.agency.pk}/", f"/staff/officials/{tenure.official_id}/"
    return (
        agency, f"{agency}edit/", f"{agency}confirm/", f"{agency}succession/", f"{agency}roster/", f"{official}tenure/",
        f"{official}state/", f"/staff/records/officialprofile/{tenure.official_id}/change/",
        f"/staff/tenures/{tenure.pk}/", f"/staff/duplicates/{pair.pk}/", f"/staff/duplicates/{pair.pk}/different/",
    )  # fmt: skip


@pytest.mark.console_errors  # some of these pages are not for some of these people
def test_staff_pages_pass_axe_and_never_scroll_sideways(cast: Cast, page: "Page", live_server: Any) -> None:
    waiting, published = submitted_penalty(cast), published_penalty(cast, make_subject())
    change = services.propose_withdrawal(published.pk, actor=cast.clerk, reason="决定被撤销")
    own = (f"/staff/records/{waiting.pk}/", f"/staff/records/{waiting.pk}/return/", f"/staff/changes/{change.pk}/")
    own += registry_pages(cast)
    axe, found = Axe(), []
    for name, pages in (("clerk", PAGES[1:7]), ("office", (*PAGES, *own)), ("auditor", ("/staff/audit/",))):
        page.context.clear_cookies()
        sign_in(page, live_server, name)
        for address in pages:
            page.set_viewport_size({"width": 1440, "height": 900})
            response = page.goto(live_server.url + address)
            if response is None or response.status != 200:
                continue
            results = axe.run(page)
            if results.violations_count:
                found.append(f"{address}: {results.generate_report()}")
            page.set_viewport_size({"width": 360, "height": 900})
            if (wide := page.evaluate("document.documentElement.scrollWidth")) > 360:
                found.append(f"{address}: {wide} px on 360")
    assert not found, "\n".join(found)


def test_a_roster_is_imported_and_every_row_says_what_it_changes(cast: Cast, page: "Page", live_server: Any) -> None:
    """An official moves post: the workbook shows old → new before anything is written."""
    make_tenure(cast.agency, 1, date(2020, 1, 1))
    header = ["姓名", "证件号码", "职务", "任职起", "任职止", "任免文号"]
    rows = [
        ["欧阳示例1", id_number(1), "科长", "2020-01-01", "2026-05-31", "惠城府任〔2026〕8号"],
        ["欧阳示例1", id_number(1), "副局长", "2026-06-01", None, "惠城府任〔2026〕8号"],
        ["欧阳示例2", None, "科员", "2024-01-01", None, None],
    ]
    sign_in(page, live_server, "agency_admin")
    page.get_by_role("link", name="导入机构和名册").click()
    page.get_by_label("公务员名册", exact=True).check()
    file = {"name": "名册.xlsx", "mimeType": "application/octet-stream", "buffer": table(header, rows).getvalue()}
    page.get_by_label("文件").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="上传并检查").click()
    page.locator("#progress").wait_for()
    batch = ImportBatch.objects.get()
    imports.check_batch(batch.pk, today=TODAY)
    page.get_by_role("heading", name="逐行结果").wait_for()
    page.get_by_text("同名不会自动对应").wait_for()
    page.get_by_role("link", name="可入库（2）").click()
    page.get_by_text("任职止 （空） → 2026-05-31").wait_for()
    page.get_by_role("button", name="先将可入库的 2 行入库").click()
    page.locator("#progress").wait_for()
    imports.run_commit(batch.pk, today=TODAY)
    page.get_by_role("heading", name="入库回执").wait_for()
    page.get_by_role("link", name="公务员档案").click()
    page.get_by_role("link", name="欧阳示例1").click()
    page.get_by_role("heading", name="任职经历").wait_for()
    shown = page.locator("tbody tr").all_inner_texts()
    assert "副局长" in shown[0] and "科长" in shown[1] and "2026年5月31日" in shown[1]
    assert id_number(1) not in page.content()
