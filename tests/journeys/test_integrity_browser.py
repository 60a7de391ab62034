"""A dishonesty record from the search for the official to its effect, in a real browser, by the people who do it."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from records.models import CreditRecord
from tests.factories.integrity import PDF, effective, told
from tests.factories.registry import make_tenure
from tests.journeys.test_policy_browser import looked_at
from tests.journeys.test_staff_browser import sign_in
from tests.people import Cast, make_cast

if TYPE_CHECKING:
    from playwright.sync_api import Page

TODAY = timezone.localdate()
DECIDED, MOVED = TODAY - timedelta(days=85), TODAY - timedelta(days=150)


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def leave(page: "Page") -> None:
    page.get_by_role("button", name="退出").click()


def fill_in(page: "Page") -> None:
    page.get_by_label("失信种类").select_option("纪律处分：记过")
    texts = {
        "document_number": "惠城监处〔2026〕7号", "issuing_body": "惠城区示例监察委员会",
        "decided_on": DECIDED.isoformat(), "effective_from": DECIDED.isoformat(),
        "acted_from": (MOVED - timedelta(days=30)).isoformat(), "facts": "任前一职务期间违规审批。",
        "duty": "《公职人员政务处分法》第三十九条", "impact_reason": "涉及一家企业。",
    }  # fmt: skip
    for name, text in texts.items():
        page.locator(f"#id_{name}").fill(text)
    page.get_by_label("失信程度").select_option("一般")
    page.get_by_label("线索来源").select_option("监察机关")
    page.locator("#id_impact").select_option("影响较小")
    file = {"name": "处分决定.pdf", "mimeType": "application/pdf", "buffer": PDF}
    page.locator("#id_scan").set_input_files(file)  # type: ignore[arg-type]


@pytest.mark.console_errors  # a form sent empty answers 400
def test_from_the_search_to_the_effect(cast: Cast, page: "Page", live_server: Any) -> None:
    found: list[str] = []
    name = "欧阳示例远"
    official = make_tenure(cast.agency, 3, date(2020, 1, 1), ended_on=MOVED, name=name, post="股长").official
    make_tenure(cast.agency, 3, MOVED + timedelta(days=1), name=name, post="副局长")

    sign_in(page, live_server, "clerk")
    page.get_by_role("link", name="录入政务失信").click()
    page.get_by_label("单位名称、姓名或证件号码").fill("欧阳示例")
    page.get_by_role("button", name="查找").click()
    looked_at(page, "choose", found)
    page.locator("table.list").get_by_role("link").click()
    page.get_by_role("button", name="保存").click()
    page.get_by_text("没有生效文书的，不能登记").wait_for()
    looked_at(page, "entry-refused", found)
    fill_in(page)
    looked_at(page, "entry", found)
    page.get_by_role("button", name="保存").click()
    page.get_by_text("至").first.wait_for()
    page.get_by_text(f"时任{cast.agency.name}股长").wait_for()
    looked_at(page, "draft", found)
    page.get_by_role("link", name="登记或更改责任人").click()
    looked_at(page, "persons", found)
    page.get_by_role("link", name="取消").click()
    page.get_by_role("button", name="提交审核").click()
    leave(page)

    sign_in(page, live_server, "reviewer")
    page.get_by_role("link", name="待审核").first.click()
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="审核同意").click()
    leave(page)

    sign_in(page, live_server, "office")
    page.get_by_role("link", name="政务失信认定").click()
    looked_at(page, "desk", found)
    page.get_by_role("link", name=name).click()
    page.get_by_role("link", name="认定并告知").click()
    page.get_by_label("认定意见").fill("文书已生效，事实清楚。")
    page.get_by_label("告知方式").select_option("direct")
    looked_at(page, "find", found)
    page.get_by_role("button", name="认定并告知").click()
    page.get_by_text("期满之后才能生效").wait_for()
    page.get_by_role("link", name="登记陈述申辩").click()
    page.get_by_label("陈述申辩内容").fill("没有异议。")
    page.get_by_role("button", name="登记陈述申辩").click()
    page.get_by_role("link", name="答复", exact=True).click()
    page.get_by_label("处理结果").select_option("refused")
    page.get_by_label("答复理由").fill("收悉。")
    page.get_by_role("button", name="答复陈述申辩").click()
    page.get_by_role("button", name="确认生效").click()
    page.get_by_text("生效中，至").first.wait_for()
    looked_at(page, "effective", found)
    assert CreditRecord.objects.get(subject=official).status == "approved"
    leave(page)

    sign_in(page, live_server, "clerk")
    page.goto(f"{live_server.url}/staff/records/officialprofile/{official.pk}/change/")
    page.get_by_role("heading", name="任责记录").wait_for()
    looked_at(page, "official", found)
    assert not found, "\n".join(found)


def test_what_is_public_of_an_agency_and_what_the_agency_is_told(cast: Cast, page: "Page", live_server: Any) -> None:
    found: list[str] = []
    record = effective(cast, cast.other_agency, "arrears.payment", tier="serious")
    told(cast, cast.agency, today=TODAY)
    page.goto(f"{live_server.url}/integrity/?kind=dishonesty")
    page.get_by_text("政务失信 1 件").wait_for()
    looked_at(page, "public-list", found)
    page.goto(f"{live_server.url}/records/{record.pk}/")
    page.get_by_text("经信用办认定并听取陈述申辩后公示").wait_for()
    looked_at(page, "public-record", found)

    sign_in(page, live_server, "agency_admin")
    page.get_by_role("link", name="收到的告知").first.click()
    looked_at(page, "notices", found)
    page.get_by_role("link", name="问责处理：通报").click()
    page.get_by_label("陈述申辩内容").fill("已于次日整改。")
    looked_at(page, "notice", found)
    page.get_by_role("button", name="提交陈述申辩").click()
    page.get_by_text("等待信用办答复").wait_for()
    assert not found, "\n".join(found)
