"""From a reader's raw cell to the value the caller gets: a few Python types, blanks as None, damage as CellProblem."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from core.tabular.problems import CellProblem, cell_problem, problem

Cell = None | str | int | float | bool | date | datetime | time | timedelta | CellProblem
Row = tuple[int, tuple[Cell, ...]]
"""Row number as Excel shows it, and one value per column (column A first)."""

MARK = "\ufdd0"  # a noncharacter: the workbook scanner writes it before what the spreadsheet reader would lose
MARK_ERROR = MARK + "error:"
MARK_FORMULA = MARK + "formula:"
EXCEL_ERRORS = frozenset(
    [
        "#N/A",
        "#REF!",
        "#DIV/0!",
        "#NAME?",
        "#VALUE!",
        "#NUM!",
        "#NULL!",
        "#SPILL!",
        "#CALC!",
        "#GETTING_DATA",
        "#FIELD!",
        "#BLOCKED!",
        "#UNKNOWN!",
        "#CONNECT!",
        "#BUSY!",
    ]
)
FIRST_YEAR, LAST_YEAR = 1900, 2100
EXACT = 10**15  # Excel keeps 15 significant digits

# Characters nobody sees: controls (but not tab and newline), soft hyphen, zero-width, direction marks, byte order mark.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
DAMAGED = re.compile("[\ud800-\udfff\ufffd-\uffff\ufdd0-\ufdef]")
LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")
SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?[Ee]\+(?:1[5-9]|[2-9]\d)")  # 4.41302E+17: an 18-digit code, once


class CellCleaner:
    """Cleans rows of one table, as long as their text stays within `text_chars` (a workbook may name one long text a
    million times). `stripped` counts the cells from which invisible characters were taken.
    """

    def __init__(self, *, cell_chars: int, text_chars: int, text_only: bool = False):
        self.cell_chars, self.text_chars = cell_chars, text_chars
        self.text_only = text_only  # a CSV: no types, and Excel's scientific notation is damage
        self.stripped = 0

    def row(self, values: Sequence[object]) -> list[Cell]:
        """The same cells as usable values. The common row costs one look at its joined text."""
        text = "".join([value for value in values if type(value) is str])
        self.text_chars -= len(text)
        if self.text_chars < 0:
            raise problem("text_too_large", detail="全表的文字加起来太多")
        # A # may begin an error value; U+FFFD is printable, and damage; in a CSV a + may be scientific notation.
        doubt = "#" in text or "\ufffd" in text or (self.text_only and "+" in text)
        if not doubt and len(text) <= self.cell_chars and text.isprintable():
            return [(value if value.strip() else None) if type(value) is str else self.value(value) for value in values]
        return [self.text(value) if type(value) is str else self.value(value) for value in values]

    def text(self, text: str) -> Cell:
        if not text.isprintable() or "\ufffd" in text:
            if text.startswith(MARK):
                return _marked(text)
            text = LINE_ENDS.sub("\n", text)
            kept = INVISIBLE.sub("", text)
            if kept != text:
                self.stripped += 1
                text = kept
            if DAMAGED.search(text):
                return cell_problem("damaged_text", DAMAGED.sub("\ufffd", text))
        if not text or text.isspace():
            return None
        if len(text) > self.cell_chars:
            return cell_problem("cell_too_long", text[:200], length=len(text), limit=self.cell_chars)
        if text[0] == "#" and text in EXCEL_ERRORS:
            return cell_problem("excel_error", text)
        if self.text_only and SCIENTIFIC.fullmatch(text):
            return cell_problem("number_precision", text)
        return text

    def value(self, value: Any) -> Cell:
        kind = type(value)
        if kind is float:
            return _number(value)
        if kind is int:
            return value if -EXACT < value < EXACT else _imprecise(value)
        if kind is date or kind is datetime:
            in_range = FIRST_YEAR <= value.year <= LAST_YEAR
            return value if in_range else cell_problem("date_out_of_range", str(value)[:10])
        if kind is str:
            return self.text(value)
        return value  # type: ignore[no-any-return]  # None, bool, time, timedelta


def _number(value: float) -> Cell:
    if value.is_integer():
        return int(value) if -EXACT < value < EXACT else _imprecise(int(value))
    if value != value or value in (float("inf"), float("-inf")):
        return cell_problem("bad_number", str(value))
    return value


def _imprecise(value: int) -> CellProblem:
    digits = str(value)
    return cell_problem("number_precision", digits if len(digits) <= 30 else f"{float(value):.14E}")


def _marked(text: str) -> Cell:
    if text.startswith(MARK_ERROR):
        return cell_problem("excel_error", text[len(MARK_ERROR) :].strip() or "#N/A")
    if text.startswith(MARK_FORMULA):
        return cell_problem("formula_without_value", "")
    return cell_problem("damaged_text", DAMAGED.sub("\ufffd", text))


def column_letters(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1
