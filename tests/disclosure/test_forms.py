"""The paper form: help under every field, amounts in 元 beside, the clock while a day is typed, linked problems."""

import re

import pytest
from django.test import Client, TestCase
from django.utils import timezone

from disclosure.forms import RecordForm
from tests.people import make_cast

KINDS = ("licence", "penalty")


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_its_help(kind: str) -> None:
    form = RecordForm(kind)
    assert [c.name for c in form.columns if not form.fields[c.name].help_text] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_stands_in_one_group_once(kind: str) -> None:
    form = RecordForm(kind)
    groups = list(form.groups())
    shown = [cell.field.name for _, cells in groups for cell in cells]
    assert sorted(shown) == sorted(c.name for c in form.columns)
    assert [name for name, _ in groups] == ["行政相对人", "行政决定", "有效期", "来源"]


def test_what_is_not_changed_keeps_the_order_of_the_decision() -> None:
    """Boxes come back in the standard's order; a correction of something else would show it as changed."""
    known = {"penalty_category": "没收违法所得、罚款、其他-责令改正"}
    boxes = ["罚款", "没收违法所得", "其他"]
    for chosen, stored in (
        (boxes, "没收违法所得、罚款、其他-责令改正"),
        (["警告", *boxes], "没收违法所得、罚款、其他-责令改正、警告"),
        (["罚款", "其他"], "罚款、其他-责令改正"),
    ):
        form = RecordForm("penalty", {"penalty_category": chosen, "penalty_category__other": "责令改正"}, known=known)
        assert form.is_valid() and form.values()["penalty_category"] == stored


class FormPageTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()

    def setUp(self) -> None:
        self.clerk = Client()
        self.clerk.force_login(self.cast.users["clerk"])

    def deadline(self, day: str) -> str:
        response = self.clerk.get("/staff/entry/penalty/deadline/", {"decided_on": day})
        assert response.status_code == 200
        return re.sub(r"<[^>]+>", "", response.content.decode())

    def test_the_clock_explains_itself_in_any_spelling_of_the_day(self) -> None:
        for day in ("2026-09-28", "2026年9月28日", "20260928", "2026/9/28"):
            text = self.deadline(day)
            for part in (
                "公示期限：2026年10月13日",
                "逾期",
                "2026年10月1日",
                "调休上班、计入：2026年10月10日",
                "依据：",
            ):
                assert part in text, (day, part)

    def test_the_clock_says_why_there_is_none(self) -> None:
        assert "填写决定日期后" in self.deadline("")
        assert "不存在" in self.deadline("2026-02-31")
        assert "年份只有两位" in self.deadline("26-2-3")
        assert "晚于今天" in self.deadline("2099-01-05")
        assert "无法识别" in self.deadline("明天")
        assert "没有" in self.deadline("1950-01-05")

    def test_a_decision_of_today_is_not_late(self) -> None:
        text = self.deadline(timezone.localdate().isoformat())
        assert "还剩" in text and "逾期" not in text

    def test_amounts_are_echoed_in_yuan_without_a_script(self) -> None:
        for given, yuan in (("0.29", "合 2,900.00 元"), ("贰仟元整", "合 2,000.00 元"), ("2万元", "合 20,000.00 元")):
            page = self.clerk.post("/staff/entry/penalty/", {"fine_amount": given, "do": "send"})
            self.assertContains(page, yuan, status_code=400)
        page = self.clerk.post("/staff/entry/penalty/", {"fine_amount": "很多", "do": "send"})
        self.assertNotContains(page, "合 ", status_code=400)

    def test_problems_are_summed_up_with_links_to_fields_that_exist(self) -> None:
        page = self.clerk.post("/staff/entry/penalty/", {"uscc": "1", "do": "send"}).content.decode()
        summary = page.split('role="alert"', 1)[1].split("</ul>", 1)[0]
        places = re.findall(r'href="#([^"]+)"', summary)
        assert {"id_uscc", "id_penalty_category", "id_decided_on"} <= set(places)
        assert [place for place in places if page.count(f'id="{place}"') != 1] == []

    def test_what_is_said_about_a_field_is_tied_to_it(self) -> None:
        page = self.clerk.post("/staff/entry/penalty/", {"uscc": "1", "do": "send"}).content.decode()
        (control,) = re.findall(r'<input[^>]*id="id_uscc"[^>]*>', page)
        assert 'aria-describedby="id_uscc_helptext id_uscc_error"' in control and 'aria-invalid="true"' in control
        assert page.count('id="id_uscc_helptext"') == page.count('id="id_uscc_error"') == 1
        assert re.search(
            r'<fieldset[^>]*aria-describedby="id_penalty_category_helptext id_penalty_category_error"', page
        )
