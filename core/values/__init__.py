"""Cells of workbooks and forms as values: what people type, and what spreadsheets make of it.

Each function gives the value, None (or "") for a blank cell, or raises ValueProblem with a sentence that says what to
write instead. The usual spelling takes a short way: an import converts millions of cells on one core.
"""

from core.values.amounts import looks_like_yuan, parse_amount
from core.values.cells import BLANK_MARKS, ValueProblem, is_blank, parse_text
from core.values.dates import FIRST_DAY, LONG_TERM, LONG_TERM_WORDS, parse_date

__all__ = [
    "BLANK_MARKS",
    "FIRST_DAY",
    "LONG_TERM",
    "LONG_TERM_WORDS",
    "ValueProblem",
    "is_blank",
    "looks_like_yuan",
    "parse_amount",
    "parse_date",
    "parse_text",
]
