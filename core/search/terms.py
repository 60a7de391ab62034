"""What is stored: the pairs of a row's folded texts, and longer terms for its numbers.

There are only a hundred pairs of digits, each in every tenth row. Two kinds of longer terms, without places, narrow
what has to be read; the pairs still decide:

* pieces: every four neighbours of a run of digits and Latin letters (codes, long numbers);
* links: of a document number 惠环罚-2025-12 the term 2025-12: what stands after a separator, whole, with the four
  characters before the separator.
"""

import re
from collections.abc import Iterable
from operator import add

from django.db import connection as default_connection

from core.text import SEPARATOR, fold_text

# What one row may be found by; longer texts are found by their beginning.
MAX_CHARACTERS = 2_000
PIECE = 4
# Between two parts: a word that is no pair, so that no phrase reaches from one part into the next.
_GAP_WORD = "¦"
_RUN = re.compile(rf"[0-9a-z]{{{PIECE},}}")
_PLACES = [f"':{place} '" for place in range(2 * MAX_CHARACTERS)]


class StoredTerms(str):
    """Terms as the database holds them; a field given these writes them unchanged."""

    __slots__ = ()


def pieces_of(text: str) -> list[str]:
    """Every four neighbours of a run of digits and Latin letters."""
    return [run[i : i + PIECE] for run in _RUN.findall(text) for i in range(len(run) - PIECE + 1)]


def links_of(text: str) -> list[str]:
    """Of a folded document number, each number behind a separator with what stands before it."""
    if SEPARATOR not in text:
        return []
    segments = text.split(SEPARATOR)
    return [
        before[-PIECE:] + SEPARATOR + number
        for before, number in zip(segments, segments[1:], strict=False)
        if number[:1].isdigit()
    ]


def _clean_parts(parts: Iterable[str] | str) -> list[str]:
    """Parts of two characters and more, of letters, digits and the separator only, cut to what a row may hold.

    A part that stands in another part adds nothing: whatever finds it finds the other.
    """
    left = MAX_CHARACTERS
    clean: list[str] = []
    for part in parts.split("\n") if isinstance(parts, str) else parts:
        if not part.replace(SEPARATOR, "").isalnum():
            part = SEPARATOR.join(filter(None, map(fold_text, part.split(SEPARATOR))))
        if len(part) > 1 and not any(part in other for other in clean):
            clean.append(part[:left])
            left -= len(clean[-1])
    return [
        part
        for place, part in enumerate(clean)
        if len(part) > 1 and not any(part in other for other in clean[place + 1 :])
    ]


def terms_literal(parts: Iterable[str] | str, vendor: str | None = None) -> StoredTerms:
    """What a SearchTermsField stores for folded parts (a list, or one text with a part per line), for bulk paths."""
    clean = _clean_parts(parts)
    longer = {*pieces_of("\n".join(clean)), *(link for part in clean for link in links_of(part))}
    if (vendor or default_connection.vendor) == "postgresql":
        return StoredTerms(_tsvector(clean, longer))
    words = [" ".join(map(add, part, part[1:])) for part in clean]
    return StoredTerms(f" {_GAP_WORD} ".join([*words, *sorted(longer)]))


def _tsvector(parts: list[str], longer: set[str]) -> str:
    """'惠城':1 '城区':2 … PostgreSQL sorts and joins equal pairs itself. Cleaned parts hold nothing to be quoted."""
    written: list[str] = []
    place = 1
    for part in parts:
        after = place + len(part)  # one more than pairs: a gap
        written += [a + b + c for a, b, c in zip(part, part[1:], _PLACES[place:after], strict=False)]
        place = after
    if not written:
        return ""
    return "'" + "".join(written)[:-1] + " ".join([f"'{term}'" for term in longer])
