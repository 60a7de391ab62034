"""What a reader sees in place of personal data.

Public pages show a person as surname and `*` and no identity number at all (domain rule; 个人信息保护法 28, 34);
staff with the right see the first three and last four characters. `scrub` takes personal numbers out of free text,
because clerks write them into the facts of a case.
"""

import re
from collections.abc import Callable
from datetime import date

from core.identifiers import resident_id_check_digit, uscc_check_digit

STAR = "*"
HIDDEN = "［已隐去］"

# Two-character family names in use, run together; in a name of three characters and more they are the surname.
_COMPOUND = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容"
    "仲孙钟离长孙宇文司徒鲜于司空闾丘亓官司寇巫马公西颛孙壤驷漆雕乐正宰父谷梁拓跋夹谷轩辕令狐段干"
    "百里呼延东郭南门羊舌微生梁丘左丘西门第五即墨达奚褚师纳兰歐陽司馬諸葛東方獨孤尉遲軒轅鮮于"
)
COMPOUND_SURNAMES = frozenset(_COMPOUND[i : i + 2] for i in range(0, len(_COMPOUND), 2))
_NAME_DOTS = re.compile(r"[·•・‧．.]")


def mask_person_name(name: str) -> str:
    """Surname and one star: 张三 → 张*, 欧阳娜娜 → 欧阳*, 阿不都·买买提 → 阿*·*; the length is not told."""
    name = " ".join(name.split())
    if not name:
        return ""
    parts = [part for part in _NAME_DOTS.split(name) if part.strip()]
    if len(parts) > 1:
        # The given name comes first in such names, so no whole part may stay.
        return "·".join([parts[0].strip()[0] + STAR, *[STAR] * (len(parts) - 1)])
    if len(name) > 2 and name[:2] in COMPOUND_SURNAMES:
        return name[:2] + STAR
    return name[0] + STAR


def mask_id_number(number: str) -> str:
    """For staff with the right: first three and last four characters; anything short is hidden whole."""
    number = number.strip()
    if len(number) < 11:
        return STAR * len(number)
    return number[:3] + STAR * (len(number) - 7) + number[-4:]


def mask_phone(number: str) -> str:
    """13812345678 → 138****5678; 0752-2345678 → 0752-***5678; too short to mask by halves → stars."""
    number = number.strip()
    digits = [i for i, c in enumerate(number) if c.isdigit()]
    if len(digits) < 7:
        return STAR * len(number)
    hidden = set(digits[-8:-4] if len(digits) >= 11 and number[digits[0]] != "0" else digits[-7:-4])
    return "".join(STAR if i in hidden else c for i, c in enumerate(number))


# ---------------------------------------------------------------- free text

# One character for one: places in the text stay the same.
_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789Xx")
_GAP = r"[ \t\u00a0\u3000\-—－]"
_CANDIDATE = re.compile(rf"\d(?:{_GAP}?\d){{10}}")

_RESIDENT = re.compile(rf"(?<!\d)[1-9](?:{_GAP}?\d){{16}}{_GAP}?[0-9Xx](?![0-9A-Za-z])", re.ASCII)
_RESIDENT_OLD = re.compile(r"(?<![0-9A-Za-z])[1-8]\d{14}(?![0-9A-Za-z])", re.ASCII)
_MOBILE = re.compile(rf"(?<!\d)(?:(?:\+|00)?86{_GAP}?)?1[3-9]\d{_GAP}?\d{{4}}{_GAP}?\d{{4}}(?!\d)(?!\.\d)", re.ASCII)
_ACCOUNT = re.compile(
    rf"(?<![0-9A-Za-z])(?:\d{{12,30}}|\d{{4}}(?:{_GAP}\d{{4}}){{2,6}}(?:{_GAP}?\d{{1,3}})?)(?![0-9A-Za-z])",
    re.ASCII,
)
_MONEY = re.compile(r"\s*(?:\.\d+)?\s*余?多?\s*[百千万亿]*元")
_LETTERS_BEFORE = re.compile(r"[A-Za-z]+$")

_ACCOUNT_WORDS = ("账号", "帐号", "账户", "帐户", "卡号", "银行卡", "储蓄卡", "信用卡", "开户行", "支付宝")
_PERSON_WORDS = ("身份证", "身份号码", "证件号", "公民身份")
_CODE_WORDS = ("编号", "文号", "字第", "许可", "证号", "代码", "注册", "登记", "执照", "案号", "单号", "批号", "条码")
_LABELS = frozenset({"id", "no", "tel", "phone", "mobile", "mob", "cell"})


