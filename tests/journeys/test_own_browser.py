"""本人查阅 in a real browser: the office tells and hands out a code, the official answers, the office decides."""

from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from creditfiles import services
from creditfiles.models import CreditReport, OwnAccess
from integrity.models import Statement
from tests.factories.integrity import PDF, make_official, reviewed
from tests.factories.records import make_subject, published_penalty
from tests.factories.registry import id_number
from tests.journeys.test_integrity_browser import leave
from tests.journeys.test_policy_browser import looked_at
from tests.journeys.test_staff_browser import sign_in
from tests.people import Cast, make_cast

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TODAY = timezone.localdate()


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def find_and_tell(page: "Page", record_id: int, at: str) -> None:
    page.goto(f"{at}/staff/records/{record_id}/integrity/find/")
    page.get_by_label("认定意见").fill("文书已生效，事实清楚。")
    page.get_by_label("告知方式").select_option("direct")
    page.get_by_role("button", name="认定并告知").click()


def handed_out(page: "Page", found: list[str]) -> str:
    """From the record's page to the slip; the code as it stands there."""
    page.get_by_role("link", name="签发或管理本人查阅码").click()
    page.get_by_role("button", name="签发").click()
    page.get_by_text("请选择怎样核验了领取人的身份").first.wait_for()
    looked_at(page, "own-issue-refused", found)
    page.get_by_label("核验方式").select_option("id_card")
    page.get_by_label("核验材料").fill("居民身份证原件")
    page.get_by_role("button", name="签发").click()
    code = page.locator(".bigcode").inner_text()
    looked_at(page, "own-slip", found)
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="信用惠城网本人查阅码")).to_be_visible()
    expect(page.get_by_text("请现在打印本页")).to_be_hidden()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="已交给领取人，返回").click()
    page.get_by_text("没有用过").wait_for()
    assert code not in page.content()
    looked_at(page, "own-issued", found)
    return code


def open_with(page: "Page", code: str, number: str) -> None:
    page.get_by_label("本人查阅码").fill(code)
    page.get_by_label("证件号码；单位填写统一社会信用代码").fill(number)
    page.get_by_role("button", name="打开档案").click()


@pytest.mark.console_errors  # forms that are refused answer 400
def test_an_official_is_told_reads_and_states_the_case_online(cast: Cast, page: "Page", live_server: Any) -> None:
    found: list[str] = []
    official = make_official(31, cast.agency, name="司徒示例远")
    record = reviewed(cast, official, today=TODAY)
    sign_in(page, live_server, "office")
    find_and_tell(page, record.pk, live_server.url)
    page.get_by_text("可以在本页“本人查阅”为其签发本人查阅码").wait_for()
    looked_at(page, "own-told", found)
    code = handed_out(page, found)
    leave(page)

    page.goto(live_server.url)
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="本人查阅").click()
    looked_at(page, "own-start", found)
    open_with(page, code.lower(), id_number(32))
    page.get_by_text("没有打开").wait_for()
    assert id_number(32) not in page.content()
    looked_at(page, "own-refused", found)
    open_with(page, code, id_number(31))
    page.get_by_role("heading", name="司徒示例远").wait_for()
    looked_at(page, "own-file", found)
    assert id_number(31) not in page.content() and "31" not in page.url
    with page.expect_download() as downloading:
        page.get_by_role("button", name="下载报告（PDF，可核验）").click()
    assert downloading.value.path().read_bytes().startswith(b"%PDF")
    assert "司徒" not in downloading.value.suggested_filename

    page.get_by_role("link", name=record.title).click()
    looked_at(page, "own-notice", found)
    page.get_by_label("陈述申辩内容").fill("请打13800138000核实。")
    page.get_by_role("button", name="提交陈述申辩").click()
    page.get_by_text("像是写有个人证件号码").wait_for()
    looked_at(page, "own-notice-refused", found)
    page.get_by_label("陈述申辩内容").fill("当日不在岗，见考勤记录。")
    file = {"name": "考勤.pdf", "mimeType": "application/pdf", "buffer": PDF}
    page.get_by_label("陈述申辩材料").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="提交陈述申辩").click()
    page.get_by_text(f"已收到，编号 {Statement.objects.get().pk}").wait_for()
    looked_at(page, "own-receipt", found)
    leave(page)
    page.get_by_role("heading", name="打开我的档案").wait_for()
    page.goto(f"{live_server.url}/own/file/")
    page.get_by_text("本次查阅已经结束").wait_for()

    sign_in(page, live_server, "office")
    page.goto(f"{live_server.url}/staff/integrity/?tab=notified")
    page.get_by_text("有陈述申辩待答复").wait_for()
    page.get_by_role("link", name="司徒示例远").click()
    page.get_by_text("当日不在岗，见考勤记录。").wait_for()
    page.get_by_text("信用办签发，当面核对本人身份证件").first.wait_for()
    page.get_by_role("link", name="答复", exact=True).click()
    page.get_by_label("处理结果").select_option("adopted")
    page.get_by_label("答复理由").fill("考勤记录属实。")
    page.get_by_role("button", name="答复陈述申辩").click()
    page.get_by_text("已答复").wait_for()
    leave(page)

    page.goto(f"{live_server.url}/own/")
    open_with(page, code, id_number(31))
    page.get_by_text("已经决定，可以查看答复").wait_for()
    page.get_by_role("link", name=record.title).click()
    page.get_by_text("考勤记录属实。").wait_for()
    page.get_by_text("信用办已经决定不予认定").wait_for()
    looked_at(page, "own-decided", found)
    assert not found, "\n".join(found)


def test_a_firm_reads_its_file_on_a_telephone_without_scripts(
    cast: Cast, chromium: "Browser", live_server: Any
) -> None:
    firm = make_subject("惠州市示例建筑工程有限公司")
    penalty = published_penalty(cast, firm)
    given = {"identity_check": "unit_letter", "evidence": "单位公函〔2026〕3号", "actor": cast.office}
    _, code = services.issue_own_access(firm.pk, **given)
    size = {"width": 360, "height": 740}
    context = chromium.new_context(locale="zh-CN", java_script_enabled=False, viewport=size)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{live_server.url}/own/")
    open_with(page, code.replace("-", " "), firm.code or "")
    page.get_by_role("heading", name=firm.name).wait_for()
    page.get_by_text(penalty.title).click()
    expect(page.get_by_text("处罚依据").first).to_be_visible()
    page.get_by_role("link", name="大字版").first.click()
    page.get_by_role("heading", name=firm.name).wait_for()
    page.get_by_role("button", name="退出").click()
    page.get_by_role("heading", name="打开我的档案").wait_for()
    context.close()
    assert OwnAccess.objects.get().last_used_at and not CreditReport.objects.exists()
