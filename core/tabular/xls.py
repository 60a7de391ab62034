"""An Excel 97–2003 workbook (.xls) as a source of rows.

The spreadsheet reader loads every sheet of such a file at once as dense blocks. So the records are walked first: how
far the cells reach, how much text they would copy, which cells hold error values (the reader shows them as blanks),
whether the file is encrypted or an older format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import olefile
import python_calamine

from core.tabular.cells import MARK_ERROR, CellCleaner, Row, column_letters
from core.tabular.limits import MIB, Limits
from core.tabular.problems import problem
from core.tabular.sheetxml import MergedRange
from core.tabular.sources import Facts, Recogniser, SheetInfo, choose_sheet, reader_errors, unread_note

BOF, EOF, BOUNDSHEET, FILEPASS, SST, CONTINUE = 0x0809, 0x000A, 0x0085, 0x002F, 0x00FC, 0x003C
FORMULA, NUMBER, LABEL, BOOLERR, RK, LABELSST, MULRK = 0x0006, 0x0203, 0x0204, 0x0205, 0x027E, 0x00FD, 0x00BD
CELLS = frozenset((FORMULA, NUMBER, LABEL, BOOLERR, RK, LABELSST, MULRK))
BIFF8 = 0x0600
ERRORS = {
    0: "#NULL!",
    7: "#DIV/0!",
    15: "#VALUE!",
    23: "#REF!",
    29: "#NAME?",
    36: "#NUM!",
    42: "#N/A",
    43: "#N/A",
}
MOST_RECORDS = 20_000_000
MOST_ERRORS = 200_000
TEXT_BYTES = 200 * MIB
HEAD_ROWS = 40
HEADER = struct.Struct("<HH")
PLACE = struct.Struct("<HH")


@dataclass(slots=True)
class SheetExtent:
    name: str
    hidden: bool
    top: int = 1 << 30
    bottom: int = -1
    right: int = -1
    cells: int = 0
    rows: set[int] = field(default_factory=set)  # those with a value
    text: int = 0
    errors: dict[int, list[tuple[int, str]]] = field(default_factory=dict)  # row → (column, error)

    def reach(self, row: int, column: int, count: int = 1) -> None:
        self.top = min(self.top, row)
        self.bottom = max(self.bottom, row)
        self.right = max(self.right, column)
        self.cells += count
        self.rows.add(row)


class XlsSource:
    def __init__(self, path: Path, limits: Limits, *, sheet: str | None, recognise: Recogniser | None):
        self.limits = limits
        extents = {extent.name: extent for extent in _walk(_workbook_stream(path), limits)}
        with reader_errors("工作簿内容无法解析"):
            self._book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(path.read_bytes()))
        sheets = tuple(SheetInfo(name, not extent.cells, extent.hidden) for name, extent in extents.items())
        self._extents = extents
        judge = (lambda name: recognise(self._head(name))) if recognise else None
        chosen = choose_sheet(sheets, sheet, judge)
        extent = extents[chosen]
        if not extent.cells:
            raise problem("no_rows")
        self.facts = Facts("xls", chosen, sheets, notes=unread_note(sheets, chosen))
        self.facts.width, self.facts.last_row = extent.right + 1, extent.bottom + 1
        with reader_errors(f"工作表“{chosen}”"):
            self._sheet = self._book.get_sheet_by_name(chosen)
        self.facts.rows = len(extent.rows)
        self.facts.merges = self._merges()

    def _merges(self) -> list[MergedRange]:
        merges = [
            MergedRange(top + 1, bottom + 1, left, right)
            for (top, left), (bottom, right) in self._sheet.merged_cell_ranges or []
            if bottom >= top and right >= left
        ]
        if sum(merge.last_row - merge.first_row + 1 for merge in merges) > self.limits.merged_rows:
            raise problem("too_many_merges", limit=self.limits.merged_rows)
        return merges

    def _head(self, name: str) -> list[Row]:
        cleaner = CellCleaner(cell_chars=self.limits.cell_chars, text_chars=self.limits.text_chars)
        with reader_errors(f"工作表“{name}”"):
            sheet = self._book.get_sheet_by_name(name)
        rows: list[Row] = []
        for number, values in _rows(sheet, self._extents[name], 1):
            cells = tuple(cleaner.row(values))
            if any(cell is not None for cell in cells):
                rows.append((number, cells))
            if len(rows) >= HEAD_ROWS:
                break
        return rows

    def raw_rows(self, start: int) -> Iterator[tuple[int, Sequence[object]]]:
        assert self.facts.sheet is not None  # noqa: S101 - set in __init__
        return _rows(self._sheet, self._extents[self.facts.sheet], start)

    def close(self) -> None:
        self._book.close()


def _rows(
    sheet: python_calamine.CalamineSheet, extent: SheetExtent, start: int
) -> Iterator[tuple[int, Sequence[object]]]:
    if sheet.start is None:
        return
    left = [""] * sheet.start[1]
    for number, values in enumerate(sheet.iter_rows(), start=1):  # begins at row 1, but not at column A
        if number < start:
            continue
        values = [*left, *values]
        for column, error in extent.errors.get(number - 1, ()):
            if column < len(values):
                values[column] = MARK_ERROR + error
        yield number, values


def _workbook_stream(path: Path) -> bytes:
    try:
        with path.open("rb") as file, olefile.OleFileIO(file) as ole:
            stream: bytes = ole.openstream("Workbook").read()
    except Exception as error:
        raise problem("truncated") from error
    if len(stream) < 8:
        raise problem("truncated")
    return stream


def _walk(stream: bytes, limits: Limits) -> list[SheetExtent]:
    """The extent of every worksheet, or a TableProblem."""
    sheets, texts = _globals(stream)
    if len(sheets) > limits.sheets:
        raise problem("too_many_sheets", count=len(sheets), limit=limits.sheets)
    budget = MOST_RECORDS
    dense = text = 0
    for offset, extent in sheets:
        budget = _sheet(stream, offset, extent, texts, budget, limits)
        if extent.cells:
            dense += (extent.bottom - extent.top + 1) * (extent.right + 1)
            text += extent.text
        if dense > limits.dense_cells:
            raise problem("too_many_cells", detail=f"从第一个到最后一个单元格的范围超过 {limits.dense_cells} 格")
        if text > TEXT_BYTES:
            raise problem("text_too_large", detail=f"合计超过 {TEXT_BYTES // MIB} MB")
    return [extent for _, extent in sheets]


def _records(stream: bytes, offset: int) -> Iterator[tuple[int, int, int]]:
    """(type, position of the body, length) until the end of the substream."""
    end = len(stream) - 4
    while offset <= end:
        kind, length = HEADER.unpack_from(stream, offset)
        body = offset + 4
        if body + length > len(stream):
            raise problem("truncated")
        yield kind, body, length
        if kind == EOF:
            return
        offset = body + length
    raise problem("truncated")


def _globals(stream: bytes) -> tuple[list[tuple[int, SheetExtent]], list[int]]:
    kind, length = HEADER.unpack_from(stream, 0)
    if kind != BOF or length < 4 or struct.unpack_from("<H", stream, 4)[0] != BIFF8:
        raise problem("old_excel", found="Excel 5.0/95 或更早")
    sheets: list[tuple[int, SheetExtent]] = []
    names: set[str] = set()
    texts: list[int] = []
    blocks: list[bytes] = []
    collecting = False
    for kind, body, length in _records(stream, 0):
        if kind == FILEPASS:
            raise problem("encrypted")
        if kind == BOUNDSHEET:
            sheet = _bound_sheet(stream[body : body + length])
            if sheet and sheet[1].name not in names:
                names.add(sheet[1].name)
                sheets.append(sheet)
        collecting = kind == SST or (collecting and kind == CONTINUE)
        if collecting:
            blocks.append(stream[body : body + length])
    if blocks:
        texts = _text_lengths(blocks)
    if not sheets:
        raise problem("no_rows")
    return sheets, texts


def _bound_sheet(body: bytes) -> tuple[int, SheetExtent] | None:
    """Offset and name of a worksheet; charts are skipped, macro sheets refused."""
    if len(body) < 8:
        raise problem("damaged", detail="工作表目录不完整")
    offset, state, kind, count, wide = struct.unpack_from("<IBBBB", body)
    if kind in (1, 6):
        raise problem("macro_workbook")
    if kind != 0:
        return None
    raw = body[8 : 8 + (count * 2 if wide & 1 else count)]
    return offset, SheetExtent(raw.decode("utf-16-le" if wide & 1 else "latin-1", "replace"), bool(state & 3))


def _sheet(stream: bytes, offset: int, extent: SheetExtent, texts: list[int], budget: int, limits: Limits) -> int:
    errors = 0
    for kind, body, length in _records(stream, offset):
        budget -= 1
        if budget < 0:
            raise problem("too_many_cells", detail="记录太多")
        if kind not in CELLS:
            continue
        if length < 6:
            raise problem("damaged", detail=f"工作表“{extent.name}”的单元格记录不完整")
        row, column = PLACE.unpack_from(stream, body)
        last = struct.unpack_from("<H", stream, body + length - 2)[0] if kind == MULRK else column
        _within(row, last, limits)
        extent.reach(row, last, last - column + 1)
        if kind == LABELSST and length >= 10:
            index = struct.unpack_from("<I", stream, body + 6)[0]
            extent.text += texts[index] if index < len(texts) else 0
        error = _error_value(stream, body, kind, length)
        if error:
            errors += 1
            if errors > MOST_ERRORS:
                raise problem("too_many_cells", detail=f"错误值超过 {MOST_ERRORS} 个")
            extent.errors.setdefault(row, []).append((column, error))
    return budget


def _within(row: int, column: int, limits: Limits) -> None:
    if column >= limits.columns:
        raise problem("too_many_columns", cell=f"{column_letters(column)}{row + 1}", limit=limits.columns)
    if row >= limits.rows:
        raise problem("too_many_rows", row=row + 1, limit=limits.rows)


def _error_value(stream: bytes, body: int, kind: int, length: int) -> str:
    if kind == BOOLERR and length >= 8 and stream[body + 7] == 1:
        return ERRORS.get(stream[body + 6], "#N/A")
    if kind == FORMULA and length >= 14 and stream[body + 12 : body + 14] == b"\xff\xff" and stream[body + 6] == 2:
        return ERRORS.get(stream[body + 8], "#N/A")
    return ""


def _text_lengths(blocks: list[bytes]) -> list[int]:
    """Upper bounds, in bytes of UTF-8, of the shared texts (which may run on from record to record)."""
    reader = _Blocks(blocks)
    lengths: list[int] = []
    try:
        total = struct.unpack("<I", reader.take(8)[4:])[0]
        for _ in range(min(total, sum(map(len, blocks)) // 3)):
            lengths.append(reader.text() * 3)
    except IndexError:
        pass  # fewer texts than announced: cells that point past the end copy nothing
    return lengths


class _Blocks:
    """Reads across a record and its continuations. IndexError at the end."""

    def __init__(self, blocks: list[bytes]):
        self.blocks, self.block, self.position = blocks, 0, 0

    def take(self, count: int) -> bytes:
        taken = b""
        while len(taken) < count:
            current = self.blocks[self.block]
            piece = current[self.position : self.position + count - len(taken)]
            taken += piece
            self.position += len(piece)
            if len(taken) < count:
                self.block, self.position = self.block + 1, 0
        return taken

    def skip(self, count: int) -> None:
        while count > 0:
            step = min(count, len(self.blocks[self.block]) - self.position)
            self.position += step
            count -= step
            if count:
                self.block, self.position = self.block + 1, 0

    def text(self) -> int:
        """Passes over one text; answers its characters."""
        count, flags = struct.unpack("<HB", self.take(3))
        runs = struct.unpack("<H", self.take(2))[0] if flags & 8 else 0
        extension = struct.unpack("<I", self.take(4))[0] if flags & 4 else 0
        left, wide = count, flags & 1
        while left:
            space = (len(self.blocks[self.block]) - self.position) >> wide
            step = min(left, space)
            self.position += step << wide
            left -= step
            if left:
                self.block, self.position = self.block + 1, 1
                wide = self.blocks[self.block][0] & 1
        self.skip(runs * 4 + extension)
        return int(count)