def _digits(number: str) -> str:
    return re.sub(_GAP, "", number).upper()


def _is_date(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _is_uscc(code: str) -> bool:
    return len(code) == 18 and code.isdigit() and uscc_check_digit(code[:17]) == code[17]


def _luhn(number: str) -> bool:
    total = 0
    for place, char in enumerate(reversed(number)):
        value = int(char) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _named(match: re.Match[str], words: tuple[str, ...], reach: int = 14) -> bool:
    """One of the words stands before the number, in the same clause."""
    before = match.string[max(0, match.start() - reach) : match.start()]
    clause = re.split("[，。；;,］]", before)[-1]
    return any(word in clause for word in words)


def _glued(match: re.Match[str]) -> bool:
    """Letters stand directly before the number and are not a label such as TEL: it is part of another code."""
    letters = _LETTERS_BEFORE.search(match.string, max(0, match.start() - 12), match.start())
    return letters is not None and letters[0].lower() not in _LABELS


def _is_document_number(match: re.Match[str]) -> bool:
    """…〔2025〕13812345678号 or 第13812345678号: a number of a document, not of a person."""
    text, start, end = match.string, match.start(), match.end()
    return text[end : end + 1] == "号" and text[max(0, start - 1) : start] in {*"〕]】)）第字"}


def _is_resident(match: re.Match[str]) -> bool:
    """A birth date stands in it; a wrong check digit (a slip of the pen) does not make it harmless.

    It stays when the text calls it a code or document, or when it is a unified code whose own check character fits,
    unless the check digit of a person fits as well.
    """
    number = _digits(match[0])
    person = _named(match, _PERSON_WORDS)
    if not ("1850" <= number[6:10] <= "2099" and _is_date(number[6:10], number[10:12], number[12:14])):
        return person
    if person or (resident_id_check_digit(number[:17]) == number[17] and not _is_document_number(match)):
        return True
    return not (_is_uscc(number) or _is_document_number(match) or _glued(match) or _named(match, _CODE_WORDS))


def _is_old_resident(match: re.Match[str]) -> bool:
    if _named(match, _PERSON_WORDS):
        return True
    number = match[0]
    dated = _is_date("19" + number[6:8], number[8:10], number[10:12])
    return dated and not _is_document_number(match) and not _named(match, _CODE_WORDS)


def _is_mobile(match: re.Match[str]) -> bool:
    money = _MONEY.match(match.string, match.end())
    return not (_is_document_number(match) or money or _glued(match))


def _is_account(match: re.Match[str]) -> bool:
    """After a word like 账号 any long number; elsewhere only what a card scheme issues: its prefix and Luhn digit."""
    number = _digits(match[0])
    if _named(match, _ACCOUNT_WORDS):
        return not _MONEY.match(match.string, match.end())
    if _is_document_number(match) or _named(match, _CODE_WORDS) or _is_uscc(number):
        return False
    union_pay = number.startswith("62") and 16 <= len(number) <= 19
    foreign_card = number[0] in "45" and len(number) == 16
    return (union_pay or foreign_card) and _luhn(number)


_KINDS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], bool]], ...] = (
    (_RESIDENT, _is_resident),
    (_RESIDENT_OLD, _is_old_resident),
    (_MOBILE, _is_mobile),
    (_ACCOUNT, _is_account),
)


def _spans(text: str) -> list[tuple[int, int]]:
    """Places to hide, none overlapping, in order."""
    found: list[tuple[int, int]] = []
    for pattern, hides in _KINDS:
        place = 0
        while match := pattern.search(text, place):
            start, end = match.span()
            taken = any(start < b and a < end for a, b in found)
            if not taken and hides(match):
                found.append((start, end))
                place = end
            else:
                place = start + 1
    return sorted(found)


def scrub(text: str) -> str:
    """Free text with residents' numbers, mobile phones and bank accounts hidden; document numbers and codes stay.

    Where a number could be either and the words around it do not tell, it is hidden: a licence number can be asked
    for, a published identity cannot be taken back. Applying it twice changes nothing more.
    """
    if not _CANDIDATE.search(text):
        return text
    pieces, last = [], 0
    for start, end in _spans(text.translate(_FULL_WIDTH)):
        pieces += [text[last:start], HIDDEN]
        last = end
    return "".join([*pieces, text[last:]])
