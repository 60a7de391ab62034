"""Every staff page in a real browser, for every role that can open it: axe, narrow screens, the keyboard alone."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse

from records.models import CreditRecord
from tests.factories.records import submitted_penalty
from tests.people import PASSWORD, Cast, make_cast
from tests.staff.everything import STAFF, is_page, make_everything, openable

if TYPE_CHECKING:
    from playwright.sync_api import Page

MOBILE, DESKTOP = 360, 1440
# The pages are shared out, so that several processes can look at them.
PARTS = 4
# What differs between two visits of one page.
PASSING = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|name="seen" value="[^"]+"')
# What differs between two pages of one build: text, addresses, values. Names, labels, classes and roles stay.
PARTICULAR = re.compile(r'(?<=>)[^<]+|(?:href|action|value|datetime|hx-get)="[^"]*"|\d+')


@pytest.fixture
def everything(transactional_db: None, settings: Any) -> Any:
    settings.DEMO = True  # the ribbon is part of every page
    return make_everything()


def come_in(page: "Page", live_server: Any, user: Any) -> Client:
    """The browser with the session of this person; the client has the same."""
    client = Client()
    client.force_login(user)
    page.context.clear_cookies()
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return client


class Checks:
    """Looks at the page that the browser shows, collects what is wrong. Pages of one build share a look by axe."""

    def __init__(self, page: "Page") -> None:
        self.page, self.axe, self.found, self.builds, self.looks = page, Axe(), list[str](), set[str](), 0

    def look(self, name: str) -> None:
        self.looks += 1
        build = PARTICULAR.sub("", self.page.locator("main").evaluate("main => main.outerHTML"))
        if build not in self.builds:
            self.builds.add(build)
            self.page.set_viewport_size({"width": DESKTOP, "height": 900})
            results = self.axe.run(self.page)
            if results.violations_count:
                self.found.append(f"{name}: {results.generate_report()}")
        self.page.set_viewport_size({"width": MOBILE, "height": 800})
        if (wide := self.page.evaluate("document.documentElement.scrollWidth")) > MOBILE:
            self.found.append(f"{name}: {wide} px on {MOBILE}")


def unseen(client: Client, address: str, seen: set[str]) -> bool:
    """Whether this reader sees something there that nobody before saw: people with the same page share a visit."""
    response = client.get(address)
    if not is_page(response):
        return False
    content = PASSING.sub("", response.content.decode().split("<main", 1)[-1])
    new = content not in seen
    seen.add(content)
    return new


@pytest.mark.timeout(600)  # some fifty visits
@pytest.mark.console_errors  # forms sent empty answer 400
@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_passes_axe_and_never_scrolls_sideways(
    everything: Any, page: "Page", live_server: Any, part: int
) -> None:
    checks, seen, sent = Checks(page), set[str](), set[str]()
    for letter in STAFF:
        client = come_in(page, live_server, everything.cast.users[STAFF[letter]])
        for name, address in openable(everything, letter):
            if crc32(name.encode()) % PARTS != part or not unseen(client, address, seen):
                continue
            page.goto(live_server.url + address)
            checks.look(f"{name} as {STAFF[letter]}")
            if name not in sent and send_empty(page):
                sent.add(name)
                checks.look(f"{name} as {STAFF[letter]}, sent empty")
    assert not checks.found, "\n".join(checks.found)
    assert checks.looks > len(checks.builds) > 40 // PARTS


INCOMPLETE = """() => [...document.querySelectorAll("main form[method=post]")].findIndex(
  (form) => [...form.querySelectorAll("[required]")].some((field) => !field.value))"""


def send_empty(page: "Page") -> bool:
    """Sends the form of the page in which something required is missing, as it is; False where there is none."""
    number = page.evaluate(INCOMPLETE)
    if number < 0:
        return False
    with page.expect_navigation():
        page.evaluate('n => document.querySelectorAll("main form[method=post]")[n].submit()', number)
    return True


def post(page: "Page", address: str, data: dict[str, Any]) -> None:
    """Sends a form to an address as the page's own would."""
    with page.expect_navigation():
        page.evaluate(
            """([address, data]) => {
              const form = document.createElement("form");
              form.method = "post"; form.action = address;
              data.csrfmiddlewaretoken = document.querySelector("[name=csrfmiddlewaretoken]").value;
              for (const [name, value] of Object.entries(data))
                for (const one of [value].flat()) form.append(Object.assign(
                  document.createElement("input"), {type: "hidden", name: name, value: one}));
              document.body.append(form); form.submit();
            }""",
            [address, data],
        )


