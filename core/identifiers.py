"""Codes of organisations and people: what is wrong with one, in a sentence its owner can act on.

Every check is a pure function that returns findings: an *error* refuses the value, a *warning* asks somebody to look.
Checks read the value as `normalise_code` stores it and never echo a resident's number.

python-stdnum computes check digits; its `validate` is not used, because it refuses real codes: unified codes that
start with N, Y or A, and resident numbers whose division code is younger than their holder.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from stdnum.cn.ric import calc_check_digit as _resident_check_digit
from stdnum.cn.uscc import calc_check_digit as _uscc_check_digit
from stdnum.iso7064 import mod_11_10

Level = Literal["error", "warning"]

# GB 32100-2015, 4.2: ten digits and the capitals but I, O, S, V, Z.
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_LENGTH = 18
ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
TAX_LENGTHS = (15, 17, 18, 20)
OLDEST_BIRTH = date(1900, 1, 1)

_USCC_SET = frozenset(USCC_ALPHABET)
_ORGANISATION_SET = frozenset(ORGANISATION_ALPHABET)
_ORGANISATION_VALUE = {c: i for i, c in enumerate(ORGANISATION_ALPHABET)}
# Letters the standard leaves out, and the character they are usually mistaken for.
CONFUSED = {"O": "0", "I": "1", "S": "5", "Z": "2", "V": "U"}

_HALF_WIDTH: dict[int, int | None] = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_INVISIBLE: dict[int, int | None] = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD, 0x180E])
_SCIENTIFIC = re.compile(r"^\d(?:\.\d+)?E\+?\d+$")
_DIGITS_ZERO = re.compile(r"^(\d{9,})\.0+$")


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    code: str
    message: str


def _error(code: str, message: str) -> Finding:
    return Finding("error", code, message)


def _warning(code: str, message: str) -> Finding:
    return Finding("warning", code, message)


def normalise_code(value: object) -> str:
    """A code as it is stored and compared: half width, capitals, no blanks or invisible characters."""
    text = "" if value is None else str(value)
    if text.isascii() and text.isalnum():
        return text.upper()
    text = text.translate(_HALF_WIDTH).translate(_INVISIBLE)
    return "".join(text.split()).lstrip("'’").upper()


# ---------------------------------------------------------------- check digits and generators


def uscc_check_digit(prefix17: str) -> str:
    """The 18th character of a unified code (GB 32100-2015, 4.5: weights 3^i mod 31)."""
    if len(prefix17) != USCC_LENGTH - 1 or not _USCC_SET.issuperset(prefix17):
        raise ValueError("a unified code's prefix has 17 characters of its alphabet")
    return str(_uscc_check_digit(prefix17))


def organisation_check_digit(body8: str) -> str:
    """The ninth character of an organisation code (GB 11714: 11 − Σ mod 11; 10 is X, 11 is 0)."""
    total = sum(_ORGANISATION_VALUE[c] * w for c, w in zip(body8, ORGANISATION_WEIGHTS, strict=True))
    return "0X987654321"[total % 11]


def resident_id_check_digit(prefix17: str) -> str:
    """The 18th character of a citizen's number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    if len(prefix17) != 17 or not (prefix17.isascii() and prefix17.isdigit()):
        raise ValueError("a resident number's prefix has 17 digits")
    # The library wants the check digit's place filled and does not read it.
    return str(_resident_check_digit(prefix17 + "0"))


def make_uscc(prefix: str) -> str:
    """A whole unified code from 17 characters, or from 16 (then the inner organisation code is completed too)."""
    prefix = normalise_code(prefix)
    if len(prefix) == 16:
        prefix += organisation_check_digit(prefix[8:])
    return prefix + uscc_check_digit(prefix)


def make_resident_id(division: str, born: date, sequence: int) -> str:
    """A resident number with the right check digit, for demonstration and tests."""
    prefix = f"{division}{born:%Y%m%d}{sequence:03d}"
    return prefix + resident_id_check_digit(prefix)


# ---------------------------------------------------------------- what a unified code says about its holder


@dataclass(frozen=True, slots=True)
class UsccKind:
    """What the first two characters say: registering authority and class of holder (GB 32100-2015, table 1)."""

    prefix: str
    code: str
    label: str
    authority: str


