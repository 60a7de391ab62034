"""Folding: what differs only in writing is equal, what differs in meaning is not."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.text import bigrams, fold_document_number, fold_text

pytestmark = pytest.mark.sqlite

# What names and numbers are made of, with the awkward neighbours mixed in.
CHINESE = st.text("惠州市城區区環环保護护罰罚决決字第号〔〕[]（）()【】 　-—·2０1一〇ABａｂé．。，", max_size=40)
ANY = st.one_of(CHINESE, st.text())


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("惠州市（惠城區）貿易有限公司", "惠州市惠城区贸易有限公司"),
        ("惠州市(惠城区) 贸易 有限公司", "惠州市惠城区贸易有限公司"),
        ("ＡＢＣ·Café－１２", "abccafe12"),
        ("臺灣後裏麵發髮", "台湾后里面发发"),
        ("①②Ⅷ㎡ﬁ", "12viiim2fi"),
        ("二〇二五", "二〇二五"),
        ("𠮷野家", "𠮷野家"),
        ("\ue000氏", "\ue000氏"),
        ("\U00031350", "\U00031350"),
        ("が", "が"),
        ("。，、！“”…《》", ""),
        ("", ""),
    ],
)
def test_text_is_folded(written, folded):
    assert fold_text(written) == folded


@given(ANY)
def test_folding_twice_changes_nothing(text):
    assert fold_text(fold_text(text)) == fold_text(text)


@given(ANY, ANY)
def test_the_fold_of_a_part_is_a_part_of_the_fold(a, b):
    assert fold_text(a + b) == fold_text(a) + fold_text(b)


@given(ANY)
def test_a_fold_has_no_blank_bracket_quote_or_mark(text):
    folded = fold_text(text)
    assert not any(c.isspace() or c in "()[]{}<>〔〕【】（）'\"\\-_.,;:!?|&*%\0" for c in folded)


@given(st.text("惠州城区环保abc12", min_size=2, max_size=30), st.data())
def test_any_part_of_two_characters_and_more_is_a_run_of_bigrams(text, data):
    whole = bigrams(text)
    first = data.draw(st.integers(0, len(text) - 2))
    last = data.draw(st.integers(first + 2, len(text)))
    part = bigrams(text[first:last])
    assert len(part) == last - first - 1
    assert whole[first : first + len(part)] == part


def test_bigrams_of_less_than_two_characters_are_none():
    assert bigrams("") == []
    assert bigrams("惠") == []
    assert bigrams("惠城区") == ["惠城", "城区"]


@pytest.mark.parametrize(
    "number",
    [
        "惠环罚〔2025〕12号",
        "惠环罚[2025]第12号",
        "惠环罚（2025）12",
        "惠环罚(2025)12号",
        "惠环罚【2025】12号",
        "惠环罚〔２０２５〕１２号",
        "惠環罰〔2025〕12號",
        " 惠 环 罚 〔 2025 〕 第 12 号 ",
        "惠环罚﹝2025﹞12号",
        "惠环罚2025-12",
        "惠环罚\u200b〔2025〕12号",
    ],
)
def test_one_document_number_in_every_style(number):
    assert fold_document_number(number) == "惠环罚-2025-12"


@pytest.mark.parametrize(
    ("number", "folded"),
    [
        ("2025-1-12", "2025-1-12"),
        ("2025-11-2", "2025-11-2"),
        ("德环罚字【2019】0013号", "德环罚字-2019-0013"),
        ("济环罚字〔2020〕TQ第Q-4008号", "济环罚字-2020-tq-q-4008"),
        ("惠环罚〔2025〕12号之一", "惠环罚-2025-12-之一"),
        ("惠市监第一分局罚〔2025〕3号", "惠市监第一分局罚-2025-3"),
        ("(2020)粤1302行初12号", "2020-粤-1302-行初-12"),
        ("惠环-罚12", "惠环-罚-12"),
        ("12 3", "12-3"),
        ("123", "123"),
        ("第12号第5号", "12-5"),
        ("第-第-12", "12"),
        ("空", "空"),
        ("号", "号"),
        ("——", ""),
        ("", ""),
    ],
)
def test_document_numbers_are_folded(number, folded):
    assert fold_document_number(number) == folded


@settings(max_examples=1000)
@given(st.text("罚第号 -1a\0", max_size=12))
@example("12号第5")
@example("第-第-12")
def test_folding_a_document_number_twice_changes_nothing(number):
    assert fold_document_number(fold_document_number(number)) == fold_document_number(number)


@given(st.text())
def test_any_text_can_be_folded_as_a_document_number_once_and_for_all(number):
    folded = fold_document_number(number)
    assert fold_document_number(folded) == folded
    assert not any(c.isspace() for c in folded)


def test_a_hostile_document_number_is_folded_in_one_pass():
    assert fold_document_number("第-" * 50_000 + "12" + "-号" * 50_000) == "12"


BRACKETS = ["〔〕", "[]", "【】", "（）", "()", "﹝﹞", "［］", "「」", "<>", "{}"]


@given(
    st.text("惠环市监罚决字", min_size=1, max_size=8),
    st.integers(2000, 2099),
    st.integers(1, 99999),
    st.sampled_from(BRACKETS),
    st.sampled_from(BRACKETS),
    st.sampled_from(["", "第", " 第 "]),
    st.sampled_from(["", "号", " 号", "號"]),
)
def test_brackets_ordinals_and_blanks_never_matter(unit, year, number, one, other, before, after):
    plain = f"{unit}{one[0]}{year}{one[1]}{number}号"
    varied = f" {unit} {other[0]}{year}{other[1]} {before}{number}{after}"
    assert fold_document_number(plain) == fold_document_number(varied) == f"{unit}-{year}-{number}"


@given(st.lists(st.integers(0, 9999), min_size=2, max_size=4), st.lists(st.integers(0, 9999), min_size=2, max_size=4))
def test_numbers_made_of_other_parts_stay_apart(one, other):
    def written(parts):
        return "-".join(map(str, parts))

    assert (fold_document_number(written(one)) == fold_document_number(written(other))) == (one == other)
