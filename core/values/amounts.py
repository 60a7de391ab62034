"""Cells as amounts in 万元 with six decimals (the standard's unit; 0.000001 万元 is one 分)."""

import math
import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from core.values.cells import ValueProblem, is_blank, parse_text, shown

YUAN_PER_WAN = Decimal(10_000)
PLACES = Decimal("0.000001")
# decimal(18,6)
LARGEST = Decimal(10) ** 12
# 一亿元: a district's penalties do not reach it, a slip of the unit does.
SUSPICIOUS = Decimal(10_000)

_PLAIN = re.compile(r"\d{1,12}(?:\.\d{1,6})?", re.ASCII)
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_ARABIC = re.compile(rf"({_NUMBER})(千万|百万|十万|亿|万|千|百)?(元|块|圆)?", re.ASCII)
_SCALES = {"": 1, "百": 100, "千": 1000, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7, "亿": 10**8}
_PREFIX = re.compile(r"(?:人民币|RMB|CNY|¥|罚没款|罚款|没收|金额|合计|共计|大写|小写|:)+")
_CURRENCIES = re.compile(r"美元|美金|港元|港币|澳门元|日元|欧元|英镑|新台币|\$|€|£|USD|HKD|EUR")
_VAGUE = re.compile(r"约|以上|以下|左右|余|多|至|到|~|不等|每|/|\d-\d")

_DIGIT = {c: i for i, c in enumerate("零壹贰叁肆伍陆柒捌玖")} | {c: i for i, c in enumerate("〇一二三四五六七八九")}
_DIGIT |= {"两": 2, "貳": 2, "參": 3, "陸": 6, "弍": 2, "弐": 2}
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_ONES = "".join(_DIGIT)
_CAPITALS = "".join([*_DIGIT, *_SMALL, *_LARGE])
_CAPITAL_YUAN = re.compile(rf"([{_CAPITALS}0-9.]+)[元圆圓](?:([{_ONES}0-9])角)?(?:[零〇]?([{_ONES}0-9])分)?")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|.", re.ASCII)
_HOW = "请以万元为单位填写数字，如罚款2000元填“0.2”，或写明单位“2000元”。"


def parse_amount(value: object) -> Decimal | None:
    """The amount in 万元; None for a blank cell.

    A bare number is 万元 already. With a unit it is converted: "2,000元" and "贰仟元整" are 0.2, "1.5亿元" is 15000.
    """
    if type(value) is str:
        return _amount_from_text(value)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueProblem("amount_format", f"“{shown(value)}”不是金额，{_HOW}")
    if not (value.is_finite() if isinstance(value, Decimal) else isinstance(value, int) or math.isfinite(value)):
        raise ValueProblem("amount_format", f"单元格不是有效的数字，{_HOW}")
    # A spreadsheet's 0.30000000000000004 is the 0.3 that it shows.
    return _accepted(Decimal(format(value, ".15g")) if isinstance(value, float) else Decimal(value), str(value))


@lru_cache(maxsize=65_536)
def _amount_from_text(value: str) -> Decimal | None:
    text = value.strip()
    if _PLAIN.fullmatch(text):
        return _accepted(Decimal(text), text)
    given = parse_text(text)
    text = "".join(unicodedata.normalize("NFKC", given).replace("−", "-").split())
    if is_blank(given) or text in ("无", "/"):
        return None
    return _accepted(_with_note(text, given), given)


def _accepted(amount: Decimal, given: str) -> Decimal:
    if amount < 0:
        raise ValueProblem("amount_negative", f"金额“{shown(given)}”是负数，请填写0或正数，没有金额请留空。")
    if amount >= LARGEST:
        raise ValueProblem("amount_too_large", f"金额“{shown(given)}”过大，{_HOW}")
    exact = amount.quantize(PLACES)
    if exact != amount:
        raise ValueProblem(
            "amount_precision",
            f"金额“{shown(given)}”换算成万元后超过6位小数，最多精确到分（0.000001万元），请核对金额和单位。",
        )
    return exact


def _with_note(text: str, given: str) -> Decimal:
    """叁万元整(¥30000): the amount twice, in words and figures, which must agree."""
    main, bracket, note = text.partition("(")
    note = note.rstrip(")")
    if not bracket or note in ("大写", "小写", "万元", "元", "人民币"):
        unit = note if note in ("万元", "元") and main[-1:].isdigit() else ""
        return _amount(main + unit, given)
    if not main:
        return _amount(note, given)
    first = _amount(main, given)
    second = _amount(note + "元" if note.startswith("¥") and note[-1].isdigit() else note, given)
    if first != second:
        raise ValueProblem("amount_conflict", f"“{shown(given)}”中的两个金额不一致，请核对后只填一个，{_HOW}")
    return first


