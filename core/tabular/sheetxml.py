"""Walks a worksheet's XML before the spreadsheet reader sees it.

The reader allocates a dense block from the first to the last cell, so one cell at XFD1048576 would cost gigabytes; it
loses Excel's error values and formulas that were saved without a result. This scanner cuts the sheet into parts of a
few thousand rows, proves with one regular expression per part that every cell lies within that part's rows and the
allowed columns, and writes a mark where something would be lost. It works on bytes at C speed and accepts only the
plain spelling that spreadsheet programs write; everything else goes through `plainxml`, which respells it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from core.tabular.cells import MARK_ERROR, MARK_FORMULA, column_index, column_letters
from core.tabular.limits import MIB, Limits
from core.tabular.problems import problem
from core.tabular.sharedtexts import TextSizes

ROW_BYTES = 32 * MIB  # no honest row is longer
PART_ROWS, PART_SPAN = 4_000, 1_000_000  # rows in a part; rows × columns between its first and last cell
PART_TEXT = 64 * MIB  # what its cells copy out of the shared texts
MOST_PARTS = 20_000

ROW = re.compile(rb'<row (?:[\w:.]+="[^"<>&]*" ?)*?r="([1-9]\d{0,6})"')
CELL_TAG = re.compile(rb"<c[\s/>]")
ROW_TAG = re.compile(rb"<row[\s/>]")
ROW_END = re.compile(rb"</c>\s*</row>")
ATTRIBUTES = rb'(?: (?:s|t|cm|vm|ph)="\w*")*'
EMPTY_ROW = re.compile(rb"<row\b[^<>]*+(?:(?<=/)>|>\s*</row>)")
EMPTY_CELL = re.compile(rb'<c r="[A-Z]{1,3}[1-9]\d{0,6}"' + ATTRIBUTES + rb"\s?(?:/>|>\s*(?:<v\s*/>|<v></v>)?\s*</c>)")
CELL_NAME = re.compile(rb'<c r="([A-Z]{1,3})([1-9]\d{0,6})"' + ATTRIBUTES + rb"\s?>")
FORMULA = rb"(?:<f(?:\s[^<>]*)?/>|<f(?:\s[^<>]*)?>[^<]*</f>)\s*"
ANY_FORMULA = re.compile(FORMULA)
UNSAVED_FORMULA = re.compile(
    rb'<c (r="[A-Z]+\d+")((?: (?:s|t|cm|vm|ph)="\w*")*)\s?>\s*' + FORMULA + rb"(<v\s*/>|<v></v>)?\s*</c>"
)
ERROR_CELL = re.compile(
    rb'<c (r="[A-Z]+\d+")(?: \w+="\w*")*? t="e"[^<>]*>\s*(?:' + FORMULA + rb")?<v>([^<]*)</v>\s*</c>"
)
MERGE = re.compile(rb'<(?:\w+:)?mergeCell\s[^<>]*?ref\s*=\s*"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


class NotPlainError(Exception):
    """The sheet is spelled in a way the fast scanner does not vouch for."""


@dataclass(frozen=True, slots=True)
class MergedRange:
    """1-based rows, 0-based columns, both ends included."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int

    def __str__(self) -> str:
        first = f"{column_letters(self.first_column)}{self.first_row}"
        return f"{first}:{column_letters(self.last_column)}{self.last_row}"


@dataclass(slots=True)
class SheetPartXml:
    """A piece of the sheet, safe to hand on: its rows' XML and the rows it spans."""

    first_row: int
    last_row: int
    rows: int  # rows with at least one value
    xml: bytes


