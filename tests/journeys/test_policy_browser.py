"""A class of records is opened step by step, in a real browser: proposed, tried, approved by another person; the day
comes, and the public page shows it."""

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.utils import timezone

from portal import caching
from records.models import CreditRecord, DryRun, PublicationProposal
from tests.factories.integrity import effective
from tests.factories.records import make_subject, published_penalty
from tests.journeys.test_staff_browser import sign_in
from tests.people import Cast, make_cast

if TYPE_CHECKING:
    from playwright.sync_api import Page

TODAY = timezone.localdate()
OPENS = TODAY + timedelta(days=30)
BODY = "惠城区示例街道办事处"


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def looked_at(page: "Page", name: str, found: list[str]) -> None:
    """axe at the usual width, nothing wider than a telephone; SCREENSHOTS names a folder for pictures of both."""
    results = Axe().run(page)
    if results.violations_count:
        found.append(f"{name}: {results.generate_report()}")
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 900})
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{name}: {wide} px on {width}")
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_class_is_proposed_tried_approved_and_opens_on_its_day(cast: Cast, page: "Page", live_server: Any) -> None:
    bodies = [make_subject(BODY, kind="agency"), cast.other_agency]
    decided = TODAY - timedelta(days=20)
    held = [
        published_penalty(
            cast, body, tier="minor", decided_on=decided, today=TODAY - timedelta(days=15), title="未按规定公开预算",
            effective_to=TODAY + timedelta(days=300),
        )
        for body in bodies
    ]  # fmt: skip
    found: list[str] = []
    page.goto(f"{live_server.url}/integrity/")
    page.get_by_text("目前没有正在公示的、以政府机构为对象的信息").wait_for()

    sign_in(page, live_server, "office")
    page.get_by_role("link", name="公示规则提案").click()
    page.get_by_role("link", name="提出新规则").click()
    looked_at(page, "class", found)
    page.get_by_label("信用记录种类").select_option("行政处罚")
    page.get_by_label("主体类别").select_option("政府机构")
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("提案名称").fill("公开政府机构受到的行政处罚")
    page.get_by_label("提出的理由").fill("依法依规逐步公开政务失信记录。")
    page.get_by_label("规则名称").fill("政府机构行政处罚公示")
    page.get_by_label("公开方式").select_option("公开")
    page.get_by_label("违法行为类型").check()
    page.get_by_label("处罚内容").check()
    page.get_by_label("最长公示期（月）").fill("12")
    page.get_by_label("施行日期").fill(OPENS.isoformat())
    page.get_by_label("溯及已有记录").check()
    page.locator("#id_basis").fill("《惠城区政务诚信信息公开办法》第五条")
    page.locator("#id_edition").fill("2027")
    looked_at(page, "propose", found)
    page.get_by_role("button", name="提出").click()
    page.get_by_text("没有试算的提案不能批准").wait_for()
    page.get_by_text("一般：公开；轻微：不公开；严重：公开").wait_for()  # what holds now, tier by tier
    page.get_by_text("您不能批准这项提案").wait_for()
    page.get_by_role("button", name="试算").click()  # the day is that of the rule
    page.get_by_role("heading", name="涉及的字段").wait_for()
    assert page.get_by_role("link", name=BODY).is_visible()
    looked_at(page, "dry-run", found)
    run = DryRun.objects.get()
    assert run.day == OPENS and run.affected == 2 and run.rows.filter(effect="appears").count() == 2
    page.get_by_role("button", name="退出").click()

    sign_in(page, live_server, "second_office")
    page.get_by_role("link", name="公示规则待批准").click()
    page.get_by_role("link", name="公开政府机构受到的行政处罚").click()
    published_penalty(cast, decided_on=decided, today=TODAY, effective_to=TODAY + timedelta(days=300))
    page.reload()
    page.get_by_text("试算之后台账有2次变动").wait_for()
    page.get_by_role("button", name="重新试算").click()
    page.get_by_role("link", name="公开政府机构受到的行政处罚").click()
    looked_at(page, "proposal", found)
    page.get_by_role("button", name="批准，自施行日起适用").click()
    page.get_by_text("已批准。规则自施行之日起适用").wait_for()
    assert PublicationProposal.objects.get().status == "approved"
    page.get_by_role("button", name="退出").click()

    caching.clear()
    page.goto(f"{live_server.url}/integrity/")
    page.get_by_role("heading", name="接下来公开什么").wait_for()
    page.get_by_text("公开2项：违法行为类型、处罚内容").wait_for()
    looked_at(page, "integrity-before", found)

    call_command("daily_sweep", "--day", OPENS.isoformat())
    caching.clear()
    page.reload()
    page.get_by_role("link", name=BODY).first.wait_for()
    looked_at(page, "integrity-after", found)
    page.get_by_role("link", name=BODY).first.click()
    page.get_by_text("依公示规则公开").wait_for()
    looked_at(page, "record", found)
    assert set(CreditRecord.objects.filter(pk__in=[r.pk for r in held]).values_list("status", flat=True)) == {
        "published"
    }
    assert not found, "\n".join(found)


