"""Every public page in a real browser: axe, narrow screens, the keyboard, no script, print, elder mode."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from portal import caching, kept
from tests.portal.stories import Site, every_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MOBILE, ZOOMED, TABLET, DESKTOP = 360, 320, 768, 1440


@pytest.fixture
def site(transactional_db: None, live_server: Any) -> Iterator[dict[str, str]]:
    """The addresses of a served site with the usual ledger in it."""
    caching.clear()
    kept.clear()
    Site.setUpTestData()
    yield {name: live_server.url + path for name, path in every_page(Site).items()}
    caching.clear()
    kept.clear()


@pytest.mark.console_errors  # pages that answer 404, 410 and 400 are among them
@pytest.mark.parametrize("elder", [False, True], ids=["usual", "elder"])
def test_every_page_passes_axe_and_never_scrolls_sideways(
    site: dict[str, str], page: "Page", live_server: Any, elder: bool
) -> None:
    if elder:
        page.context.add_cookies([{"name": "elder", "value": "1", "url": live_server.url}])
    axe, found = Axe(), []
    for name, address in site.items():
        page.set_viewport_size({"width": DESKTOP, "height": 900})
        page.goto(address)
        results = axe.run(page)
        if results.violations_count:
            found.append(f"{name}: {results.generate_report()}")
        for width in (ZOOMED, MOBILE, TABLET):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                found.append(f"{name}: {wide} px on {width}")
    assert not found, "\n".join(found)


def test_the_site_works_without_script(site: dict[str, str], chromium: "Browser") -> None:
    """Search, narrow, open a record, follow its body, read the figures as a table."""
    context = chromium.new_context(locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(site["home"])
    page.get_by_label("单位名称、统一社会信用代码或文书号").fill("东江")
    page.get_by_role("button", name="查询").click()
    page.get_by_role("navigation", name="缩小范围").get_by_role("link", name="行政处罚").click()
    page.locator(".results").get_by_role("link").first.click()
    assert "惠州市东江（示例）食品有限公司" in page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("heading", level=1).get_by_role("link").click()
    assert page.get_by_text("曾用名：惠阳县东江食品加工厂").is_visible()
    page.goto(site["statistics"])
    assert page.get_by_role("table").first.is_visible() and page.locator("[data-chart]").first.is_hidden()
    page.get_by_role("link", name="大字版", exact=True).first.click()
    assert page.locator("html.elder").count() == 1
    context.close()


def test_charts_are_drawn_under_the_strict_policy(site: dict[str, str], page: "Page") -> None:
    page.goto(site["statistics"])
    page.wait_for_selector("[data-chart] canvas")
    assert page.locator("[data-chart] canvas").count() == 2


def test_the_description_of_the_api_opens(site: dict[str, str], page: "Page", live_server: Any) -> None:
    page.goto(live_server.url + "/api/docs/")
    page.wait_for_selector(".opblock")
    assert page.get_by_text("公示信息列表").is_visible()


def test_the_keyboard_reaches_the_content_first(site: dict[str, str], page: "Page") -> None:
    page.goto(site["penalties"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_links_and_buttons_are_large_enough_in_elder_mode(site: dict[str, str], page: "Page", live_server: Any) -> None:
    page.context.add_cookies([{"name": "elder", "value": "1", "url": live_server.url}])
    page.goto(site["penalties"])
    size = page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    heights = page.evaluate("[...document.querySelectorAll('main button, main select')].map(e => e.offsetHeight)")
    assert size >= 22 and heights and min(heights) >= 48


def test_a_printed_record_leaves_out_what_paper_cannot_do(site: dict[str, str], page: "Page") -> None:
    page.goto(site["record_penalty"])
    page.emulate_media(media="print")
    assert page.locator(".mainnav").is_hidden() and page.locator(".headsearch").is_hidden()
    assert page.get_by_text("公示内容").is_visible() and page.get_by_text("网站标识码").is_visible()


@pytest.mark.console_errors
def test_every_link_leads_somewhere_on_this_site(site: dict[str, str], page: "Page", live_server: Any) -> None:
    links: set[str] = set()
    for address in site.values():
        page.goto(address)
        links |= set(page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)"))
    assert {link for link in links if not link.startswith(live_server.url)} == set()
    places = {link for link in links if "#" in link}
    pages = {link.split("#")[0] for link in links}
    missing = {address for name, address in site.items() if name in ("not_found", "bad_filter", "record_withdrawn")}
    assert len(pages) > 40 and len(places) > 5
    for link in sorted(pages - missing):
        if "/staff/" not in link and "/display/" not in link:
            assert page.request.get(link).status == 200, link
    for link in sorted(places):
        page.goto(link)
        assert page.locator(f"[id='{link.split('#')[1]}']").count() == 1, link
