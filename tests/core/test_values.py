"""Cells as they come from forms, CSV and workbooks: every spelling in use, and a sentence for what cannot be used."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.values import LONG_TERM, ValueProblem, is_blank, looks_like_yuan, parse_amount, parse_date, parse_text

pytestmark = pytest.mark.sqlite

DAY = date(2025, 3, 1)


def problem(parse, value, **options):
    with pytest.raises(ValueProblem) as caught:
        parse(value, **options)
    assert caught.value.message == str(caught.value)
    assert caught.value.message.endswith("。")
    return caught.value.code


# ------------------------------------------------------------ dates


@pytest.mark.parametrize(
    "value",
    [
        "2025-03-01",
        "2025-3-1",
        "2025/3/1",
        "2025/03/01",
        "2025.3.1",
        "2025.03.01",
        "20250301",
        "20250301123000",
        "2025年3月1日",
        "2025年03月01日",
        "2025 年 3 月 1 日",
        "2025年3月1号",
        "二〇二五年三月一日",
        "二零二五年三月一日",
        "二○二五年三月一日",
        "２０２５－０３－０１",
        "2025—03—01",
        " 2025-03-01 ",
        "\ufeff2025-03-01",
        "2025-03-01 00:00:00",
        "2025/3/1 0:00",
        "2025-03-01T08:30:00",
        "2025-03-01T08:30:00+08:00",
        "2025年3月1日10时30分",
        "45717",
        "45717.5",
        45717,
        45717.0,
        45717.75,
        20250301,
        20250301.0,
        DAY,
        datetime(2025, 3, 1),
        datetime(2025, 3, 1, 23, 59),
        datetime(2025, 2, 28, 16, 30, tzinfo=UTC),  # 00:30 in Huizhou
    ],
)
def test_one_day_in_every_spelling(value):
    assert parse_date(value) == DAY


@pytest.mark.parametrize("value", [None, "", "  ", "\u3000", "/", "-", "--", "——", "－"])
def test_a_blank_date_is_none(value):
    assert parse_date(value) is None


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("二〇二五年十二月三十一日", date(2025, 12, 31)),
        ("二〇二五年十月十日", date(2025, 10, 10)),
        ("二〇二五年十一月二十日", date(2025, 11, 20)),
        ("二〇二五年十一月廿三日", date(2025, 11, 23)),
        ("一九九九年二月二十九日", None),
        ("二〇二五年十三月一日", None),
        ("二〇二五年三月三十二日", None),
        ("二〇二五年三月三三日", None),
        ("二〇二五年三月十十日", None),
    ],
)
def test_days_in_chinese_numerals(words, day):
    if day is None:
        assert problem(parse_date, words) == "date_unreal"
    else:
        assert parse_date(words) == day


@pytest.mark.parametrize(
    ("serial", "day"),
    [
        (1, date(1900, 1, 1)),
        (59, date(1900, 2, 28)),
        (61, date(1900, 3, 1)),
        (36526, date(2000, 1, 1)),
        (73049, date(2099, 12, 30)),
    ],
)
def test_serials_of_the_1900_system(serial, day):
    assert parse_date(serial) == day


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1899-12-31", "date_range"),
        ("2100-01-01", "date_range"),
        (date(1899, 12, 31), "date_range"),
        (datetime(2100, 1, 1), "date_range"),
        ("18991231", "date_range"),
        (0, "date_range"),
        (-5, "date_range"),
        (73051, "date_range"),
        (10**400, "date_range"),
        (60, "date_unreal"),
        ("2025-02-29", "date_unreal"),
        ("2025-13-01", "date_unreal"),
        ("20251301", "date_unreal"),
        (20250230, "date_unreal"),
        ("0000-00-00", "date_unreal"),
        (2025, "date_incomplete"),
        ("2025", "date_incomplete"),
        ("2025年", "date_incomplete"),
        ("2025年3月", "date_incomplete"),
        ("2025-03", "date_incomplete"),
        ("25-03-01", "date_short_year"),
        ("25年3月1日", "date_short_year"),
        ("01/03/2025", "date_order"),
        ("2025-03-01至2026-03-01", "date_several"),
        ("三月一日", "date_format"),
        ("昨天", "date_format"),
        ("2025-03-01 abc", "date_format"),
        (True, "date_format"),
        (time(1, 2), "date_format"),
        (b"2025-03-01", "date_format"),
        (float("nan"), "date_format"),
        (float("inf"), "date_format"),
        ("#N/A", "excel_error"),
        ("#value!", "excel_error"),
    ],
)
def test_unusable_dates_each_have_their_own_sentence(value, code):
    assert problem(parse_date, value) == code


@pytest.mark.parametrize("value", ["长期", "永久", "无期限", "长期有效", " 长期 ", "2099-12-31", "2099/12/31", 73050])
def test_long_term_is_the_last_day_where_it_is_allowed(value):
    assert parse_date(value, allow_long_term=True) == LONG_TERM == date(2099, 12, 31)
    assert problem(parse_date, value) == "date_not_long_term"


def test_a_residents_number_in_the_date_column_is_not_repeated():
    with pytest.raises(ValueProblem) as caught:
        parse_date("441302198901010010")
    assert "19890101" not in caught.value.message


@given(st.dates(date(1900, 1, 1), date(2099, 12, 30)))
def test_every_day_comes_back_from_every_spelling(day):
    digits = "〇一二三四五六七八九"

    def words(number):
        tens, ones = divmod(number, 10)
        return ("" if tens < 1 else "十" if tens == 1 else digits[tens] + "十") + (digits[ones] if ones else "")

    spellings = [
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        "".join(digits[int(c)] for c in str(day.year)) + f"年{words(day.month)}月{words(day.day)}日",
        int(f"{day:%Y%m%d}"),
        datetime.combine(day, time(13, 14)),
        day,
    ]
    serial = (day - date(1899, 12, 30)).days
    if serial > 60 and not 1900 <= serial <= 2100:
        spellings += [serial, float(serial), serial + 0.5]
    if serial >= 10_000:
        spellings.append(str(serial))
    assert {parse_date(s) for s in spellings} == {day}


ANYTHING = st.one_of(
    st.text(),
    st.text("0123456789年月日〇一二十-/. 元万亿贰仟整,，¥()"),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.dates(),
    st.datetimes(),
    st.decimals(),
)


@given(ANYTHING)
def test_no_cell_at_all_breaks_the_date_conversion(value):
    try:
        day = parse_date(value, allow_long_term=True)
    except ValueProblem as refused:
        assert refused.message.endswith("。")
    else:
        assert day is None or date(1900, 1, 1) <= day <= date(2099, 12, 31)
        assert type(day) is date or day is None


# ------------------------------------------------------------ amounts


@pytest.mark.parametrize(
    "value",
    [
        "0.2",
        "0.200000",
        ".2",
        "０．２",
        " 0.2 ",
        0.2,
        Decimal("0.2"),
        "2000元",
        "2,000元",
        "2,000.00元",
        "2，000元",
        "2000 元",
        "2000元整",
        "0.2万元",
        "0.2万",
        "¥2000元",
        "￥2,000.00元",
        "人民币2000元",
        "罚款2000元",
        "2千元",
        "20百元",
        "贰仟元整",
        "贰仟圆整",
        "贰仟元正",
        "人民币贰仟元整",
        "人民币贰仟元",
        "二千元",
        "两千元",
        "2仟元",
        "贰仟元整（￥2000）",
        "贰仟元整(2000元)",
        "2000元（大写：贰仟元整）",
        "0.2（万元）",
        "2000（元）",
    ],
)
def test_two_thousand_yuan_in_every_spelling(value):
    assert parse_amount(value) == Decimal("0.2")
    assert str(parse_amount(value)) == "0.200000"


@pytest.mark.parametrize(
    ("value", "wan"),
    [
        ("人民币伍拾肆万元整", 54),
        ("伍拾肆万", 54),
        ("54万", 54),
        ("1.5亿元", 15000),
        ("壹亿贰仟叁佰万元", 12300),
        ("3百万元", 300),
        ("壹万零伍元整", "1.0005"),
        ("壹拾万零伍佰元", "10.05"),
        ("拾伍元", "0.0015"),
        ("壹佰元伍角", "0.01005"),
        ("壹佰元零伍分", "0.010005"),
        ("壹佰元叁角贰分", "0.010032"),
        ("一百零五元", "0.0105"),
        ("5万2千元", "5.2"),
        ("1万5000元", "1.5"),
        ("零元", 0),
        ("0", 0),
        (0, 0),
        (2000, 2000),
        (0.1 + 0.2, "0.3"),
        (1e-6, "0.000001"),
        ("0.01元", "0.000001"),
        ("1,234,567.89元", "123.456789"),
        ("999999999999.999999", "999999999999.999999"),
    ],
)
def test_amounts_in_wan(value, wan):
    assert parse_amount(value) == Decimal(wan)


@pytest.mark.parametrize("value", [None, "", " ", "/", "-", "——", "无"])
def test_a_blank_amount_is_none(value):
    assert parse_amount(value) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (-1, "amount_negative"),
        ("-0.5", "amount_negative"),
        ("−5元", "amount_negative"),
        (Decimal("-0.000001"), "amount_negative"),
        ("0.0000001", "amount_precision"),
        ("0.001元", "amount_precision"),
        (1.23456789, "amount_precision"),
        ("1000000000000", "amount_too_large"),
        (10**400, "amount_too_large"),
        (1e300, "amount_too_large"),
        ("9" * 5000, "amount_too_large"),
        ("100美元", "amount_currency"),
        ("$100", "amount_currency"),
        ("约2万元", "amount_vague"),
        ("2-3万元", "amount_vague"),
        ("2万元以下", "amount_vague"),
        ("200元/次", "amount_vague"),
        ("¥2000", "amount_unit"),
        ("人民币2000", "amount_unit"),
        ("叁万元整（￥20000）", "amount_conflict"),
        ("一万五元", "amount_format"),
        ("二五元", "amount_format"),
        ("贰仟", "amount_format"),
        ("万元", "amount_format"),
        ("1,5", "amount_format"),
        ("12,34元", "amount_format"),
        ("abc", "amount_format"),
        ("1e3", "amount_format"),
        (True, "amount_format"),
        (DAY, "amount_format"),
        (float("nan"), "amount_format"),
        (Decimal("NaN"), "amount_format"),
        ("#REF!", "excel_error"),
    ],
)
def test_unusable_amounts_each_have_their_own_sentence(value, code):
    assert problem(parse_amount, value) == code


def in_capitals(number):
    """A whole number below 10^12 as a cashier writes it, made another way than the parser reads it."""
    digits, units, sections = "零壹贰叁肆伍陆柒捌玖", ["", "拾", "佰", "仟"], ["", "万", "亿"]
    if number == 0:
        return "零"
    text, section = "", 0
    while number:
        number, part = divmod(number, 10_000)
        written, gap = "", False
        for place in range(4):
            part, digit = divmod(part, 10)
            if digit:
                written = digits[digit] + units[place] + ("零" if gap and written else "") + written
                gap = False
            elif written:
                gap = True
        short = number and gap
        if written:
            text = ("零" if short or (number and gap) else "") + written + sections[section] + text
        elif text and not text.startswith("零"):
            text = "零" + text
        section += 1
    return text.lstrip("零")


@given(st.integers(0, 10**12 - 1))
def test_every_amount_in_capitals_comes_back(yuan):
    assert parse_amount(f"人民币{in_capitals(yuan)}元整") == Decimal(yuan) / 10_000


@given(st.decimals(0, 10**11, places=2))
def test_every_amount_in_yuan_comes_back_with_separators(yuan):
    assert parse_amount(f"{yuan:,}元") == yuan / 10_000


@given(st.decimals(0, 10**11, places=6))
def test_every_amount_in_wan_comes_back(wan):
    assert parse_amount(f"{wan}") == wan
    assert parse_amount(f"{wan:,}万元") == wan


@given(ANYTHING)
def test_no_cell_at_all_breaks_the_amount_conversion(value):
    try:
        amount = parse_amount(value)
    except ValueProblem as refused:
        assert refused.message.endswith("。")
    else:
        assert amount is None or 0 <= amount < 10**12


@pytest.mark.parametrize(
    ("amount", "text", "warned"),
    [
        ("1000", "罚款1000元", True),
        ("1000", "罚款人民币壹仟元整", True),
        ("1000", "罚款1,000元，并没收违法所得", True),
        ("50", "罚款50元", True),
        ("0.1", "罚款1000元", False),
        ("1000", "罚款1000万元", False),
        ("1000", "罚款壹仟万元整", False),
        ("1000", "警告", False),
        ("10000", "", True),
        ("9999.99", "", False),
        ("20000", "罚款20000元", True),
        ("20000", "罚款2亿元", False),
        ("0", "罚款0元", False),
        ("3", "叁万元整（￥30000）元", False),
    ],
)
def test_yuan_taken_for_wan_is_noticed(amount, text, warned):
    message = looks_like_yuan(Decimal(amount), text)
    assert bool(message) == warned
    if message:
        assert "请改填" in message


def test_the_warning_tells_what_to_type():
    assert "“0.1”" in looks_like_yuan(Decimal("1000.000000"), "罚款1000元")
    assert looks_like_yuan(None, "罚款1000元") is None


@given(st.decimals(0, 10**6, places=6), st.text())
def test_the_warning_can_read_any_text(amount, text):
    looks_like_yuan(amount, text + "元")


def test_real_penalties_amounts_agree_with_their_texts(real_data):
    with (real_data("penalties") / "petrochina_env_penalties.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    amounts = [parse_amount(row["amount_wan_yuan"]) for row in rows]
    assert any(amounts)
    assert [looks_like_yuan(a, row["content"]) for a, row in zip(amounts, rows, strict=True) if a] == [
        None for a in amounts if a
    ]
    in_yuan = [(a * 10_000, row["content"]) for a, row in zip(amounts, rows, strict=True) if a]
    assert all(looks_like_yuan(yuan, text) for yuan, text in in_yuan)


# ------------------------------------------------------------ text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("惠城区", "惠城区"),
        ("  惠城区\u3000", "惠城区"),
        ("\ufeff惠城区", "惠城区"),
        ("惠\u200b城\x00区", "惠城区"),
        ("\u202e惠城区", "惠城区"),
        ("第一行\r\n第二行", "第一行\n第二行"),
        ("第一行_x000D_\n第二行", "第一行\n第二行"),
        ("惠州\u00a0惠城\u3000区", "惠州 惠城 区"),
        ("\ud800惠", "惠"),
        ("\ue000氏", "\ue000氏"),
        (None, ""),
        (2025, "2025"),
        (2025.0, "2025"),
        (0.1 + 0.2, "0.3"),
        (-0.0, "0"),
        (1e14, "100000000000000"),
        (True, "TRUE"),
        (DAY, "2025-03-01"),
        (datetime(2025, 3, 1), "2025-03-01"),
        (datetime(2025, 3, 1, 12, 30), "2025-03-01 12:30:00"),
        (time(12, 30), "12:30:00"),
        (timedelta(hours=1), "1:00:00"),
        (Decimal("1.50"), "1.50"),
        ("#1楼", "#1楼"),
    ],
)
def test_cells_as_text(value, text):
    assert parse_text(value) == text


@pytest.mark.parametrize("value", [441302198901010010, 441302198901010010.0, 1e15, -1e15, 10**400])
def test_numbers_beyond_fifteen_digits_are_refused_with_the_remedy(value):
    with pytest.raises(ValueProblem, match="文本") as caught:
        parse_text(value)
    assert caught.value.code == "digits_lost"


@pytest.mark.parametrize("value", ["#N/A", " #VALUE! ", "#REF!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#n/a"])
def test_errors_of_formulas_are_refused(value):
    assert problem(parse_text, value) == "excel_error"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_none_are_refused(value):
    assert problem(parse_text, value) == "not_a_number"


@given(ANYTHING)
def test_text_of_any_cell_can_be_stored_and_reads_the_same_again(value):
    try:
        text = parse_text(value)
    except ValueProblem:
        return
    assert "\x00" not in text
    text.encode()
    assert text == text.strip()
    assert parse_text(text) == text


@pytest.mark.parametrize("value", [None, "", " ", "/", "——"])
def test_blank_marks(value):
    assert is_blank(value)


@pytest.mark.parametrize("value", [0, 0.0, False, "0", "无", "x"])
def test_what_is_no_blank_mark(value):
    assert not is_blank(value)
