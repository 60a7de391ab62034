"""Folding of Chinese text: what must be found alike is written alike.

Folding works character by character (NFKC form, case, traditional to simplified, accents off; blanks, brackets and
punctuation away), so the fold of a part is a part of the fold, and folding twice changes nothing. Full-text search,
duplicate detection and name matching all compare folded text; what people read is the original.
"""

import re
import unicodedata
from functools import cache

# Ideographs that have one: the base block, extension A, compatibility forms, and the supplementary planes in use.
_IDEOGRAPHS = ((0x3400, 0xA000), (0xF900, 0xFB00), (0x20000, 0x323B0))
# Rare characters of names may be private (Co) or younger than Python's tables (planes 2 and 3): they are kept.
_SUPPLEMENTARY = range(0x20000, 0x3FFFE)


@cache
def _simplified() -> dict[str, str]:
    """Traditional character → simplified character, where they differ (OpenCC's own table, read once)."""
    from opencc import OpenCC

    chars = [chr(code) for first, last in _IDEOGRAPHS for code in range(first, last)]
    converted = OpenCC("t2s").convert("\n".join(chars)).split("\n")
    return {a: b for a, b in zip(chars, converted, strict=True) if a != b and len(b) == 1}


def _is_kept(char: str) -> bool:
    return char.isalnum() or ord(char) in _SUPPLEMENTARY or unicodedata.category(char) == "Co"


def _without_accent(char: str) -> str:
    """é → e; other scripts keep their marks (が is not か)."""
    base = unicodedata.normalize("NFD", char)[0]
    return base if base.isascii() else char


def _fold_char(char: str) -> str:
    """The fold of one character: every character of the result folds to itself."""
    simplified = _simplified()
    while True:
        wide = unicodedata.normalize("NFKC", char).casefold()
        folded = "".join(simplified.get(c, c) for c in map(_without_accent, wide) if _is_kept(c))
        if folded == char:
            return folded
        char = folded


class _FoldTable(dict[int, str]):
    """Fills itself: a character is worked out the first time it is met (str.translate asks by code point)."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_char(chr(code))
        return folded


_FOLD = _FoldTable()


def fold_text(text: str) -> str:
    """Letters, digits and ideographs of the text, in the one form in which they are compared.

    >>> fold_text("惠州市（惠城區） ＡＢＣ貿易有限公司")
    '惠州市惠城区abc贸易有限公司'
    """
    return text.translate(_FOLD)


def bigrams(folded: str) -> list[str]:
    """Overlapping pairs of characters; fewer than two characters have none."""
    return [folded[i : i + 2] for i in range(len(folded) - 1)]


# ---------------------------------------------------------------- document numbers

SEPARATOR = "-"
# Runs of ideographs and letters, of digits, of Latin letters; a blank between two runs of one script is not a change.
_RUN = re.compile(r"(?P<digits>[0-9]+)|(?P<latin>[a-z]+)|(?P<other>[^0-9a-z\s\0]+)|(?P<mark>\0)|\s+")


class _NumberTable(dict[int, str]):
    """As `_FoldTable`, but blanks stay one kind and any other mark becomes the other kind of separator."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = " " if char.isspace() else _FOLD[code] or ("" if unicodedata.category(char)[0] in "MC" else "\0")
        self[code] = folded
        return folded


_NUMBER_FOLD = _NumberTable()


def fold_document_number(number: str) -> str:
    """A document number without what offices write differently: brackets, blanks, 第 and 号.

    Parts of one script are joined by "-", so that 2025-1-12 and 2025-11-2 stay apart.

    >>> fold_document_number("惠环罚〔2025〕第12号") == fold_document_number("惠环罚[2025]12")
    True
    >>> fold_document_number("济环罚字〔2020〕TQ第Q-4008号")
    '济环罚字-2020-tq-q-4008'
    """
    return SEPARATOR.join(_number_parts(number))


def _number_parts(number: str) -> list[str]:
    parts: list[str] = []
    kinds: list[str] = []
    joined = False  # the part before may be continued: only blanks stood between
    for match in _RUN.finditer(number.translate(_NUMBER_FOLD)):
        kind = match.lastgroup
        if kind == "mark":
            joined = False
        elif kind == "other" and joined and kinds[-1] == "other":
            parts[-1] += match[0]
        elif kind is not None:
            parts.append(match[0])
            kinds.append(kind)
            joined = True
    return _without_ordinals(parts, kinds)


def _without_ordinals(parts: list[str], kinds: list[str]) -> list[str]:
    """第 before and 号 after digits or letters say nothing that the digits do not."""
    after_digits = False
    for i, kind in enumerate(kinds):
        if kind != "other":
            after_digits = True
        elif after_digits:
            parts[i] = parts[i].lstrip("号")
            after_digits = not parts[i]  # nothing left: what follows now stands behind the digits
    before_digits = False
    for i in range(len(kinds) - 1, -1, -1):
        if kinds[i] != "other":
            before_digits = True
        elif before_digits:
            parts[i] = parts[i].rstrip("第")
            before_digits = not parts[i]
    return [part for part in parts if part]