def test_arrears_alone_are_opened_next_month(cast: Cast, page: "Page", live_server: Any) -> None:
    decided = (TODAY - timedelta(days=60)).isoformat()
    days = {name: decided for name in ("decided_on", "effective_from", "acted_from")}
    arrears, breach = (
        effective(cast, cast.other_agency, measure, today=TODAY, **days)
        for measure in ("arrears.payment", "breach.contract")
    )
    found: list[str] = []
    sign_in(page, live_server, "office")
    page.goto(f"{live_server.url}/staff/policy/new/")
    page.get_by_label("信用记录种类").select_option("政务失信")
    page.get_by_label("细类").select_option("拖欠账款")
    page.get_by_label("主体类别").select_option("政府机构")
    page.get_by_label("失信程度").select_option("一般")
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("提案名称").fill("公开政府机构的拖欠账款信息")
    page.get_by_label("提出的理由").fill("依法依规逐步公开。")
    page.get_by_label("规则名称").fill("政府机构一般拖欠账款公开")
    page.get_by_label("公开方式").select_option("公开")
    page.get_by_label("失信种类").check()
    page.get_by_label("最长公示期（月）").fill("24")
    page.get_by_label("施行日期").fill(OPENS.isoformat())
    page.get_by_label("溯及已有记录").check()
    page.locator("#id_basis").fill("《保障中小企业款项支付条例》第五条")
    page.locator("#id_edition").fill("2026")
    page.get_by_role("button", name="提出").click()
    page.get_by_text("政务失信（拖欠账款） · 政府机构 · 一般").wait_for()
    page.get_by_role("button", name="试算").click()
    page.get_by_text("合计").first.click()
    page.get_by_role("cell", name="政务失信（拖欠账款）").wait_for()
    looked_at(page, "sub-kind-dry-run", found)
    assert list(DryRun.objects.get().rows.values_list("record", "effect")) == [(arrears.pk, "appears")]
    page.get_by_role("button", name="退出").click()

    sign_in(page, live_server, "second_office")
    page.get_by_role("link", name="公示规则待批准").click()
    page.get_by_role("link", name="公开政府机构的拖欠账款信息").click()
    page.get_by_role("button", name="批准，自施行日起适用").click()
    page.get_by_text("已批准。规则自施行之日起适用").wait_for()
    page.get_by_role("button", name="退出").click()

    caching.clear()
    page.goto(f"{live_server.url}/integrity/")
    page.get_by_text("政务失信（拖欠账款）（一般）").wait_for()
    looked_at(page, "sub-kind-announced", found)
    call_command("daily_sweep", "--day", OPENS.isoformat())
    caching.clear()
    page.reload()
    assert page.locator(f"a[href='/records/{arrears.pk}/']").count() == 1
    assert page.locator(f"a[href='/records/{breach.pk}/']").count() == 0
    assert not found, "\n".join(found)


def test_the_public_page_needs_no_script(cast: Cast, chromium: Any, live_server: Any) -> None:
    published_penalty(cast, cast.other_agency, decided_on=TODAY - timedelta(days=5), today=TODAY)
    context = chromium.new_context(locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/integrity/")
    page.get_by_label("种类").select_option("行政许可")
    page.get_by_role("button", name="筛选").click()
    page.get_by_text("没有同时符合以上条件的信息").wait_for()
    page.get_by_role("link", name="清除全部条件").click()
    assert page.get_by_role("link", name=cast.other_agency.name).first.is_visible()
    context.close()
