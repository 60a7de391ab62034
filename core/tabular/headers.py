"""Finds the header row of a table and what each column means.

A header is compared by its folded words and its qualifier, the words in brackets: 行政相对人代码_2(工商注册号) and
行政相对人代码_2(组织机构代码) are different columns of different editions of one standard, so a bracket is only
overlooked when it says how to fill in the column (必填, 万元, yyyy-mm-dd) and not which column it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TypeVar

from core.errors import Invalid
from core.tabular.cells import Cell, Row, column_letters
from core.tabular.problems import CellProblem, TableProblem, problem
from core.tabular.reading import Table
from core.tabular.sheetxml import MergedRange
from core.tabular.sources import Recognised, Recogniser
from core.text import fold_text

SEARCH_ROWS = 30
HEADER_CHARS = 300
EXAMPLE_MARK = "【示例】"
ROW_COLUMN, REASON_COLUMN = "原行号", "错误原因"  # what write_rejects adds: understood, and not imported

BRACKETS = re.compile(
    r"\(([^()]*)\)|\[([^\[\]]*)\]|【([^【】]*)】|〔([^〔〕]*)〕|\{([^{}]*)\}|<([^<>]*)>|《([^《》]*)》"
)
ORDINAL = re.compile(r"\s*\d{1,2}\s*[.、)]\s*(?=\D)")
FILLING_WORDS = re.compile(r"^(?:必填项?|必录|选填项?)|(?:必填项?|必录|选填项?)$")
FILLING_NOTE = re.compile(
    r"(?:必填|选填|必选|可选|可空|非必填|必录|必须|条件必填|不能为空|格式|年月日|yyyy|例如|例|如|见|请|填|下拉|多选|单选|"
    r"最多|最长|不超过|长度|示例|全称|\d+[位字]|(?:单位)?(?:为|是)?(?:人民币)?[万亿]?元$|(?:文本|日期|数字|数值)(?:型|格式)?$)"
)
UNIT = re.compile(r"(?:单位|人民币)?(万元|元|亿元)")

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A column that a table may have: our name for it, the national code, the official label, other known labels."""

    name: str
    code: str = ""
    label: str = ""
    aliases: tuple[str, ...] = ()
    required: bool = False

    @property
    def spellings(self) -> tuple[str, ...]:
        return tuple(text for text in (self.code, self.label, *self.aliases) if text)


@dataclass(frozen=True, slots=True)
class HeaderKey:
    words: str
    qualifier: str
    unit: str

    @property
    def whole(self) -> str:
        return f"{self.words}({self.qualifier})" if self.qualifier else self.words


@lru_cache(maxsize=8192)
def header_key(text: str) -> HeaderKey:
    """A header without blanks, widths, case, numbering, marks and notes on how to fill it in."""
    text = ORDINAL.sub("", unicodedata.normalize("NFKC", text[:HEADER_CHARS]), count=1)
    qualifiers: list[str] = []
    unit = ""
    while match := BRACKETS.search(text):
        inner = fold_text(next(group for group in match.groups() if group is not None))
        found = UNIT.fullmatch(inner)
        unit = found[1] if found else unit
        if inner and not FILLING_NOTE.match(inner):
            qualifiers.append(inner)
        text = text[: match.start()] + " " + text[match.end() :]
    words = FILLING_WORDS.sub("", fold_text(text))
    if not words and qualifiers:
        words, qualifiers = qualifiers[0], qualifiers[1:]
    return HeaderKey(words, "".join(qualifiers), unit)


