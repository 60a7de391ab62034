"""Vectors: GB 32100-2015's own example, GB 11643 examples with a made-up holder, and real companies' codes."""

import csv
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.identifiers import (
    USCC_ALPHABET,
    USCC_KINDS,
    check_business_registration,
    check_organisation_code,
    check_resident_id,
    check_tax_registration,
    check_uscc,
    make_resident_id,
    make_uscc,
    normalise_code,
    organisation_check_digit,
    resident_id_check_digit,
    uscc_check_digit,
    uscc_kind,
)

pytestmark = pytest.mark.sqlite

TODAY = date(2026, 11, 23)
GOOD_USCC = "91350100M000100Y43"
GOOD_ID = "441302198901010010"


def errors(found):
    return [f.code for f in found if f.level == "error"]


def warnings(found):
    return [f.code for f in found if f.level == "warning"]


def only(found):
    assert len(found) == 1, found
    return found[0]


# ------------------------------------------------------------ unified code


def test_the_standards_own_example_is_completed_with_3():
    assert uscc_check_digit("91350100M000100Y4") == "3"
    assert make_uscc("91350100M000100Y4") == GOOD_USCC
    assert check_uscc(GOOD_USCC) == []


@pytest.mark.parametrize("prefix", ["N2441302", "Y1441302", "A1100000", "11441302", "54441302"])
def test_letters_n_y_and_a_are_lawful_first_characters(prefix):
    assert check_uscc(make_uscc(prefix + "MF012345")) == []


@pytest.mark.parametrize("blank", [None, "", "   ", "\u3000"])
def test_a_blank_code_is_asked_for(blank):
    assert only(check_uscc(blank)).code == "blank"


def test_a_wrong_last_character_names_the_right_one():
    finding = only(check_uscc(GOOD_USCC[:-1] + "4"))
    assert (finding.level, finding.code) == ("error", "checksum")
    assert "应为“3”" in finding.message


@given(st.integers(0, 16), st.sampled_from(USCC_ALPHABET))
def test_any_single_wrong_character_is_noticed(place, char):
    wrong = GOOD_USCC[:place] + char + GOOD_USCC[place + 1 :]
    assert ("checksum" in errors(check_uscc(wrong))) == (wrong != GOOD_USCC)


@given(st.integers(0, 16))
def test_two_neighbours_swapped_are_noticed(place):
    chars = list(GOOD_USCC)
    chars[place], chars[place + 1] = chars[place + 1], chars[place]
    wrong = "".join(chars)
    assert bool(errors(check_uscc(wrong))) == (wrong != GOOD_USCC)


def test_the_letter_o_is_named_and_the_fitting_repair_is_offered():
    finding = only(check_uscc("9135O100M000100Y43"))
    assert finding.code == "bad_character"
    assert "第5位“O”" in finding.message
    assert "“0”" in finding.message
    assert GOOD_USCC in finding.message


def test_a_repair_that_would_not_fit_is_not_offered():
    finding = only(check_uscc("9135I100M000100Y43"))
    assert "可能应为“1”" in finding.message
    assert "改为“" not in finding.message


def test_a_chinese_character_in_the_code_is_named_with_its_place():
    assert "第18位“无”" in only(check_uscc(GOOD_USCC[:-1] + "无")).message


def test_full_width_and_lower_case_are_tidied_with_a_warning():
    found = check_uscc("９１350100m000100y43")
    assert errors(found) == []
    message = only(found).message
    assert "全角字符" in message
    assert "小写字母" in message


def test_inner_blanks_are_tidied_with_a_warning_and_outer_ones_silently():
    assert warnings(check_uscc("91350100 M000100Y43")) == ["rewritten"]
    assert check_uscc(f"  {GOOD_USCC}\n") == []
    assert normalise_code(" ９1350100\u200bm000100y43 ") == GOOD_USCC


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("110108000000016", "工商注册号"),
        ("M000100Y4", "组织机构代码"),
        ("M000100Y-4", "组织机构代码"),
        (GOOD_USCC[:-1], "现为17位"),
        (GOOD_USCC + "0", "现为19位"),
    ],
)
def test_a_wrong_length_says_what_it_looks_like(value, hint):
    finding = only(check_uscc(value))
    assert finding.code == "length"
    assert hint in finding.message