_AUTHORITIES = {
    "1": "机构编制",
    "2": "外交",
    "3": "司法行政",
    "4": "文化",
    "5": "民政",
    "6": "旅游",
    "7": "宗教",
    "8": "工会",
    "9": "市场监管",
    "A": "中央军委改革和编制办公室",
    "N": "农业农村",
    "Y": "其他",
}
# 54 and 55 are not in the standard's first edition; civil affairs gives them to 村民委员会 and 居民委员会.
_KINDS = {
    "11": ("agency", "机关"),
    "12": ("institution", "事业单位"),
    "13": ("people_organisation", "编办直接管理机构编制的群众团体"),
    "19": ("other", "机构编制部门登记的其他机构"),
    "21": ("foreign_office", "外国常驻新闻机构"),
    "29": ("other", "外交部门登记的其他机构"),
    "31": ("law_firm", "律师执业机构"),
    "32": ("notary_office", "公证处"),
    "33": ("legal_service", "基层法律服务所"),
    "34": ("forensic_institute", "司法鉴定机构"),
    "35": ("arbitration_commission", "仲裁委员会"),
    "39": ("other", "司法行政部门登记的其他机构"),
    "41": ("foreign_office", "外国在华文化中心"),
    "49": ("other", "文化部门登记的其他机构"),
    "51": ("social_organisation", "社会团体"),
    "52": ("social_organisation", "民办非企业单位（社会服务机构）"),
    "53": ("social_organisation", "基金会"),
    "54": ("village_committee", "村民委员会"),
    "55": ("village_committee", "居民委员会"),
    "59": ("other", "民政部门登记的其他机构"),
    "61": ("foreign_office", "外国旅游部门常驻代表机构"),
    "62": ("foreign_office", "港澳台地区旅游部门常驻内地（大陆）代表机构"),
    "69": ("other", "旅游部门登记的其他机构"),
    "71": ("religious_site", "宗教活动场所"),
    "72": ("religious_school", "宗教院校"),
    "79": ("other", "宗教部门登记的其他机构"),
    "81": ("trade_union", "基层工会"),
    "89": ("other", "工会登记的其他机构"),
    "91": ("enterprise", "企业"),
    "92": ("sole_trader", "个体工商户"),
    "93": ("farmers_cooperative", "农民专业合作社"),
    "A1": ("military_institution", "军队事业单位"),
    "A9": ("other", "军队登记的其他机构"),
    "N1": ("collective", "组级集体经济组织"),
    "N2": ("collective", "村级集体经济组织"),
    "N3": ("collective", "乡镇级集体经济组织"),
    "N9": ("other", "农业农村部门登记的其他机构"),
    "Y1": ("other", "其他机构"),
}
USCC_KINDS = {
    prefix: UsccKind(prefix, code, label, _AUTHORITIES[prefix[0]]) for prefix, (code, label) in _KINDS.items()
}


def uscc_kind(code: object) -> UsccKind | None:
    """The class of holder that the code's first two characters name; None for a pair that is not in the table."""
    return USCC_KINDS.get(normalise_code(code)[:2])


# ---------------------------------------------------------------- shared pieces


def _rewritten(value: object, text: str, name: str) -> Iterator[Finding]:
    """A warning when the value had to be tidied, naming what was tidied. Surrounding blanks are not worth a word."""
    raw = str(value).strip()
    if raw == text:
        return
    what = []
    if any(0xFF01 <= ord(c) <= 0xFF5E for c in raw):
        what.append("全角字符")
    if any(c.islower() for c in raw):
        what.append("小写字母")
    if len(raw.split()) > 1 or any(ord(c) in _INVISIBLE for c in raw):
        what.append("空格或不可见字符")
    if what:
        yield _warning("rewritten", f"{name}中含有{'、'.join(what)}，已改为半角大写，请核对。")


def _spoiled_number(text: str, name: str) -> Finding | None:
    """A code that a spreadsheet took for a number: digits are lost or a fraction was added."""
    if _SCIENTIFIC.match(text):
        return _error(
            "scientific_notation",
            f"{name}被表格软件改成了科学计数法，原来的数字已丢失。请先把该列设为“文本”格式，再按证件重新填写。",
        )
    if _DIGITS_ZERO.match(text):
        return _error("number_format", f"{name}带有小数“.0”，说明单元格是数字格式。请把该列设为“文本”格式后重新填写。")
    return None


def _bad_characters(text: str, allowed: frozenset[str], name: str, rule: str) -> Finding | None:
    """The first character outside the alphabet, with its place and what was probably meant."""
    for place, char in enumerate(text, 1):
        if char in allowed:
            continue
        if char in CONFUSED:
            hint = f"可能应为“{CONFUSED[char]}”，"
        elif char in "-－—–_":
            hint = "请去掉连接符，"
        else:
            hint = ""
        return _error("bad_character", f"{name}第{place}位“{char}”不是允许的字符（{rule}），{hint}请对照证书更正。")
    return None


def _is_resident_id_shape(text: str) -> bool:
    return (
        len(text) == 18
        and text[:17].isascii()
        and text[:17].isdigit()
        and text[0] in "12345689"
        and _calendar_date(text[6:14]) is not None
        and resident_id_check_digit(text[:17]) == text[17]
    )


