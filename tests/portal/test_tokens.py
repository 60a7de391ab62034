"""Contrast of every pair of text and ground: 4.5 : 1, in elder mode 7 : 1."""

import re
from pathlib import Path

import pytest
from django.conf import settings

SHEET = Path(settings.BASE_DIR, "static/portal/tokens.css").read_text()
INKS = ("ink", "ink-soft", "link", "deep", "alert", "amber", "green", "grey")
GROUNDS = ("ground", "paper")
ON_WASHES = {
    "blue-wash": ("blue", "ink", "link"),
    "amber-wash": ("amber", "ink", "link", "ink-soft"),
    "green-wash": ("green", "ink"),
    "grey-wash": ("grey", "ink", "link", "ink-soft"),
    "alert-wash": ("alert", "ink"),
    "mark": ("ink",),
    "wash": ("link", "ink"),
    "deep": ("deep-ink", "deep-soft"),
}
PAIRS = [(ink, ground) for ink in INKS for ground in GROUNDS]
PAIRS += [(ink, wash) for wash, inks in ON_WASHES.items() for ink in inks]


def tokens(selector: str) -> dict[str, str]:
    block = SHEET.split(selector + " {")[1].split("}")[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_can_be_read(ink: str, ground: str) -> None:
    usual = tokens(":root")
    elder = {**usual, **tokens(".elder")}
    assert contrast(usual[ink], usual[ground]) >= 4.5
    assert contrast(elder[ink], elder[ground]) >= 7


def test_the_lines_of_fields_can_be_seen() -> None:
    usual = tokens(":root")
    assert contrast(usual["rule-strong"], usual["paper"]) >= 3
