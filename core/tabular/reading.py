"""`open_table`: an uploaded file becomes rows of Python values, or one clear message why not.

The file's content decides what it is. Nothing is handed to the spreadsheet reader before its size, its reach and its
structure are known to be bounded.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from core.tabular.cells import Cell, CellCleaner, Row
from core.tabular.delimited import DelimitedSource
from core.tabular.limits import MIB, Limits
from core.tabular.problems import cell_problem, problem
from core.tabular.sheetxml import MergedRange
from core.tabular.sniffing import ole_problem, sniff
from core.tabular.sources import Recogniser, SheetInfo, Source
from core.tabular.workbook import WorkbookSource
from core.tabular.xls import XlsSource

EXTENSIONS = {"xlsx": {".xlsx"}, "xls": {".xls", ".et"}, "csv": {".csv", ".tsv", ".txt"}}
KIND_NAMES = {"xlsx": "Excel 工作簿（xlsx）", "xls": "Excel 97–2003 工作簿（xls）", "csv": "文本表格（CSV）"}


class Table:
    """One sheet of one file. Use as a context manager, or call `close()`.

    `rows()` may be called again and from any row on; one iteration at a time. `blank_rows` and `stripped` (cells from
    which invisible characters were taken) tell about the rows that the latest iteration has passed.
    """

    def __init__(self, source: Source, *, filename: str, limits: Limits, spooled: Path | None):
        facts = source.facts
        self._source, self._limits, self._spooled = source, limits, spooled
        self.filename = filename
        self.kind: str = facts.kind  # "xlsx", "xls" or "csv"
        self.sheet: str | None = facts.sheet
        self.sheets: tuple[SheetInfo, ...] = facts.sheets
        self.width: int = facts.width  # every row has this many cells
        self.row_count: int = facts.rows  # rows with content, header included: an upper bound for progress
        self.last_row: int = facts.last_row
        self.merges: tuple[MergedRange, ...] = tuple(facts.merges)
        self.encoding, self.delimiter = facts.encoding, facts.delimiter
        self.notes: tuple[str, ...] = (*facts.notes, *_extension_note(filename, facts.kind))
        self.blank_rows = self.stripped = 0
        self._covered = _covered_cells(self.merges, self.width)
        self._head: list[Row] | None = None

    def rows(self, start: int = 1) -> Iterator[Row]:
        """Rows with content from Excel row number `start` on."""
        cleaner = CellCleaner(
            cell_chars=self._limits.cell_chars, text_chars=self._limits.text_chars, text_only=self.kind == "csv"
        )
        self.blank_rows = self.stripped = 0
        previous = start - 1
        for number, values in self._source.raw_rows(start):
            cells = cleaner.row(values)
            if cells.count(None) == len(cells):
                continue
            self.blank_rows += number - previous - 1
            self.stripped = cleaner.stripped
            previous = number
            if len(cells) != self.width:
                cells = cells[: self.width] + [None] * (self.width - len(cells))
            if number in self._covered:
                self._mark_merged(cells, number)
            yield number, tuple(cells)

    def chunks(self, size: int = 1000, start: int = 1) -> Iterator[list[Row]]:
        chunk: list[Row] = []
        for row in self.rows(start):
            chunk.append(row)
            if len(chunk) >= size:
                yield chunk
                chunk = []
        if chunk:
            yield chunk

    def head(self, count: int = 40) -> Sequence[Row]:
        """The first rows with content, kept for the search of the header."""
        if self._head is None or len(self._head) < count:
            rows = self.rows()
            self._head = [row for row, _ in zip(rows, range(count), strict=False)]
        return self._head[:count]

    def _mark_merged(self, cells: list[Cell], number: int) -> None:
        for merge in self._covered[number]:
            for column in range(merge.first_column, min(merge.last_column, self.width - 1) + 1):
                corner = number == merge.first_row and column == merge.first_column
                if not corner and cells[column] is None:
                    cells[column] = cell_problem("merged_cell", str(merge))

    def close(self) -> None:
        self._source.close()
        if self._spooled is not None:
            self._spooled.unlink(missing_ok=True)

    def __enter__(self) -> Table:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def open_table(
    path_or_file: str | os.PathLike[str] | BinaryIO,
    *,
    filename: str = "",
    limits: Limits | None = None,
    sheet: str | None = None,
    recognise: Recogniser | None = None,
    workdir: str | os.PathLike[str] | None = None,
) -> Table:
    """Opens the file as a table. Raises TableProblem.

    `sheet` names a worksheet; otherwise empty ones are ignored and, with `recognise` (see `headers.recogniser`), the
    one with a known header is taken. `workdir` holds the unpacked sheet while the table is open.
    """
    limits = limits or Limits()
    folder = Path(workdir) if workdir else None
    spooled = None
    if isinstance(path_or_file, str | os.PathLike):
        path = Path(path_or_file)
        filename = filename or path.name
    else:
        path = spooled = _spool(path_or_file, limits, folder)
    try:
        source = _source(path, limits, sheet=sheet, recognise=recognise, workdir=folder)
        return Table(source, filename=filename, limits=limits, spooled=spooled)
    except BaseException:
        if spooled is not None:
            spooled.unlink(missing_ok=True)
        raise


def _source(
    path: Path, limits: Limits, *, sheet: str | None, recognise: Recogniser | None, workdir: Path | None
) -> Source:
    kind = sniff(path)
    allowed = limits.text_file_bytes if kind == "text" else limits.file_bytes
    if path.stat().st_size > allowed:
        raise problem("file_too_large", limit=allowed // MIB)
    if kind == "zip":
        return WorkbookSource(path, limits, sheet=sheet, recognise=recognise, workdir=workdir)
    if kind == "ole":
        failure = ole_problem(path)
        if failure:
            raise failure
        return XlsSource(path, limits, sheet=sheet, recognise=recognise)
    return DelimitedSource(path, limits)


def _spool(file: BinaryIO, limits: Limits, workdir: Path | None) -> Path:
    """A copy on disk, so that what was checked is what is read."""
    handle, name = tempfile.mkstemp(prefix="upload-", dir=workdir)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as target:
            if hasattr(file, "seek"):
                file.seek(0)
            left = most = max(limits.file_bytes, limits.text_file_bytes)
            while chunk := file.read(MIB):
                left -= len(chunk)
                if left < 0:
                    raise problem("file_too_large", limit=most // MIB)
                target.write(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _extension_note(filename: str, kind: str) -> list[str]:
    extension = Path(filename).suffix.lower()
    if not extension or extension in EXTENSIONS[kind]:
        return []
    return [f"扩展名是 {extension}，内容其实是{KIND_NAMES[kind]}，已按内容读取。"]


def _covered_cells(merges: Sequence[MergedRange], width: int) -> dict[int, list[MergedRange]]:
    covered: dict[int, list[MergedRange]] = {}
    for merge in merges:
        if merge.first_column < width:
            for row in range(merge.first_row, merge.last_row + 1):
                covered.setdefault(row, []).append(merge)
    return covered