@pytest.mark.parametrize("value", [9.161011166317877e17, "9.16101E+17"])
def test_a_code_that_a_spreadsheet_took_for_a_number_is_refused_with_the_remedy(value):
    finding = only(check_uscc(value))
    assert finding.code == "scientific_notation"
    assert "文本" in finding.message


def test_a_residents_number_in_the_companys_column_is_not_echoed():
    finding = only(check_uscc(GOOD_ID))
    assert finding.code == "resident_id_given"
    assert GOOD_ID not in finding.message
    assert GOOD_ID[6:14] not in finding.message


def test_a_wrong_inner_organisation_code_is_only_a_warning():
    good_inner = organisation_check_digit("M000100Y")
    bad_inner = "5" if good_inner != "5" else "6"
    code = make_uscc("91350100M000100Y" + bad_inner)
    found = check_uscc(code)
    assert errors(found) == []
    assert warnings(found) == ["inner_checksum"]


def test_an_unknown_kind_and_a_division_with_letters_are_only_warnings():
    assert warnings(check_uscc(make_uscc("94441302MF012345"))) == ["unknown_kind"]
    assert warnings(check_uscc(make_uscc("9144B302MF012345"))) == ["division"]


@pytest.mark.parametrize(
    ("start", "code"),
    [
        ("11", "agency"),
        ("12", "institution"),
        ("51", "social_organisation"),
        ("52", "social_organisation"),
        ("53", "social_organisation"),
        ("54", "village_committee"),
        ("55", "village_committee"),
        ("91", "enterprise"),
        ("92", "sole_trader"),
        ("93", "farmers_cooperative"),
        ("N1", "collective"),
        ("N2", "collective"),
        ("n3", "collective"),
        ("Y1", "other"),
    ],
)
def test_the_first_two_characters_tell_the_kind(start, code):
    assert uscc_kind(start + "441302").code == code


def test_an_unknown_pair_has_no_kind():
    assert uscc_kind("94") is None
    assert uscc_kind("") is None
    assert all(kind.label and kind.authority for kind in USCC_KINDS.values())


def test_a_prefix_of_another_length_is_a_programming_error():
    with pytest.raises(ValueError, match="17"):
        make_uscc("9135")
    with pytest.raises(ValueError, match="17"):
        resident_id_check_digit("4413")


@given(st.text(USCC_ALPHABET, min_size=16, max_size=16))
def test_every_made_code_passes_without_errors_and_with_a_right_inner_digit(prefix):
    found = check_uscc(make_uscc(prefix))
    assert errors(found) == []
    assert "inner_checksum" not in warnings(found)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.booleans()))
def test_no_value_at_all_makes_a_check_fail_with_an_exception(value):
    for check in (check_uscc, check_organisation_code, check_business_registration, check_tax_registration):
        assert all(f.message.endswith("。") for f in check(value))
    assert all(f.message.endswith("。") for f in check_resident_id(value, today=TODAY))


def test_all_real_companies_codes_pass_without_a_word(real_data):
    with (real_data("companies_uscc") / "shaanxi_2942.csv").open(encoding="utf-8-sig", newline="") as file:
        codes = [row["uscc"] for row in csv.DictReader(file)]
    assert len(codes) == 2942
    assert {code: found for code in codes if (found := check_uscc(code))} == {}
    assert {uscc_kind(code).code for code in codes} <= {"enterprise", "farmers_cooperative", "sole_trader"}


# ------------------------------------------------------------ older codes


@pytest.mark.parametrize("code", ["M000100Y4", "M000100Y-4", "663178766", "66317876-6"])
def test_organisation_codes_pass_with_and_without_the_hyphen(code):
    assert check_organisation_code(code) == []


def test_organisation_codes_check_digit_x_and_0():
    assert organisation_check_digit("72996520") == "2"
    assert check_organisation_code("33371330-8") == []
    bodies = {organisation_check_digit(f"{n:08d}"): f"{n:08d}" for n in range(40)}
    assert check_organisation_code(bodies["X"] + "X") == []
    assert check_organisation_code(bodies["0"] + "0") == []