class Vocabulary:
    """The columns that one kind of table may have, ready for look-up."""

    def __init__(self, specs: Iterable[ColumnSpec]):
        self.specs = {spec.name: spec for spec in specs}
        self._exact: dict[str, set[str]] = {}
        self._words: dict[str, set[str]] = {}
        for spec in self.specs.values():
            for spelling in spec.spellings:
                key = header_key(spelling)
                self._exact.setdefault(key.whole, set()).add(spec.name)
                self._words.setdefault(key.words, set()).add(spec.name)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(name for name, spec in self.specs.items() if spec.required)

    def label(self, name: str) -> str:
        spec = self.specs[name]
        return spec.label or spec.code or name

    def weight(self, names: Iterable[str]) -> int:
        return sum(2 if self.specs[name].required else 1 for name in names)

    def names(self, text: str) -> frozenset[str]:
        """What a header may mean: nothing, one column, or several (then it has to be asked)."""
        for candidate in _readings(text):
            found = self._names(header_key(candidate))
            if found:
                return frozenset(found)
        return frozenset()

    def _names(self, key: HeaderKey) -> set[str]:
        if not key.words:
            return set()
        exact = self._exact.get(key.whole) or self._exact.get(key.words + key.qualifier)
        if exact:
            return exact
        same_words = self._words.get(key.words, set())
        if not key.qualifier:
            return same_words
        if key.words in self._exact and key.qualifier not in self._exact:
            return self._exact[key.words]
        return self._exact.get(key.qualifier, set()) if not same_words else set()


def _readings(text: str) -> Iterator[str]:
    """The header as it stands, then without an explanation on later lines or after a colon."""
    yield text
    first = re.split(r"[\r\n：:]", text.strip(), maxsplit=1)[0]
    if first and first != text:
        yield first


@dataclass(frozen=True)
class HeaderMatch:
    """What the header row says. Column indexes count from 0 (column A).

    `problems` holds what has to be put right, or answered in the step 对应列, before rows can be read.
    """

    rows: tuple[int, ...]  # the header's row numbers as Excel shows them: labels, and perhaps codes below them
    first_data_row: int
    texts: tuple[str, ...]  # the original header of every column
    mapping: dict[int, str]  # column → name
    unknown: dict[int, str]  # column → header that says nothing to us; its cells are not imported
    ambiguous: dict[int, tuple[str, ...]]  # column → names it may stand for
    duplicates: dict[str, tuple[int, ...]]  # name → all columns that claim it; the first one is in `mapping`
    missing: tuple[str, ...]  # required names without a column
    units: dict[int, str] = field(default_factory=dict)  # column → 元, 万元 or 亿元, where the header says so
    score: float = 0.0  # 0 to 1: how well this vocabulary explains the header
    problems: tuple[TableProblem, ...] = ()

    @property
    def columns(self) -> dict[str, int]:
        """Name → column."""
        return {name: index for index, name in self.mapping.items()}

    def require(self) -> HeaderMatch:
        """Itself when rows can be read; raises the first problem otherwise."""
        if self.problems:
            raise self.problems[0]
        return self

    def values(self, cells: Sequence[Cell]) -> dict[str, Cell]:
        """A row's cells by name."""
        return {name: cells[index] for index, name in self.mapping.items()}

    def surplus(self, cells: Sequence[Cell]) -> list[int]:
        """Columns with content but without any header: often a delimiter inside an unquoted CSV cell."""
        return [index for index, cell in enumerate(cells) if cell is not None and not self.texts[index]]


def find_header(
    table: Table,
    vocabulary: Vocabulary | Iterable[ColumnSpec],
    *,
    row: int | None = None,
    override: Mapping[int, str | None] | None = None,
) -> HeaderMatch:
    """The best header within the first rows, or in the given row. Raises TableProblem `no_header`.

    `override` is the reader's own decision per column (None: do not import it). Everything else that is wrong stands in
    the answer's `problems`, so that it can be shown at once and answered.
    """
    known = vocabulary if isinstance(vocabulary, Vocabulary) else Vocabulary(vocabulary)
    match = match_rows(table.head(SEARCH_ROWS + 10), known, merges=table.merges, row=row)
    if match is None:
        hint = _hint(table.head(SEARCH_ROWS), known)
        raise problem("no_header", rows=SEARCH_ROWS if row is None else row, detail=hint)
    return override_columns(match, known, override) if override else match


def rank(table: Table, vocabularies: Mapping[K, Vocabulary]) -> list[tuple[K, HeaderMatch]]:
    """Which of several kinds of table this is, best first; empty when none has a header here."""
    rows = table.head(SEARCH_ROWS + 10)
    found = [(key, match_rows(rows, known, merges=table.merges)) for key, known in vocabularies.items()]
    matches = [(key, match) for key, match in found if match is not None]
    return sorted(matches, key=lambda item: -item[1].score)