@dataclass(slots=True)
class SheetScan:
    """Call `parts()` once; the other attributes are complete when it is exhausted."""

    limits: Limits
    texts: TextSizes = field(default_factory=TextSizes)
    width: int = 0
    last_row: int = 0
    rows: int = 0
    count: int = 0  # of parts
    copied: int = 0  # bytes of shared text in the blocks that hold very much of it
    merges: list[MergedRange] = field(default_factory=list)
    _merged_rows: int = 0

    def parts(self, chunks: Iterable[bytes]) -> Iterator[SheetPartXml]:
        """Raises NotPlainError when the sheet needs respelling, TableProblem when it must be refused."""
        for block in self._blocks(chunks):
            for part in self._checked(block):
                self.count += 1
                if self.count > MOST_PARTS:
                    raise problem("text_too_large", detail="有很多行含有超长的文字")
                yield part

    # --- cutting ---

    def _blocks(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Whole rows, without what stands before and after the sheet's data."""
        buffer, inside, after = b"", False, False
        for chunk in chunks:
            buffer += chunk
            if after:
                buffer = self._collect_merges(buffer)
                continue
            if not inside:
                start = buffer.find(b"<sheetData")
                end = buffer.find(b">", start)
                _vouch(buffer[: start if start >= 0 else None])
                if start < 0 or end < 0:
                    continue
                inside, after = True, buffer[end - 1 : end] == b"/"
                buffer = buffer[end + 1 :]
            stop = buffer.find(b"</sheetData>")
            cut = buffer.rfind(b"</row>", 0, stop if stop >= 0 else None)
            if cut >= 0:
                yield buffer[: cut + 6]
            if stop >= 0:
                _vouch(buffer[cut + 6 if cut >= 0 else 0 : stop], rows=True)
                after, cut = True, stop + 6
            buffer = buffer[cut + 6 :] if cut >= 0 else buffer
            if len(buffer) > ROW_BYTES:
                raise problem("text_too_large", detail=f"一行超过 {ROW_BYTES // MIB} MB")
        if not after:
            raise NotPlainError
        self._collect_merges(buffer)

    def _collect_merges(self, buffer: bytes) -> bytes:
        done = 0
        for match in MERGE.finditer(buffer):
            done = match.end()
            first, top, last, bottom = match.groups()
            self.add_merge(int(top), int(bottom), column_index(first.decode()), column_index(last.decode()))
        return buffer[max(buffer.rfind(b"<"), len(buffer) - 4096, done) :]

    def add_merge(self, first_row: int, last_row: int, first_column: int, last_column: int) -> None:
        if last_row < first_row or last_column < first_column:
            return
        self._merged_rows += max(min(last_row, self.limits.rows) - first_row, 0) + 1
        if self._merged_rows > self.limits.merged_rows:
            raise problem("too_many_merges", limit=self.limits.merged_rows)
        self.merges.append(MergedRange(first_row, last_row, first_column, last_column))

    # --- checking ---

    def _checked(self, block: bytes) -> Iterator[SheetPartXml]:
        if b"<!" in block or b"<?" in block:
            raise NotPlainError
        if b"/>" in block or b"></c>" in block:
            block = EMPTY_CELL.sub(b"", block)
        block = _marked(EMPTY_ROW.sub(b"", block))
        cells = block.count(b"</c>")
        if cells != block.count(b"<c ") + block.count(b"<c>"):
            raise NotPlainError
        if not cells:
            return
        numbers = [int(number) for number in ROW.findall(block)]
        ascending = all(map(operator.lt, numbers, numbers[1:])) and (not numbers or numbers[0] > self.last_row)
        if not ascending or not len(numbers) == len(ROW_TAG.findall(block)) == block.count(b"</row>"):
            raise NotPlainError
        for first, last, piece in self._divided(block, numbers, cells):
            self._prove(piece, first, last)
            rows = len(ROW_END.findall(piece))
            self.rows += rows
            self.last_row = last
            yield SheetPartXml(first, last, rows, piece)

    def _divided(self, block: bytes, numbers: list[int], cells: int) -> Iterator[tuple[int, int, bytes]]:
        """The block whole when it is small enough in every respect, else row by row joined up to the bounds."""
        span = (numbers[-1] - numbers[0] + 1) * self.limits.columns
        text = self.texts.of(block, cells, allowed=PART_TEXT)
        if len(numbers) <= PART_ROWS and span <= PART_SPAN and text <= PART_TEXT:
            yield numbers[0], numbers[-1], block
            return
        if self.texts.numbered:  # counted, not estimated
            self.copied += text
            if self.copied > 3 * self.limits.text_chars:
                raise problem("text_too_large", detail="全表的文字加起来太多")
        part: list[bytes] = []
        first = last = text = 0
        for row in _rows(block):
            match = ROW.search(row)
            count = row.count(b"</c>")
            if match is None or not count:
                continue
            number, more = int(match[1]), self.texts.of(row, count, allowed=MIB)
            full = (
                len(part) >= PART_ROWS
                or (number - first + 1) * self.limits.columns > PART_SPAN
                or text + more > PART_TEXT
            )
            if part and full:
                yield first, last, b"".join(part)
                part, text = [], 0
            if not part:
                first = number
            part.append(row)
            last, text = number, text + more
        if part:
            yield first, last, b"".join(part)

    def _prove(self, piece: bytes, first: int, last: int) -> None:
        """Every cell is spelled plainly and lies in rows first–last and the columns seen so far (which may grow)."""
        if last > self.limits.rows:
            raise problem("too_many_rows", row=last, limit=self.limits.rows)
        rows = number_range(first, last)
        position = 0
        while match := _stray_cell(rows, self.width).search(piece, position):
            name = CELL_NAME.match(piece, match.start())
            if name is None or not first <= int(name[2]) <= last:
                raise NotPlainError
            letters = name[1].decode()
            column = column_index(letters)
            if column >= self.limits.columns:
                raise problem("too_many_columns", cell=f"{letters}{name[2].decode()}", limit=self.limits.columns)
            self.width = column + 1
            position = match.start()


def _vouch(between: bytes, *, rows: bool = False) -> None:
    """What stands outside rows holds no comment or CDATA that could hide or fake one, and no oddly spelled row."""
    if b"<!" in between or len(between) > ROW_BYTES or (rows and (b"</row" in between or CELL_TAG.search(between))):
        raise NotPlainError


def _rows(block: bytes) -> Iterator[bytes]:
    for row in block.split(b"</row>"):
        start = row.rfind(b"<row ")
        if start >= 0:
            yield row[start:] + b"</row>"


def _marked(block: bytes) -> bytes:
    """Writes marked texts where the spreadsheet reader would show a blank: error values, formulas without a result."""
    if b't="e"' in block:
        block = ERROR_CELL.sub(rb'<c \1 t="str"><v>' + MARK_ERROR.encode() + rb"\2</v></c>", block)
    if b"<f" in block:
        # The values stay, the formulas go: nobody here computes, or follows what they point to.
        block = ANY_FORMULA.sub(b"", UNSAVED_FORMULA.sub(_unsaved_formula, block))
    if b't="e"' in block or b"<f" in block:
        raise NotPlainError
    return block


def _unsaved_formula(match: re.Match[bytes]) -> bytes:
    if b't="str"' in match[2] and match[3] is not None:
        return b""  # the result is the empty text
    return b"<c " + match[1] + b' t="str"><v>' + MARK_FORMULA.encode() + b"</v></c>"


def _stray_cell(rows: str, width: int) -> re.Pattern[bytes]:
    pattern = f'<c(?! r="{_columns(width)}{rows}"(?: (?:s|t|cm|vm|ph)="\\w*")*\\s?>)[\\s/>]'
    return re.compile(pattern.encode())


def _columns(width: int) -> str:
    """A pattern for the first `width` column names (at most 702)."""
    if width == 0:
        return "(?!)"
    if width <= 26:
        return f"[A-{chr(64 + width)}]"
    whole, rest = divmod(width - 26, 26)
    choices = ["[A-Z]"]
    if whole:
        choices.append(f"[A-{chr(64 + whole)}][A-Z]")
    if rest:
        choices.append(f"{chr(65 + whole)}[A-{chr(64 + rest)}]")
    return f"(?:{'|'.join(choices)})"


def number_range(first: int, last: int) -> str:
    """A pattern that matches exactly the decimal numbers from first to last, both included."""
    choices: list[str] = []
    while first <= last:
        # The longest run that starts here and ends in nines: 120 → 120–129, 200 → 200–299 …
        step = 1
        while first % (step * 10) == 0 and first + step * 10 - 1 <= last and first != 0:
            step *= 10
        free = len(str(step)) - 1
        fixed = str(first)[: len(str(first)) - free] if free else str(first)
        lead, digit = fixed[:-1], int(fixed[-1])
        top = digit
        while top < 9 and first + step * (top - digit + 2) - 1 <= last:
            top += 1
        choices.append(f"{lead}[{digit}-{top}]" + r"\d" * free)
        first += step * (top - digit + 1)
    return f"(?:{'|'.join(choices)})"