@pytest.mark.parametrize(
    ("value", "code"),
    [("66317876-7", "checksum"), ("6631787", "length"), ("6631787无6", "bad_character"), ("", "blank")],
)
def test_wrong_organisation_codes_are_refused(value, code):
    assert errors(check_organisation_code(value)) == [code]


@pytest.mark.parametrize("number", ["110108000000016", "440301103097413", "330100400013364"])
def test_business_registration_numbers_pass(number):
    assert check_business_registration(number) == []


def test_a_business_registration_number_with_another_check_digit_is_only_a_warning():
    found = check_business_registration("110108000000017")
    assert errors(found) == []
    assert warnings(found) == ["checksum"]


@pytest.mark.parametrize(
    ("value", "code"),
    [("11010800000001", "length"), ("11010800000001O", "bad_character"), (GOOD_USCC, "length"), (None, "blank")],
)
def test_wrong_business_registration_numbers_are_refused(value, code):
    assert errors(check_business_registration(value)) == [code]


def test_a_registration_number_read_as_a_decimal_is_refused_with_the_remedy():
    finding = only(check_business_registration(110108000000016.0))
    assert finding.code == "number_format"
    assert "文本" in finding.message


@pytest.mark.parametrize("size", [15, 17, 18, 20])
def test_tax_numbers_of_the_four_lengths_pass(size):
    assert check_tax_registration("4413" + "A" * (size - 4)) == []


@pytest.mark.parametrize(("value", "code"), [("4413", "length"), ("4413-2000000000", "bad_character"), (" ", "blank")])
def test_wrong_tax_numbers_are_refused(value, code):
    assert errors(check_tax_registration(value)) == [code]


# ------------------------------------------------------------ people


@pytest.mark.parametrize(
    "number",
    [
        GOOD_ID,
        "441302198701010016",  # the division is younger than its holder: the usual library refuses it
        make_resident_id("810000", date(1980, 5, 6), 12),
        make_resident_id("820000", date(1980, 5, 6), 12),
        make_resident_id("830000", date(1980, 5, 6), 12),
        make_resident_id("911156", date(1980, 5, 6), 12),
        make_resident_id("441302", date(1900, 1, 1), 1),
        make_resident_id("441302", TODAY, 1),
        make_resident_id("441302", date(2000, 2, 29), 1),
    ],
)
def test_true_residents_numbers_pass(number):
    assert check_resident_id(number, today=TODAY) == []


def test_a_small_x_is_taken_with_a_warning():
    number = next(n for s in range(1, 100) if (n := make_resident_id("441302", date(1989, 1, 1), s)).endswith("X"))
    assert check_resident_id(number, today=TODAY) == []
    assert warnings(check_resident_id(number.lower(), today=TODAY)) == ["rewritten"]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "blank"),
        ("441302890101001", "old_number"),
        ("44130219890101001", "length"),
        ("441302198901010011", "checksum"),
        ("44130219890101001O", "bad_character"),
        ("4413O2198901010010", "bad_character"),
        ("X41302198901010010", "bad_character"),
        ("441302198902300010", "birth_date"),
        (make_resident_id("441302", date(2026, 11, 24), 1), "birth_date"),
        (make_resident_id("441302", date(1899, 12, 31), 1), "birth_date"),
        ("4.41302E+17", "scientific_notation"),
        (441302198901010010.0, "scientific_notation"),
    ],
)
def test_wrong_residents_numbers_are_refused_and_never_echoed(number, code):
    finding = only(check_resident_id(number, today=TODAY))
    assert (finding.level, finding.code) == ("error", code)
    assert "19890101" not in finding.message
    if len(str(number)) > 10:
        assert str(number) not in finding.message


def test_the_old_fifteen_digits_are_asked_for_as_eighteen():
    assert "18位" in only(check_resident_id("441302890101001", today=TODAY)).message


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(1, 999))
def test_every_made_residents_number_passes(born, sequence):
    assert check_resident_id(make_resident_id("441302", born, sequence), today=TODAY) == []
