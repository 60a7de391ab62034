"""How states, values and places are written."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from core import formats
from core.errors import Invalid
from portal.charts import sparkline
from portal.cursors import AMOUNT, NEWEST
from portal.navigation import ENTRANCES
from portal.presentation import ACTS, BADGES, ended_view, state_view
from records.choices import PublicState, RecordStatus, RevisionAct
from tests.factories.records import TODAY

PUBLIC = {
    "kind": "penalty", "state": "published", "published_on": "2026-11-09", "publish_until": "2027-11-02",
    "repairable_from": "2027-02-02", "policy": {"basis": "《信用修复管理办法》第十条"},
}  # fmt: skip


def test_every_public_state_and_every_act_has_a_badge_a_shape_and_a_sentence() -> None:
    ended = {RecordStatus.REPAIRED, RecordStatus.WITHDRAWN, RecordStatus.EXPIRED, RevisionAct.RULE_CLOSED}
    assert set(BADGES) == set(PublicState.values) | {str(s) for s in ended}
    assert set(ACTS) == set(RevisionAct.values)
    assert all(badge.meaning.endswith("。") for badge in BADGES.values())
    assert len({badge.icon for badge in BADGES.values()}) == len(BADGES)
    shapes = set(re.findall(r'<symbol id="([\w-]+)"', Path(settings.BASE_DIR, "static/portal/icons.svg").read_text()))
    assert {badge.icon for badge in (*BADGES.values(), *ACTS.values())} <= shapes


def test_a_published_record_names_clause_span_and_next_steps() -> None:
    view = state_view(PUBLIC, today=TODAY)
    assert view.sentence == "该信息依据《信用修复管理办法》第十条公示，自2026年11月9日起，最长至2027年11月2日。"
    assert [step.text for step in view.steps] == [
        "认为内容有误，可以提出异议。",
        "已经改正的，自2027年2月2日起可以申请信用修复。",
    ]
    later = state_view(PUBLIC, today=TODAY.replace(year=2027))
    assert "已满最短公示期" in later.steps[1].text


def test_a_licence_without_an_end_says_so() -> None:
    view = state_view({**PUBLIC, "kind": "licence", "publish_until": None, "repairable_from": None}, today=TODAY)
    assert view.sentence.endswith("在其有效期内持续公示。") and len(view.steps) == 1


def test_a_withdrawal_tells_day_and_reason() -> None:
    view = ended_view({"state": "withdrawn", "ended_on": "2026-11-10", "reason": "决定被撤销", "basis": ""})
    assert view.sentence == "该信息于2026年11月10日撤下，原因：决定被撤销。"


def test_days_and_amounts_are_written_for_readers() -> None:
    assert formats.day("2026-11-03") == "2026年11月3日" and formats.day("2099-12-31") == "长期"
    assert formats.day(None) == ""
    assert formats.yuan("0.2") == "2,000.00 元" and formats.yuan("12.5") == "125,000.00 元（12.5 万元）"
    assert formats.yuan("100") == "1,000,000.00 元（100 万元）" and formats.yuan("") == ""
    assert formats.capped(1000) == "1,000" and formats.capped(1001) == "1,000+"
    assert formats.percent(1, 3) == "33.3%" and formats.percent(0, 0) == "—"


def test_cursors_go_there_and_back_and_refuse_nonsense() -> None:
    assert NEWEST.read(NEWEST.cursor_of(TODAY, 7)) == (TODAY, 7)
    assert AMOUNT.read("12.500000~9") == (Decimal("12.5"), 9)
    for nonsense in ("x", "~", "2026-02-30~1", "2026-01-01~", "2026-01-01~-1", "２０２６-01-01~1", "1~2~3", "a" * 500):
        with pytest.raises(Invalid):
            NEWEST.read(nonsense)
    for nonsense in ("NaN~1", "1e99~1", "..~1", "-1~1"):
        with pytest.raises(Invalid):
            AMOUNT.read(nonsense)


def test_trend_lines_say_what_they_show_and_survive_gaps() -> None:
    line = sparkline([1, None, 3], "每月件数<b>")
    assert 'aria-label="每月件数&lt;b&gt;"' in line and line.count("M0.0 36.0") == 1
    assert sparkline([], "无") and sparkline([None, None], "无") and sparkline([2, 2], "平")


def test_entrances_lead_somewhere() -> None:
    from django.urls import reverse

    assert len({reverse(entrance.view) for entrance in ENTRANCES}) == len(ENTRANCES)
