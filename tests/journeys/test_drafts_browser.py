"""An unfinished entry in a real browser: half typed and wrong, kept, continued by a colleague, submitted, reviewed."""

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from records import services
from records.models import CreditRecord, EntryDraft
from tests.factories.records import submitted_penalty
from tests.journeys.test_staff_browser import sign_in
from tests.people import Cast, make_cast
from tests.support.disclosure_tables import company, penalty_row

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

TODAY = timezone.localdate()
NAME, CODE = company(1)


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def fill(page: "Page", values: dict[str, str]) -> None:
    for name, value in values.items():
        page.locator(f"[name={name}]").fill(value)


def keep(page: "Page") -> None:
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_text("草稿已保存").wait_for()


@pytest.mark.console_errors  # the refused submission is a 400
def test_half_a_form_is_kept_with_its_mistakes_and_finished_by_a_colleague(
    cast: Cast, page: "Page", live_server: Any
) -> None:
    row = penalty_row(1)
    sign_in(page, live_server, "clerk")
    page.get_by_role("link", name="录入行政处罚").click()
    page.get_by_label("行政相对人类别").select_option("法人及非法人组织")
    fill(page, {"party_name": NAME, "uscc": CODE[:-1] + ("A" if CODE[-1] != "A" else "B"), "representative": "陈试样"})
    fill(page, {"document_number": row["document_number"], "violation_type": row["violation_type"]})
    page.locator("[name=decided_on]").press_sequentially("2026年2月31日")
    page.get_by_text("日期“2026年2月31日”不存在").first.wait_for()  # told while it was typed
    page.locator("[name=fine_amount]").press_sequentially("0.29")
    page.get_by_text("合 2,900.00 元").wait_for()
    keep(page)
    address = page.url
    assert page.locator("[name=decided_on]").input_value() == "2026年2月31日"
    page.get_by_role("button", name="退出").click()

    sign_in(page, live_server, "second_clerk")
    page.get_by_role("link", name="草稿 没有填完").click()
    page.get_by_role("link", name=NAME, exact=True).click()
    assert page.url == address
    page.get_by_role("link", name="处罚决定日期").click()
    assert page.evaluate("document.activeElement.name") == "decided_on"
    fill(page, {"decided_on": TODAY.isoformat(), "uscc": CODE, "fine_amount": "0.2"})
    page.get_by_text("公示期限：").wait_for()
    page.get_by_label("罚款", exact=True).check()
    fill(page, {name: row[name] for name in ("facts", "legal_basis", "content")})
    page.get_by_role("button", name="提交审核").click()
    page.get_by_role("link", name="处罚有效期").wait_for()  # still missing: refused, and nothing is lost
    page.get_by_label("长期有效").check()
    page.get_by_role("button", name="提交审核").click()
    page.get_by_text("已提交审核").wait_for()
    assert not EntryDraft.objects.exists()
    page.get_by_role("button", name="退出").click()

    sign_in(page, live_server, "reviewer")
    page.get_by_role("link", name="待我审核").click()
    page.get_by_role("link", name=NAME).first.click()
    page.get_by_role("button", name="审核通过").click()
    page.get_by_text("已审核通过并公示").wait_for()
    assert CreditRecord.objects.get().status == "published"


def test_leaving_asks_only_while_something_is_not_saved(cast: Cast, page: "Page", live_server: Any) -> None:
    asked: list[str] = []

    def stay(dialog: "Dialog") -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    sign_in(page, live_server, "clerk")
    page.goto(f"{live_server.url}/staff/entry/licence/")
    page.on("dialog", stay)
    page.locator("[name=party_name]").press_sequentially("惠州市试样")
    page.get_by_role("link", name="我的工作").first.click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"] and page.locator("[name=party_name]").input_value() == "惠州市试样"
    keep(page)
    page.get_by_role("link", name="我的工作").first.click()
    page.get_by_role("heading", name="我的工作").wait_for()
    assert asked == ["beforeunload"]


