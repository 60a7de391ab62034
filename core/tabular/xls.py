"""An Excel 97–2003 workbook (.xls) as a source of rows.

The sheet's records are walked once when the file is opened (how far the cells reach, whether it is encrypted, an older
format, cut off) and then again for each reading, row after row, from the nearest mark before the wanted row.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import olefile

from core.tabular import biff
from core.tabular.cells import CellCleaner, Row, column_letters
from core.tabular.limits import Limits
from core.tabular.problems import problem
from core.tabular.sheetxml import MergedRange
from core.tabular.sources import Facts, Recogniser, SheetInfo, choose_sheet, unread_note

HEAD_ROWS = 40
MARK_EVERY = 500  # rows between two places from which reading can begin


@dataclass(slots=True)
class Extent:
    """How far a sheet's values reach (counted from 0), and where its rows begin in the stream."""

    last: int = -1
    right: int = -1
    rows: int = 0
    marks: list[tuple[int, int]] = field(default_factory=list)  # (row, position of its first record)
    merges: list[MergedRange] = field(default_factory=list)


class XlsSource:
    def __init__(self, path: Path, limits: Limits, *, sheet: str | None, recognise: Recogniser | None):
        self.limits = limits
        self._stream = _workbook_stream(path)
        self._shared = biff.read_globals(self._stream)
        if not self._shared.sheets:
            raise problem("no_rows")
        if len(self._shared.sheets) > limits.sheets:
            raise problem("too_many_sheets", count=len(self._shared.sheets), limit=limits.sheets)
        self._offsets = {sheet.name: sheet.offset for sheet in self._shared.sheets}
        sheets = tuple(SheetInfo(item.name, self._is_empty(item.offset), item.hidden) for item in self._shared.sheets)
        chosen = choose_sheet(sheets, sheet, (lambda name: recognise(self._head(name))) if recognise else None)
        self._offset = self._offsets[chosen]
        extent = self._extent = _walk(self._stream, self._offset, limits)
        if not extent.rows:
            raise problem("no_rows")
        self.facts = Facts(
            "xls",
            chosen,
            sheets,
            width=extent.right + 1,
            rows=extent.rows,
            last_row=extent.last + 1,
            merges=extent.merges,
            notes=unread_note(sheets, chosen),
        )

    def _is_empty(self, offset: int) -> bool:
        return not any(kind in biff.CELLS for kind, _, _ in biff.records(self._stream, offset))

    def _head(self, name: str) -> list[Row]:
        cleaner = CellCleaner(cell_chars=self.limits.cell_chars, text_chars=self.limits.text_chars)
        rows = ((number, tuple(cleaner.row(values))) for number, values in self._rows(self._offsets[name]))
        return list(islice((row for row in rows if any(cell is not None for cell in row[1])), HEAD_ROWS))

    def raw_rows(self, start: int) -> Iterator[tuple[int, Sequence[object]]]:
        marks = self._extent.marks
        position = marks[max(bisect_right(marks, (start - 1, 1 << 62)) - 1, 0)][1]
        return (row for row in self._rows(position, depth=1) if row[0] >= start)

    def _rows(self, position: int, *, depth: int = 0) -> Iterator[tuple[int, list[object]]]:
        """Row number and values, from the record at this position to the end of its sheet."""
        current = -1
        values: list[object] = []
        with biff.damage_reported():
            for row, first, found in self._cells(position, depth):
                if row != current:
                    if values:
                        yield current + 1, values
                    current, values = row, []
                missing = first + len(found) - len(values)
                if missing > 0:
                    values += [""] * missing
                values[first : first + len(found)] = found
        if values:
            yield current + 1, values

    def _cells(self, position: int, depth: int) -> Iterator[tuple[int, int, list[object]]]:
        """(row, first column, values) record by record; a formula's text once its STRING record has come."""
        stream, shared = self._stream, self._shared
        awaiting: tuple[int, int] | None = None
        for kind, body, length in biff.records(stream, position, depth=depth):
            if kind == biff.STRING and awaiting:
                yield *awaiting, [biff.string_value(stream, body, length)]
                awaiting = None
            elif kind in biff.CELLS:
                row, first, last = _place(stream, kind, body, length)
                _within(row, last, self.limits)
                if kind == biff.MULRK:
                    yield row, first, _several(stream, body, last - first + 1, shared)
                    continue
                value = biff.cell_value(stream, kind, body, length, shared)
                awaiting = (row, first) if value is None else None
                if value is not None:
                    yield row, first, [value]

    def close(self) -> None:
        """Nothing is held open."""


def _several(stream: bytes, body: int, count: int, shared: biff.Globals) -> list[object]:
    pairs = (stream[body + 4 + 6 * n : body + 10 + 6 * n] for n in range(count))
    return [
        biff.number(biff.rk(biff.LONG.unpack_from(pair, 2)[0]), biff.SHORT.unpack_from(pair)[0], shared)
        for pair in pairs
    ]


def _place(stream: bytes, kind: int, body: int, length: int) -> tuple[int, int, int]:
    """Row, first and last column of a cell record."""
    if length < 8:
        raise problem("damaged", detail="单元格记录不完整")
    row, column, _ = biff.PLACE.unpack_from(stream, body)
    if kind != biff.MULRK:
        if length < 10 and kind in (biff.NUMBER, biff.RK, biff.LABELSST) or length < 14 and kind == biff.FORMULA:
            raise problem("damaged", detail="单元格记录不完整")
        return row, column, column
    last = biff.SHORT.unpack_from(stream, body + length - 2)[0]
    if last < column or length < 6 + 6 * (last - column + 1):
        raise problem("damaged", detail="单元格记录不完整")
    return row, column, last


def _workbook_stream(path: Path) -> bytes:
    try:
        with path.open("rb") as file, olefile.OleFileIO(file) as ole:
            if ole.get_size("Workbook") > path.stat().st_size:
                raise ValueError("the stream is larger than its file")
            stream: bytes = ole.openstream("Workbook").read()
    except Exception as error:
        raise problem("truncated") from error
    return stream


def _walk(stream: bytes, offset: int, limits: Limits) -> Extent:
    extent = Extent()
    for kind, body, length in biff.records(stream, offset):
        if kind in biff.CELLS:
            row, _, last = _place(stream, kind, body, length)
            _within(row, last, limits)
            extent.right = max(extent.right, last)
            if row != extent.last:
                if row < extent.last:
                    raise problem("damaged", detail=f"第 {row + 1} 行的位置不合规")
                if extent.rows % MARK_EVERY == 0:
                    extent.marks.append((row, body - 4))
                extent.last, extent.rows = row, extent.rows + 1
        elif kind == biff.MERGED:
            extent.merges += _merges(stream[body : body + length])
    covered = sum(merge.last_row - merge.first_row + 1 for merge in extent.merges)
    if covered > limits.merged_rows:
        raise problem("too_many_merges", limit=limits.merged_rows)
    return extent


def _merges(body: bytes) -> Iterator[MergedRange]:
    for position in range(2, len(body) - 7, 8):
        top, bottom, left, right = (biff.SHORT.unpack_from(body, position + 2 * n)[0] for n in range(4))
        if top <= bottom and left <= right:
            yield MergedRange(top + 1, bottom + 1, left, right)


def _within(row: int, column: int, limits: Limits) -> None:
    if column >= limits.columns:
        raise problem("too_many_columns", cell=f"{column_letters(column)}{row + 1}", limit=limits.columns)
    if row >= limits.rows:
        raise problem("too_many_rows", row=row + 1, limit=limits.rows)