def test_pages_that_only_answer_a_form_pass_too(everything: Any, page: "Page", live_server: Any) -> None:
    """Previews of acts on many, secrets shown once, identity numbers."""
    t, checks = everything, Checks(page)
    answers = (
        ("office", "review_selected", [], {"ids": [t.submitted.pk]}),
        ("office", "changes_selected", [], {"ids": [t.proposal.pk]}),
        ("office", "key_new", [], {"agency_id": t.cast.agency.pk, "name": "执法办案系统"}),
        ("office", "record_identity", [t.published.pk], {"reason": "核对当事人"}),
        ("system_admin", "account_new", [], {"username": "newcomer", "display_name": "示例新人"}),
        ("system_admin", "account_password", [t.user.pk], {"reason": "本人申请"}),
        ("office", "filter_save", [], {"page": "review_queue", "name": "处罚", "query": "kind=penalty"}),
    )
    for person, name, args, data in answers:
        come_in(page, live_server, t.cast.users[person])
        page.goto(f"{live_server.url}/staff/")
        post(page, reverse(f"admin:{name}", args=args), data)
        checks.look(name)
    assert not checks.found, "\n".join(checks.found)


# ---- the keyboard alone ----------------------------------------------------------------------------


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def tab_to(page: "Page", name: str, tag: str = "") -> None:
    """Tab until the element with this text has the focus, and can be seen to have it."""
    for _ in range(120):
        page.keyboard.press("Tab")
        text, kind, outline = page.evaluate(
            """() => { const e = document.activeElement;
              const label = e.labels && e.labels.length ? e.labels[0].textContent : "";
              return [(e.getAttribute("aria-label") || label || e.textContent).trim(), e.tagName.toLowerCase(),
                      getComputedStyle(e).outlineStyle]; }"""
        )
        if text.startswith(name) and (not tag or kind == tag):
            assert outline != "none", f"{name}: no visible focus"
            return
    raise AssertionError(f"the keyboard does not reach “{name}”")


def enter(page: "Page", heading: str) -> None:
    """Press Enter where the focus is; the page with this heading comes."""
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_role("heading", name=heading, level=1).wait_for()


@pytest.fixture
def waiting(cast: Cast) -> Iterator[list[CreditRecord]]:
    yield [submitted_penalty(cast) for _ in range(2)]


def test_a_record_is_approved_and_another_returned_by_keyboard_alone(
    cast: Cast, waiting: list[CreditRecord], page: "Page", live_server: Any
) -> None:
    page.goto(f"{live_server.url}/staff/")
    tab_to(page, "登录名")
    page.keyboard.type("reviewer")
    tab_to(page, "密码")
    page.keyboard.type(PASSWORD)
    enter(page, "我的工作")
    tab_to(page, "2待我审核")
    enter(page, "待审核")
    tab_to(page, waiting[0].subject.name, "a")
    enter(page, waiting[0].subject.name)
    tab_to(page, "通过，看下一条")
    enter(page, waiting[1].subject.name)
    tab_to(page, "退回", "summary")
    page.keyboard.press("Enter")
    tab_to(page, "退回理由")
    page.keyboard.type("违法事实未写时间")
    tab_to(page, "退回经办人")
    enter(page, "待审核")
    assert page.get_by_text("已退回，经办人会在").is_visible()
    states = dict(CreditRecord.objects.values_list("pk", "status"))
    assert [states[r.pk] for r in waiting] == ["published", "returned"]
    assert CreditRecord.objects.get(pk=waiting[1].pk).return_reason == "违法事实未写时间"