def _calendar_date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


# ---------------------------------------------------------------- unified social credit code

USCC_NAME = "统一社会信用代码"
USCC_RULE = "只用数字和除 I、O、S、V、Z 外的大写字母"


def check_uscc(value: object) -> list[Finding]:
    """统一社会信用代码 (GB 32100-2015): length, alphabet, check character.

    Letters N, Y and A are lawful first characters (village collectives, others, the military). The check digit of
    the organisation code inside (GB 11714), an unknown first pair and a division that is not digits are warnings.
    """
    text = normalise_code(value)
    found = list(_check_uscc(text))
    if value != text and not any(f.level == "error" for f in found):
        found.extend(_rewritten(value, text, USCC_NAME))
    return found


# One workbook names the same few agencies and many subjects twice: the answer for a code never changes.
@lru_cache(maxsize=16_384)
def _check_uscc(text: str) -> tuple[Finding, ...]:
    if len(text) != USCC_LENGTH:
        return (_uscc_length(text),)
    if bad := _bad_characters(text, _USCC_SET, USCC_NAME, USCC_RULE):
        return (_with_repair(text, bad),)
    if str(_uscc_check_digit(text[:17])) != text[17]:
        return (_uscc_checksum(text),)
    return tuple(_uscc_doubts(text))


def _uscc_length(text: str) -> Finding:
    if not text:
        return _error("blank", f"没有填写{USCC_NAME}，请填写证书上的18位代码。")
    if spoiled := _spoiled_number(text, USCC_NAME):
        return spoiled
    hint = "请对照证书补全或删去多余的字符。"
    if len(text) == 15 and text.isdigit():
        hint = "15位数字像是工商注册号，请填入“工商注册号”一栏，或换成证书上的18位代码。"
    elif len(text.replace("-", "")) == 9:
        hint = "9位像是组织机构代码，请填入“组织机构代码”一栏，或换成证书上的18位代码。"
    return _error("length", f"{USCC_NAME}应为18位，现为{len(text)}位。{hint}")


def _with_repair(text: str, bad: Finding) -> Finding:
    """Name the one correction that would make the check character fit, if there is one."""
    fixed = "".join(CONFUSED.get(c, c) if c not in _USCC_SET else c for c in text)
    if _USCC_SET.issuperset(fixed) and str(_uscc_check_digit(fixed[:17])) == fixed[17]:
        return _error(bad.code, f"{bad.message}改为“{fixed}”可通过校验，核对无误后再改。")
    return bad


def _uscc_checksum(text: str) -> Finding:
    if _is_resident_id_shape(text):
        return _error(
            "resident_id_given",
            f"{USCC_NAME}一栏填的像是公民身份号码。个人证件号码请填入“证件号码”一栏；单位请填写证书上的代码。",
        )
    return _error(
        "checksum",
        f"{USCC_NAME}校验不符：按前17位计算，末位应为“{_uscc_check_digit(text[:17])}”，现为“{text[17]}”。"
        "多为抄错一位或两位颠倒，请对照证书逐位核对。",
    )


def _uscc_doubts(text: str) -> Iterator[Finding]:
    if text[:2] not in USCC_KINDS:
        yield _warning("unknown_kind", f"{USCC_NAME}前两位“{text[:2]}”不在登记部门与机构类别表中，请对照证书核对。")
    if not text[2:8].isdigit():
        yield _warning("division", f"{USCC_NAME}第3至8位应为6位行政区划数字，现为“{text[2:8]}”，请对照证书核对。")
    inner = text[8:17]
    if organisation_check_digit(inner[:8]) != inner[8]:
        yield _warning(
            "inner_checksum",
            f"{USCC_NAME}第9至17位（组织机构代码“{inner}”）的校验位不符，但整个代码校验正确，请对照证书核对。",
        )


# ---------------------------------------------------------------- the older codes

ORGANISATION_NAME = "组织机构代码"
REGISTRATION_NAME = "工商注册号"
TAX_NAME = "税务登记号"


def check_organisation_code(value: object) -> list[Finding]:
    """组织机构代码 (GB 11714): eight characters and a check character; a hyphen before it is accepted."""
    given = normalise_code(value)
    text = given.replace("-", "")
    if spoiled := _spoiled_number(given, ORGANISATION_NAME):
        return [spoiled]
    if not text:
        return [_error("blank", f"没有填写{ORGANISATION_NAME}，请填写9位代码。")]
    if len(text) != 9:
        hint = f"18位请填入“{USCC_NAME}”一栏。" if len(text) == 18 else "请对照证书补全（含最后一位校验码）。"
        return [_error("length", f"{ORGANISATION_NAME}应为9位，现为{len(text)}位。{hint}")]
    if bad := _bad_characters(text, _ORGANISATION_SET, ORGANISATION_NAME, "只用数字和大写字母"):
        return [bad]
    expected = organisation_check_digit(text[:8])
    if expected != text[8]:
        return [
            _error(
                "checksum",
                f"{ORGANISATION_NAME}校验不符：按前8位计算，末位应为“{expected}”，现为“{text[8]}”。"
                "请逐位核对，留意字母O与数字0、字母I与数字1。",
            )
        ]
    return list(_rewritten(value, given, ORGANISATION_NAME))


