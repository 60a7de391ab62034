"""What all kinds of cells share, and cells as text."""

import math
import re
from datetime import datetime, time

from core.masking import scrub

# What people put into a cell that has no value.
BLANK_MARKS = frozenset({"", "/", "\\", "-", "--", "—", "——", "－", "／"})
EXCEL_ERRORS = frozenset(
    {"#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NUM!", "#NAME?", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)
# A spreadsheet keeps 15 digits of a number; what stood behind them is gone.
EXACT_DIGITS = 10**15
SHOWN = 30


class ValueProblem(ValueError):
    """A cell that cannot be used: `code` for programs, `message` (Chinese) for the person who can correct it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def shown(value: object) -> str:
    """The value as an error message repeats it: short, on one line, and without personal numbers."""
    text = scrub(" ".join(str(value)[:500].split()))
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def is_blank(value: object) -> bool:
    """Nothing stands there, or only a mark that says so (/, -, ——)."""
    return value is None or (isinstance(value, str) and value.strip() in BLANK_MARKS)


def _refuse_error(text: str) -> None:
    if text[:1] == "#" and text.upper() in EXCEL_ERRORS:
        raise ValueProblem("excel_error", f"单元格是公式错误“{text}”，请在表格中改正公式，或直接填写内容。")


# Control, zero-width, direction-changing characters and lone surrogates: invisible, and some databases refuse them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_BLANKS = re.compile("[\t\u00a0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")


def parse_text(value: object) -> str:
    """The cell as clean text. 2025.0 is "2025"; numbers beyond 15 digits and #N/A are refused."""
    if type(value) is str:
        text = value.strip()
        if text.isprintable() and text[:1] != "#":
            return text
        return _clean(text)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number_as_text(value)
    if isinstance(value, datetime):
        return str(value.date()) if value.time() == time() else value.strftime("%Y-%m-%d %H:%M:%S")
    return _clean(str(value))


def _clean(text: str) -> str:
    text = text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    text = _UNSEEN.sub("", _BLANKS.sub(" ", text)).strip()
    _refuse_error(text)
    return text


def _number_as_text(value: float) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueProblem("not_a_number", "单元格不是有效的数字，请直接填写内容。")
    if abs(value) >= EXACT_DIGITS:
        raise ValueProblem(
            "digits_lost",
            "数字超过15位，表格软件已丢失末尾的数字。请先把该列设为“文本”格式，再按证件重新填写。",
        )
    return str(int(value)) if value == int(value) else format(value, ".15g")
