"""The browser fixture: a real Chromium, in Chinese, that notices what a page does wrong."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.sqlite


def test_a_page_is_rendered_in_chinese(page: "Page") -> None:
    page.set_content("<h1>信用惠城网</h1>")
    assert page.locator("h1").inner_text() == "信用惠城网"
    assert page.evaluate("navigator.language") == "zh-CN"
    assert page.evaluate("new Date(0).getHours()") == 8


@pytest.mark.console_errors
def test_a_test_may_provoke_console_errors_when_it_says_so(page: "Page") -> None:
    page.set_content("<script>console.error('provoked')</script>")