def check_business_registration(value: object) -> list[Finding]:
    """工商注册号: 15 digits (GS 15-2006); its check digit (ISO 7064 MOD 11,10) only warns: older numbers lack it."""
    text = normalise_code(value)
    if spoiled := _spoiled_number(text, REGISTRATION_NAME):
        return [spoiled]
    if not text:
        return [_error("blank", f"没有填写{REGISTRATION_NAME}，请填写15位数字。")]
    if len(text) != 15:
        hint = f"18位请填入“{USCC_NAME}”一栏。" if len(text) == 18 else "请对照营业执照核对。"
        return [_error("length", f"{REGISTRATION_NAME}应为15位数字，现为{len(text)}位。{hint}")]
    if bad := _bad_characters(text, frozenset("0123456789"), REGISTRATION_NAME, "只用数字"):
        return [bad]
    found = list(_rewritten(value, text, REGISTRATION_NAME))
    if not mod_11_10.is_valid(text):
        found.append(_warning("checksum", f"{REGISTRATION_NAME}的校验位不符，可能抄错，请对照营业执照核对。"))
    return found


def check_tax_registration(value: object) -> list[Finding]:
    """税务登记号: 15, 17, 18 or 20 letters and digits; it has no check digit of its own."""
    text = normalise_code(value)
    if spoiled := _spoiled_number(text, TAX_NAME):
        return [spoiled]
    if not text:
        return [_error("blank", f"没有填写{TAX_NAME}，请填写税务登记证上的号码。")]
    if len(text) not in TAX_LENGTHS:
        return [_error("length", f"{TAX_NAME}应为15、17、18或20位，现为{len(text)}位，请对照税务登记证核对。")]
    if bad := _bad_characters(text, _ORGANISATION_SET, TAX_NAME, "只用数字和大写字母"):
        return [bad]
    return list(_rewritten(value, text, TAX_NAME))


# ---------------------------------------------------------------- people

RESIDENT_NAME = "公民身份号码"


def check_resident_id(value: object, *, today: date) -> list[Finding]:
    """公民身份号码 (GB 11643-1999): 17 digits and a check character, born between 1900 and `today`.

    The division code is not checked: it is the one in force when the number was given, lists of it are incomplete,
    and 81/82/83 (residence permits of Hong Kong, Macao, Taiwan) and 9 (foreigners' permanent residence) are lawful.
    """
    text = normalise_code(value)
    if problem := _resident_shape(text):
        return [problem]
    born = _calendar_date(text[6:14])
    if born is None:
        return [_error("birth_date", f"{RESIDENT_NAME}第7至14位不是真实存在的出生日期，请对照身份证逐位核对。")]
    if not OLDEST_BIRTH <= born <= today:
        return [_error("birth_date", f"{RESIDENT_NAME}中的出生日期早于1900年或晚于今天，请对照身份证逐位核对。")]
    if resident_id_check_digit(text[:17]) != text[17]:
        return [_error("checksum", f"{RESIDENT_NAME}校验不符，多为抄错一位或两位颠倒，请对照身份证逐位核对。")]
    return list(_rewritten(value, text, RESIDENT_NAME)) if value != text else []


def _resident_shape(text: str) -> Finding | None:
    if spoiled := _spoiled_number(text, RESIDENT_NAME):
        return spoiled
    if not text:
        return _error("blank", f"没有填写{RESIDENT_NAME}，请填写18位号码。")
    if len(text) == 15 and text.isascii() and text.isdigit():
        return _error("old_number", f"这是15位的旧号码，2013年起已停止使用，请填写18位{RESIDENT_NAME}。")
    if len(text) != 18:
        return _error("length", f"{RESIDENT_NAME}应为18位，现为{len(text)}位，请对照身份证核对。")
    for place, char in enumerate(text, 1):
        if char in "0123456789" or (place == 18 and char == "X"):
            continue
        hint = f"可能应为数字“{CONFUSED[char]}”，" if char in "OISZ" else ""
        what = "字母“X”只能在最后一位" if char == "X" else f"不应是“{char}”"
        return _error("bad_character", f"{RESIDENT_NAME}第{place}位有误：{what}，{hint}请对照身份证核对。")
    return None