def recogniser(*vocabularies: Vocabulary) -> Recogniser:
    """For `open_table`: tells the sheet with data from sheets with notes, codes or nothing."""

    def recognise(rows: Sequence[Row]) -> Recognised:
        matches = [match for known in vocabularies if (match := match_rows(rows, known))]
        if not matches:
            return Recognised(0.0, 0)
        best = max(matches, key=lambda match: match.score)
        data = [row for row in rows if row[0] >= best.first_data_row and not is_example(row[1])]
        return Recognised(best.score, len(data))

    return recognise


def data_rows(table: Table, match: HeaderMatch, *, start: int | None = None) -> Iterator[Row]:
    """The rows below the header, without example rows and repeated headers; from row `start` on to resume."""
    for number, cells in table.rows(max(match.first_data_row, start or 1)):
        if not is_example(cells) and not _repeats(match, cells):
            yield number, cells


def is_example(cells: Sequence[Cell]) -> bool:
    return any(isinstance(cell, str) and cell.lstrip().startswith(EXAMPLE_MARK) for cell in cells)


def override_columns(match: HeaderMatch, vocabulary: Vocabulary, override: Mapping[int, str | None]) -> HeaderMatch:
    """The same header with some columns decided by hand."""
    for index, name in override.items():
        if not 0 <= index < len(match.texts) or (name is not None and name not in vocabulary.specs):
            raise Invalid("unknown_column", "所选的列不存在，请重新选择。")
    meanings: list[frozenset[str]] = []
    for index, text in enumerate(match.texts):
        if index in override:
            name = override[index]
            meanings.append(frozenset((name,)) if name else frozenset())
        else:
            meanings.append(_meaning(text, vocabulary))
    taken = {name for name in override.values() if name}
    meanings = [
        names if index in override or not names <= taken else frozenset() for index, names in enumerate(meanings)
    ]
    dropped = {index for index, name in override.items() if name is None}
    return _describe(match, meanings, vocabulary, dropped)


# --- the search ---


def match_rows(
    rows: Sequence[Row], vocabulary: Vocabulary, *, merges: Sequence[MergedRange] = (), row: int | None = None
) -> HeaderMatch | None:
    candidates = [item for item in rows[:SEARCH_ROWS] if row is None or item[0] == row]
    scored = [(len(_matched(cells, vocabulary)), index) for index, (_, cells) in enumerate(candidates)]
    best, position = max(scored, key=lambda item: (item[0], -item[1]), default=(0, 0))
    if not candidates or (row is None and not _convincing(candidates[position][1], best)):
        return None
    number, cells = candidates[position]
    header_rows, texts = [number], [header_text(cell) for cell in cells]
    meanings = [_meaning(text, vocabulary) for text in texts]
    for below, more in rows[rows.index(candidates[position]) + 1 :]:
        if not _continues(meanings, more, vocabulary):
            break
        header_rows.append(below)
        meanings = [old or _meaning(header_text(cell), vocabulary) for old, cell in zip(meanings, more, strict=True)]
        texts = [text or header_text(cell) for text, cell in zip(texts, more, strict=True)]
    touching = [merge for merge in merges if merge.first_row <= header_rows[-1] and merge.last_row >= header_rows[0]]
    bare = HeaderMatch(
        rows=tuple(header_rows),
        first_data_row=max([header_rows[-1], *(merge.last_row for merge in touching)]) + 1,
        texts=tuple(texts),
        mapping={},
        unknown={},
        ambiguous={},
        duplicates={},
        missing=(),
    )
    wide = [str(merge) for merge in touching if merge.last_column > merge.first_column]
    merged = (problem("merged_header", ranges="、".join(wide)),) if wide else ()
    match = _describe(bare, meanings, vocabulary, set())
    return replace(match, problems=merged + match.problems)


def header_text(cell: Cell) -> str:
    return "" if cell is None or isinstance(cell, CellProblem) else str(cell)


def _meaning(text: str, vocabulary: Vocabulary) -> frozenset[str]:
    if not text.strip() or len(text) > HEADER_CHARS or _is_ours(text):
        return frozenset()
    return vocabulary.names(text)


