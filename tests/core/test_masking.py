"""What stands on a public page in place of personal data, and what must stay readable."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.identifiers import check_resident_id, make_resident_id, make_uscc
from core.masking import HIDDEN, mask_id_number, mask_person_name, mask_phone, scrub

pytestmark = pytest.mark.sqlite

PERSON = "441302198901010010"
PHONE = "13812345678"
CARD = "6222021234567890128"


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张三丰", "张*"),
        ("欧阳娜娜", "欧阳*"),
        ("欧阳锋", "欧阳*"),
        ("欧阳", "欧*"),
        ("阿不都·买买提", "阿*·*"),
        ("买买提．吐尔逊．艾山", "买*·*·*"),
        ("John Smith", "J*"),
        ("  李 四 ", "李*"),
        ("·", "·*"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_a_persons_name_keeps_the_surname_only(name, masked):
    assert mask_person_name(name) == masked


@given(st.text("张王李赵刘欧阳司马娜强·", min_size=2))
def test_a_masked_name_never_tells_the_given_name_or_its_length(name):
    masked = mask_person_name(name)
    assert "*" in masked
    assert sum(c not in "*·" for c in masked) <= 2


def test_a_masked_name_stays_as_it_is():
    for name in ("张三", "欧阳娜娜", "阿不都·买买提"):
        assert mask_person_name(mask_person_name(name)) == mask_person_name(name)


def test_an_id_number_keeps_three_and_four_and_a_short_one_nothing():
    assert mask_id_number(PERSON) == "441***********0010"
    assert mask_id_number("H12345678") == "*********"
    assert mask_id_number("") == ""


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        (PHONE, "138****5678"),
        ("138-1234-5678", "138-****-5678"),
        ("+8613812345678", "+86138****5678"),
        ("0752-2345678", "0752-***5678"),
        ("12345", "*****"),
    ],
)
def test_a_phone_keeps_its_ends(number, masked):
    assert mask_phone(number) == masked


# ------------------------------------------------------------ free text


@pytest.mark.parametrize(
    "number",
    [
        PERSON,
        "441302 19890101 0010",
        "441302-19890101-0010",
        "４４１３０２１９８９０１０１００１０",
        "441302198901010011",  # a slip in the last digit does not make it harmless
        make_resident_id("911156", date(1980, 5, 6), 12),
        make_resident_id("810000", date(1980, 5, 6), 12),
    ],
)
@pytest.mark.parametrize(
    "text", ["当事人张某（身份证号{}）", "当事人张某{}于2025年", "{}", "证件号码:{}。", "1.{}", "ID{}"]
)
def test_residents_numbers_are_hidden_however_written(text, number):
    assert scrub(text.format(number)) == text.format(HIDDEN)


@pytest.mark.parametrize("text", ["当事人张某（身份证号{}）", "张某{}于2025年", "{}"])
def test_the_old_fifteen_digits_are_hidden(text):
    assert scrub(text.format("441302890101001")) == text.format(HIDDEN)


def test_a_unified_code_of_digits_with_a_date_inside_stays_unless_the_text_says_it_is_a_persons():
    codes = (make_uscc(f"91441319890101{n:03d}") for n in range(99))
    code = next(c for c in codes if c.isdigit() and check_resident_id(c, today=date(2026, 11, 23)))
    assert scrub(f"公司（{code}）") == f"公司（{code}）"
    assert scrub(f"身份证号{code}") == f"身份证号{HIDDEN}"


def test_a_number_with_a_small_x_is_hidden():
    number = next(n for s in range(1, 99) if (n := make_resident_id("441302", date(1989, 1, 1), s)).endswith("X"))
    assert scrub(f"身份证{number.lower()}，") == f"身份证{HIDDEN}，"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"电话{PHONE}", f"电话{HIDDEN}"),
        ("联系电话：138 1234 5678。", f"联系电话：{HIDDEN}。"),
        ("手机+86-13812345678", f"手机{HIDDEN}"),
        (f"TEL{PHONE}", f"TEL{HIDDEN}"),
        (f"{PHONE},13912345678", f"{HIDDEN},{HIDDEN}"),
        (f"{PHONE} 13912345678", f"{HIDDEN} {HIDDEN}"),
        ("手机１３８１２３４５６７８", f"手机{HIDDEN}"),
        (f"微信同号{PHONE}号", f"微信同号{HIDDEN}号"),
    ],
)
def test_mobile_phones_are_hidden(text, hidden):
    assert scrub(text) == hidden


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"卡号{CARD}", f"卡号{HIDDEN}"),
        ("汇入 6222 0212 3456 7890 128 卡", f"汇入 {HIDDEN} 卡"),
        ("账号：44001234567890123456", f"账号：{HIDDEN}"),
        ("缴入账户 2008020709024852345", f"缴入账户 {HIDDEN}"),
        ("刷卡4111111111111111", f"刷卡{HIDDEN}"),
        (f"打款至{CARD}", f"打款至{HIDDEN}"),
    ],
)
def test_bank_accounts_are_hidden(text, hidden):
    assert scrub(text) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "惠环罚〔2025〕12号",
        "惠城市监处罚〔2025〕13812345678号",
        "第13812345678号决定",
        "统一社会信用代码91350100M000100Y43",
        "916101116631787669",  # a real code of digits only
        "统一社会信用代码：916101116631787669的公司",
        "N2441302MF0000013Y",
        "工商注册号441302600123456",
        "许可证编号：JY14413020012345",
        "许可证编号441302202501010012",
        "罚款13812345678元",
        "共计13812345678.50元",
        "约13812345678余万元",
        "2025-03-01至2025-03-02、2025.03.01 12:30:45",
        "订单6222021234567890123",  # no card: its Luhn digit is wrong
        "电话0752-2345678",
        "条形码6901234567892",
        "",
        "没有数字",
    ],
)
def test_document_numbers_codes_dates_and_amounts_stay(text):
    assert scrub(text) == text


def test_all_numbers_of_a_long_text_are_hidden_and_the_rest_is_untouched():
    text = (
        f"当事人惠州市某某公司（统一社会信用代码：916101116631787669）法定代表人张三（{PERSON}，电话{PHONE}），"
        f"于２０２５年３月１日违反规定。罚没款缴至账号44001234567890123456。惠环罚〔2025〕12号"
    )
    assert scrub(text) == (
        f"当事人惠州市某某公司（统一社会信用代码：916101116631787669）法定代表人张三（{HIDDEN}，电话{HIDDEN}），"
        f"于２０２５年３月１日违反规定。罚没款缴至账号{HIDDEN}。惠环罚〔2025〕12号"
    )


TEXTS = st.text("0123456789０１Xx -—年月日号〔〕第身份证账元.，。abTEL", max_size=60)


@given(TEXTS)
def test_scrubbing_twice_changes_nothing_more(text):
    assert scrub(scrub(text)) == scrub(text)


@given(TEXTS, st.dates(date(1920, 1, 1), date(2025, 1, 1)), st.integers(1, 999), st.sampled_from("，（:。 人于"))
def test_a_true_number_never_survives_in_any_text(text, born, sequence, before):
    number = make_resident_id("441302", born, sequence)
    assert number not in scrub(f"{text}{before}{number}，{text}")


@given(st.text("ABCDEFGH0123456789", min_size=16, max_size=16).filter(lambda s: not s.isdigit()))
def test_a_unified_code_with_a_letter_always_survives(prefix):
    code = make_uscc(prefix)
    assert scrub(f"代码{code}。") == f"代码{code}。"


@given(st.text())
def test_any_text_can_be_scrubbed(text):
    assert isinstance(scrub(text), str)
