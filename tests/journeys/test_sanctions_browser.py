"""From a list to a sanction that ends with its cause, in a real browser, by the people who do it."""

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from records import services as ledger
from sanctions.models import MeasureEdition, Sanction
from tests.factories.integrity import PDF, effective
from tests.factories.records import published_penalty
from tests.factories.registry import make_agency
from tests.factories.sanctions import approved, imposed, plan_measure, row, workbook
from tests.journeys.test_integrity_browser import leave
from tests.journeys.test_policy_browser import looked_at
from tests.journeys.test_staff_browser import sign_in
from tests.people import Cast, make_cast

if TYPE_CHECKING:
    from playwright.sync_api import Page

TODAY = timezone.localdate()
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def upload(page: "Page", content: bytes) -> None:
    page.locator("#id_file").set_input_files({"name": "清单.xlsx", "mimeType": XLSX, "buffer": content})
    page.get_by_role("button", name="录入", exact=True).click()


@pytest.mark.console_errors  # a list with mistakes answers 400
def test_from_the_list_to_the_end_with_the_cause(cast: Cast, page: "Page", live_server: Any) -> None:
    found: list[str] = []
    approved(cast, [row(1), row(2)], in_force_from=date(2026, 1, 1))
    penalty = published_penalty(cast, today=TODAY)
    executor = cast.other_agency.name

    sign_in(page, live_server, "office")
    page.get_by_role("link", name="惩戒措施清单").first.click()
    looked_at(page, "lists", found)
    page.get_by_role("link", name="录入清单").click()
    page.get_by_label("清单层级").select_option("national")
    texts = {"title": "全国基础清单（示例）", "edition": "2027年版", "issued_by": "示例机关", "basis": "《示例意见》"}
    for name, text in {**texts, "in_force_from": TODAY.isoformat()}.items():
        page.locator(f"#id_{name}").fill(text)
    upload(page, workbook([row(1, category="加重"), row(1, subject_kinds="火星人")]))
    page.get_by_text("不认识“火星人”").wait_for()
    looked_at(page, "list-refused", found)
    upload(page, workbook([row(1, content="改写后的内容。"), row(3)]))
    page.get_by_text("改写后的内容。").first.wait_for()
    page.get_by_text("您不能批准这份清单").wait_for()
    leave(page)

    sign_in(page, live_server, "second_office")
    page.get_by_role("link", name="惩戒清单待批准").first.click()
    page.get_by_role("link", name="全国基础清单（示例）").click()
    looked_at(page, "compared", found)
    page.get_by_role("button", name="批准", exact=True).click()
    page.get_by_text("已批准，自施行日期起").first.wait_for()
    assert MeasureEdition.objects.get(edition="2027年版").status == "approved"
    leave(page)

    sign_in(page, live_server, "clerk")
    page.goto(f"{live_server.url}/staff/records/{penalty.pk}/")
    page.get_by_role("link", name="提出惩戒").click()
    looked_at(page, "propose", found)
    page.get_by_role("button", name="提出").click()
    page.get_by_text("清单之外不得采取惩戒").first.wait_for()
    page.get_by_label("惩戒措施").select_option(label="限制参加评先评优（1）（管理措施）")
    page.get_by_label("执行单位").select_option(label=executor)
    page.locator("#id_reason").fill("情节较重，依清单采取。")
    page.get_by_role("button", name="提出").click()
    page.get_by_text("由信用办的另一位工作人员批准后执行").wait_for()
    leave(page)

    sign_in(page, live_server, "office")
    page.get_by_role("link", name="惩戒待批准").first.click()
    looked_at(page, "sanctions", found)
    page.locator("table.list").get_by_role("link", name="限制参加评先评优（1）").click()
    looked_at(page, "decide", found)
    page.get_by_role("button", name="批准惩戒").click()
    page.get_by_text("执行单位会在“待执行的惩戒”中看到").wait_for()
    leave(page)

    sign_in(page, live_server, "other_clerk")
    page.get_by_role("link", name="待执行的惩戒").first.click()
    page.locator("table.list").get_by_role("link", name="限制参加评先评优（1）").click()
    page.get_by_role("link", name="登记执行情况").click()
    page.get_by_label("执行情况").fill("已从评选名单中移出，惠城管函1号。")
    page.locator("#id_scan").set_input_files({"name": "函.pdf", "mimeType": "application/pdf", "buffer": PDF})
    looked_at(page, "execute", found)
    page.get_by_role("button", name="登记", exact=True).click()
    page.get_by_text("惠城管函1号").first.wait_for()
    leave(page)

    page.goto(f"{live_server.url}/records/{penalty.pk}/")
    page.get_by_role("heading", name="因此正在执行的惩戒措施").wait_for()
    looked_at(page, "public-record-with-measures", found)
    change = ledger.propose_withdrawal(penalty.pk, actor=cast.clerk, reason="处罚决定经复议撤销")
    ledger.accept_change(change.pk, actor=cast.reviewer, today=TODAY)

    sign_in(page, live_server, "other_clerk")
    page.get_by_role("link", name="已解除、待停止执行").first.click()
    page.locator("table.list").get_by_role("link", name="限制参加评先评优（1）").click()
    page.get_by_text("处罚决定经复议撤销").first.wait_for()
    looked_at(page, "lifted", found)
    page.get_by_role("button", name="确认已停止执行").click()
    page.get_by_text("已确认停止执行").first.wait_for()
    assert Sanction.objects.get().stopped_on == TODAY
    assert not found, "\n".join(found)


def test_what_everybody_reads_about_measures(cast: Cast, page: "Page", live_server: Any) -> None:
    found: list[str] = []
    fault = effective(cast, make_agency("惠城区示例水务局"), "arrears.payment", tier="serious")
    imposed(cast, fault, plan_measure("公开通报批评"), today=TODAY)
    page.goto(f"{live_server.url}/measures/")
    page.get_by_role("heading", name="区实施方案").wait_for()
    looked_at(page, "public-measures", found)
    page.get_by_role("link", name="正在公开的通报批评").click()
    page.get_by_text("现予通报批评").wait_for()
    looked_at(page, "public-notices", found)
    page.get_by_role("link", name="依据的公示信息").click()
    page.get_by_text("通报内容").first.wait_for()
    looked_at(page, "public-record-with-notice", found)
    assert not found, "\n".join(found)