def _is_ours(text: str) -> bool:
    return text.strip() in (ROW_COLUMN, REASON_COLUMN)


def _matched(cells: Sequence[Cell], vocabulary: Vocabulary) -> set[str]:
    found: set[str] = set()
    for cell in cells:
        if isinstance(cell, str):
            found |= _meaning(cell, vocabulary)
    return found


def _convincing(cells: Sequence[Cell], matched: int) -> bool:
    filled = sum(1 for cell in cells if header_text(cell).strip())
    return matched >= 2 and matched >= filled * 0.3


def _continues(meanings: Sequence[frozenset[str]], cells: Sequence[Cell], vocabulary: Vocabulary) -> bool:
    """The row below is a header too when most of its cells name the same columns again."""
    below = [_meaning(header_text(cell), vocabulary) for cell in cells]
    filled = sum(1 for cell in cells if header_text(cell).strip())
    agreeing = sum(1 for old, new in zip(meanings, below, strict=True) if new and (not old or old & new))
    return agreeing >= 2 and agreeing > filled / 2


def _repeats(match: HeaderMatch, cells: Sequence[Cell]) -> bool:
    filled = [(cell, match.texts[index]) for index, cell in enumerate(cells) if cell is not None]
    return len(filled) >= 2 and all(cell == text for cell, text in filled)


def _describe(
    match: HeaderMatch, meanings: Sequence[frozenset[str]], vocabulary: Vocabulary, dropped: set[int]
) -> HeaderMatch:
    claims: dict[str, list[int]] = {}
    unknown: dict[int, str] = {}
    ambiguous: dict[int, tuple[str, ...]] = {}
    for index, names in enumerate(meanings):
        text = match.texts[index]
        if len(names) == 1:
            claims.setdefault(next(iter(names)), []).append(index)
        elif names:
            ambiguous[index] = tuple(name for name in vocabulary.specs if name in names)
        elif text.strip() and not _is_ours(text):
            unknown[index] = text
    mapping = {indexes[0]: name for name, indexes in claims.items()}
    duplicates = {name: tuple(indexes) for name, indexes in claims.items() if len(indexes) > 1}
    missing = tuple(name for name in vocabulary.required if name not in claims)
    weight = vocabulary.weight(claims)
    strangers = len([index for index in unknown if index not in dropped]) + len(ambiguous)
    described = replace(
        match,
        mapping=dict(sorted(mapping.items())),
        unknown=unknown,
        ambiguous=ambiguous,
        duplicates=duplicates,
        missing=missing,
        units={index: unit for index in mapping if (unit := header_key(match.texts[index]).unit)},
        score=2 * weight / max(vocabulary.weight(vocabulary.specs) + weight + strangers, 1),
    )
    kept = tuple(found for found in match.problems if found.code == "merged_header")
    return replace(described, problems=kept + tuple(_problems(described, vocabulary)))


def _problems(match: HeaderMatch, vocabulary: Vocabulary) -> Iterator[TableProblem]:
    if match.duplicates:
        listed = [
            f"“{vocabulary.label(name)}”（{'、'.join(column_letters(index) for index in indexes)} 列）"
            for name, indexes in match.duplicates.items()
        ]
        yield problem("duplicate_headers", columns="；".join(listed))
    if match.ambiguous:
        listed = [
            f"{column_letters(index)} 列“{match.texts[index].strip()}”（{'、'.join(map(vocabulary.label, names))}）"
            for index, names in match.ambiguous.items()
        ]
        yield problem("ambiguous_columns", columns="；".join(listed))
    if match.missing:
        yield problem("missing_columns", columns="、".join(vocabulary.label(name) for name in match.missing))


def _hint(rows: Sequence[Row], vocabulary: Vocabulary) -> str:
    """The row that came nearest, so that the reader sees what was looked at."""
    if not rows:
        return ""
    number, cells = max(rows, key=lambda row: len(_matched(row[1], vocabulary)))
    texts = [header_text(cell).strip() for cell in cells if header_text(cell).strip()]
    shown = "、".join(f"“{text[:20]}”" for text in texts[:5])
    return f"（第 {number} 行是 {shown}）" if shown else ""