def _amount(text: str, given: str) -> Decimal:
    prefix = _PREFIX.match(text)
    body = text[prefix.end() :] if prefix else text
    body = body.removesuffix("人民币").removesuffix("整").removesuffix("正")
    if match := _ARABIC.fullmatch(body):
        return _from_figures(match, prefix[0] if prefix else "", given)
    if _CURRENCIES.search(text):
        raise ValueProblem("amount_currency", f"“{shown(given)}”不是人民币，请折算成人民币，{_HOW}")
    if body.startswith("-") and _ARABIC.fullmatch(body[1:]):
        raise ValueProblem("amount_negative", f"金额“{shown(given)}”是负数，请填写0或正数，没有金额请留空。")
    if _VAGUE.search(text):
        raise ValueProblem("amount_vague", f"“{shown(given)}”不是一个确定的金额，{_HOW}")
    yuan = _yuan_in_words(body)
    if yuan is None:
        raise ValueProblem("amount_format", f"金额“{shown(given)}”无法识别，{_HOW}")
    return yuan / YUAN_PER_WAN


def _from_figures(match: re.Match[str], prefix: str, given: str) -> Decimal:
    number, scale, yuan = Decimal(match[1].replace(",", "")), match[2] or "", match[3]
    if not scale and not yuan:
        if "¥" in prefix or "RMB" in prefix or "人民币" in prefix:
            raise ValueProblem("amount_unit", f"“{shown(given)}”没有写明是元还是万元，{_HOW}")
        return number
    return number * _SCALES[scale] / YUAN_PER_WAN


# ---------------------------------------------------------------- Chinese capitals


def _yuan_in_words(text: str) -> Decimal | None:
    """伍拾肆万元, 壹仟零伍元贰角, 5万2千元; a number without 元 only when it ends in 万 or 亿. None: not understood."""
    if match := _CAPITAL_YUAN.fullmatch(text):
        whole = _number_in_words(match[1])
        if whole is None:
            return None
        jiao, fen = (Decimal(_DIGIT.get(c, c)) if c else Decimal(0) for c in (match[2], match[3]))
        return whole + jiao / 10 + fen / 100
    if text[-1:] in _LARGE:
        return _number_in_words(text)
    return None


def _number_in_words(text: str) -> Decimal | None:
    """A whole number written with 十百千万亿. 一万五 and 二五 are refused: they can be read in two ways."""
    total = section = Decimal(0)
    digit: Decimal | None = None
    unit, zero = 10_000, True
    larges: list[int] = []
    for token in _TOKEN.findall(text):
        if token in ("零", "〇"):
            zero = True
        elif token in _DIGIT or token[0].isdigit():
            if digit is not None:
                return None
            digit = Decimal(_DIGIT.get(token, token))
            zero = zero or len(token) > 1  # 1万5000 has one reading, 1万5 has two
        elif token in _SMALL:
            if _SMALL[token] >= unit or (digit is None and _SMALL[token] > 10):
                return None
            unit = _SMALL[token]
            section += (Decimal(1) if digit is None else digit) * unit
            digit, zero = None, False
        elif token in _LARGE:
            section += digit or 0
            large = _LARGE[token]
            if large in larges or not (section or (total and large == 10**8)):
                return None
            larges.append(large)
            total = total + section * large if large == 10**4 else (total + section) * 10**8
            section, digit, unit, zero = Decimal(0), None, 10_000, False
        else:
            return None
    if digit is not None and not zero and unit > 10:
        return None  # 一万五: fifteen thousand to a speaker, 10005 to the letter
    return total + section + (digit or 0)


# ---------------------------------------------------------------- yuan taken for 万元

_IN_TEXT = re.compile(rf"({_NUMBER})\s*(千万|百万|十万|亿|万|千|百)?元", re.ASCII)
_WORDS_IN_TEXT = re.compile(rf"[{_CAPITALS}]+[元圆圓]")


def _amounts_in(text: str) -> set[Decimal]:
    """All amounts that a text names, in yuan."""
    text = unicodedata.normalize("NFKC", text)
    found = {Decimal(m[1].replace(",", "")) * _SCALES[m[2] or ""] for m in _IN_TEXT.finditer(text)}
    words = (_yuan_in_words(m[0]) for m in _WORDS_IN_TEXT.finditer(text))
    return found | {yuan for yuan in words if yuan is not None}


def looks_like_yuan(amount_wan: Decimal | None, text: str = "") -> str | None:
    """A warning when the amount (万元) was probably typed in 元: the text names that number in 元, or it is huge."""
    if amount_wan is None or amount_wan < 1:
        return None  # nobody is fined less than one yuan
    named = _amounts_in(text) if "元" in text or "圆" in text or "圓" in text else set()
    if amount_wan * YUAN_PER_WAN in named:
        return None
    plain = format(amount_wan.normalize(), "f")
    in_wan = format((amount_wan / YUAN_PER_WAN).normalize(), "f")
    if amount_wan in named:
        return f"内容中写的是{plain}元，金额栏填的是{plain}（单位为万元）。如属实为{plain}元，请改填“{in_wan}”。"
    if amount_wan >= SUSPICIOUS:
        return f"金额为{plain}万元，已达1亿元以上，请确认单位：如实为{plain}元，请改填“{in_wan}”。"
    return None
