"""A promotion list of two hundred names is checked in a real browser; the auditor finds it; the printed result verifies
later and says what changed. So does the report of one file."""

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from creditfiles.models import CreditReport, Lookup, QueryLog
from records import services as ledger
from records.choices import Visibility
from records.models import CreditRecord, Subject
from records.rosters import Post
from records.services.officials import enter_posts
from tests.factories.records import make_subject, published_penalty
from tests.factories.registry import SYSTEM, id_number
from tests.journeys.test_policy_browser import looked_at
from tests.journeys.test_staff_browser import sign_in
from tests.people import Cast, make_cast

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAMES = 200


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def staffed(cast: Cast) -> list[str]:
    """Two hundred officials of the agency; lines by number, by agency, and a few by name alone."""
    posts = [
        Post(cast.agency.pk, "科员", date(2020, 1, 1), name=f"欧阳示例{n}", id_number=id_number(n + 100))
        for n in range(NAMES)
    ]
    enter_posts(posts, actor=SYSTEM, today=date(2026, 11, 25))
    lines = []
    for n, post in enumerate(posts):
        by = post.id_number if n % 2 else cast.agency.name
        lines.append(post.name if n % 50 == 0 else f"{post.name}\t{by}")
    return lines


def recorded(cast: Cast) -> CreditRecord:
    """A decision about the second of them, which a publication rule has opened to authorised purposes."""
    record = published_penalty(cast, Subject.objects.get(name="欧阳示例1"))
    CreditRecord.objects.filter(pk=record.pk).update(visibility=Visibility.AUTHORISED)
    return record


@pytest.mark.console_errors  # a form sent without a reference answers 400
def test_a_promotion_list_is_checked_and_the_auditor_finds_it(cast: Cast, page: "Page", live_server: Any) -> None:
    lines = staffed(cast)
    first = recorded(cast)
    found: list[str] = []

    sign_in(page, live_server, "office")
    page.get_by_role("link", name="名单查询", exact=True).first.click()
    page.get_by_role("link", name="查询一份名单").click()
    looked_at(page, "lookup-new", found)
    page.get_by_label("公务员").check()
    page.get_by_label("查询目的").select_option("职务晋升")
    page.get_by_label("查询依据").fill("《惠城区加强政务诚信建设实施方案》")
    page.get_by_label("粘贴名单").fill("\n".join(lines))
    page.get_by_role("button", name="登记并核查").click()
    page.get_by_text("请填写查询文号。").wait_for()
    page.get_by_label("查询文号").fill("惠城组干〔2026〕58号")
    page.get_by_role("button", name="登记并核查").click()
    page.get_by_role("heading", name="名单查询结果").wait_for()
    looked_at(page, "lookup-found", found)
    for tab in ("有记录（1）", "待补充（4）", "无记录（195）"):
        assert page.get_by_role("link", name=tab).is_visible(), tab
    page.get_by_text(first.document_number).wait_for()
    page.get_by_role("link", name="待补充（4）").click()
    page.get_by_text("请补充身份证号码或单位").first.wait_for()
    looked_at(page, "lookup-ambiguous", found)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="出具结果（PDF）").click()
    printed = downloading.value.path().read_bytes()
    assert printed.startswith(b"%PDF") and "示例" not in downloading.value.suggested_filename
    lookup, report = Lookup.objects.get(), CreditReport.objects.get()
    assert lookup.counts == {"found": 1, "clear": 195, "ambiguous": 4}
    assert QueryLog.objects.filter(lookup=lookup).count() == 196
    page.get_by_role("button", name="退出").click()

    sign_in(page, live_server, "auditor")
    page.get_by_role("link", name="名单查询", exact=True).first.click()
    page.get_by_role("link", name="职务晋升").click()
    page.get_by_text("无记录（195）").wait_for()
    page.get_by_role("link", name="查询留痕").click()
    expect(page.get_by_text("惠城组干〔2026〕58号").first).to_be_visible()
    page.get_by_role("link", name="异常查询").first.click()
    looked_at(page, "unusual", found)

    page.goto(f"{live_server.url}/verify/{report.code}/")
    page.get_by_text("真实有效").first.wait_for()
    assert "示例" not in page.locator("main").inner_text()
    recorded(cast)
    page.reload()
    page.get_by_text("新增 1 条").wait_for()
    assert not found, "\n".join(found)


def test_the_report_from_before_still_verifies_and_says_what_changed(
    cast: Cast, page: "Page", live_server: Any
) -> None:
    firm = make_subject("惠州市示例建筑工程有限公司")
    penalty = published_penalty(cast, firm)
    found: list[str] = []
    sign_in(page, live_server, "office")
    page.get_by_role("link", name="查阅信用档案").click()
    page.get_by_label("名称（任意两个字，含曾用名）或代码").fill("建筑工程")
    page.get_by_role("button", name="查找").click()
    page.get_by_role("link", name="登记查询").click()
    page.get_by_label("查询目的").select_option("监督检查")
    page.get_by_label("查询依据").fill("《实施方案》第三条")
    page.get_by_label("查询文号").fill("惠城信函〔2026〕3号")
    page.get_by_role("button", name="登记并查阅").click()
    page.get_by_role("heading", name="全部记录").wait_for()
    looked_at(page, "file", found)
    with page.expect_download():
        page.get_by_role("button", name="出具报告（PDF）").click()
    change = ledger.propose_withdrawal(penalty.pk, actor=cast.clerk, reason="决定被撤销")
    ledger.accept_change(change.pk, actor=cast.reviewer)
    page.goto(f"{live_server.url}/verify/{CreditReport.objects.get().code}/")
    page.get_by_text("1 条有变更").wait_for()
    assert not found, "\n".join(found)