@pytest.mark.console_errors  # the answer to the later save is a 409
def test_the_later_of_two_windows_sees_what_the_other_wrote(cast: Cast, page: "Page", live_server: Any) -> None:
    sign_in(page, live_server, "clerk")
    page.goto(f"{live_server.url}/staff/entry/penalty/")
    fill(page, {"party_name": NAME})
    keep(page)
    other = page.context.new_page()
    other.goto(page.url)
    fill(other, {"facts": "另一窗口写的事实"})
    keep(other)
    fill(page, {"facts": "本页写的事实"})
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_text("已保存的内容：另一窗口写的事实").wait_for()
    assert page.locator("[name=facts]").input_value() == "本页写的事实"
    found = Axe().run(page)
    assert not found.violations_count, found.generate_report()
    keep(page)
    assert EntryDraft.objects.get().fields["facts"] == ["本页写的事实"]


def test_without_scripts_a_draft_is_kept_and_explained(cast: Cast, chromium: "Browser", live_server: Any) -> None:
    context = chromium.new_context(locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server, "clerk")
    page.goto(f"{live_server.url}/staff/entry/penalty/")
    fill(page, {"party_name": NAME, "decided_on": "2026年9月28日", "fine_amount": "0.29", "effective_to": "2026-02-31"})
    keep(page)
    for text in ("公示期限：2026年10月13日", "合 2,900.00 元", "日期“2026-02-31”不存在，请核对月和日。"):
        assert page.get_by_text(text).count(), text
    context.close()


def test_the_form_passes_axe_in_every_state_and_never_scrolls_sideways(
    cast: Cast, page: "Page", live_server: Any
) -> None:
    record = submitted_penalty(cast)
    services.return_(record.pk, actor=cast.reviewer, reason="补充违法事实")
    typed = {"party_name": [NAME], "decided_on": ["2026-02-31"], "party_id_number": ["441302198901010010"]}
    draft = services.start_draft("penalty", services.Typed(typed, 5, 1), actor=cast.clerk, agency_id=cast.agency.pk)
    sign_in(page, live_server, "clerk")
    axe, found = Axe(), []
    paths = ("entry/penalty/", f"entry/penalty/{draft.pk}/", f"records/{record.pk}/edit/", "drafts/",
             f"drafts/{draft.pk}/drop/")  # fmt: skip
    for path in paths:
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(f"{live_server.url}/staff/{path}")
        results = axe.run(page)
        if results.violations_count:
            found.append(f"{path}: {results.generate_report()}")
        page.set_viewport_size({"width": 360, "height": 900})
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > 360:
            found.append(f"{path}: {wide} px on 360")
    assert not found, "\n".join(found)


@pytest.mark.console_errors  # the second window's save in the background is answered with 409
def test_a_form_that_was_walked_away_from_is_kept_by_itself(cast: Cast, page: "Page", live_server: Any) -> None:
    sign_in(page, live_server, "clerk")
    page.clock.install()
    page.goto(f"{live_server.url}/staff/entry/penalty/")
    fill(page, {"party_name": NAME, "decided_on": "2026-02-31"})
    page.clock.run_for(100_000)
    assert not EntryDraft.objects.exists()
    page.clock.run_for(100_000)
    page.get_by_text("已自动保存草稿").wait_for()
    draft = EntryDraft.objects.get()
    assert draft.fields["decided_on"] == ["2026-02-31"] and page.url.endswith(f"/staff/entry/penalty/{draft.pk}/")
    page.clock.run_for(400_000)
    assert EntryDraft.objects.get().version == 1  # nothing was typed since
    fill(page, {"facts": "后来写的事实"})
    page.clock.run_for(200_000)
    page.locator("[name=version][value='2']").wait_for(state="attached")
    services.keep_draft(draft.pk, services.Typed({"facts": ["他人写的"]}), actor=cast.actor("second_clerk"), version=2)
    fill(page, {"facts": "又写的事实"})
    page.clock.run_for(200_000)
    page.get_by_text("未能自动保存").wait_for()
    assert EntryDraft.objects.get().fields["facts"] == ["他人写的"]
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_text("已保存的内容：他人写的").wait_for()
    assert page.locator("[name=facts]").input_value() == "又写的事实"
