"""An .xlsx workbook as a source of rows.

The chosen sheet is checked once from beginning to end and rewritten as parts into a temporary package, without
compression; the spreadsheet reader then opens one part at a time, so memory does not grow with the sheet and a
resumed import skips straight to its part. The temporary file has no name any more once it is open.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

import python_calamine

from core.tabular.cells import CellCleaner, Row
from core.tabular.limits import MIB, Limits
from core.tabular.package import Package, SheetPart
from core.tabular.plainxml import respelled
from core.tabular.problems import problem
from core.tabular.sharedtexts import TextSizes
from core.tabular.sheetxml import NotPlainError, SheetPartXml, SheetScan
from core.tabular.sources import (
    Facts,
    Recognised,
    Recogniser,
    SheetInfo,
    choose_sheet,
    reader_errors,
    unread_note,
)

HEAD_BYTES, HEAD_ROWS = 64 * 1024, 40
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET_BEGIN = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
SHEET_END = b"</sheetData></worksheet>"


PartMaker = Callable[[TextSizes], Iterator[SheetPartXml]]


class WorkbookSource:
    def __init__(
        self,
        path: Path,
        limits: Limits,
        *,
        sheet: str | None,
        recognise: Recogniser | None,
        workdir: Path | None,
    ):
        self.limits, self.workdir = limits, workdir
        with Package(path, limits) as package:
            self.package = package
            heads = {part.name: self._head(part) for part in package.sheets}
            sheets = tuple(SheetInfo(part.name, not heads[part.name], part.hidden) for part in package.sheets)
            judge = (lambda name: self._recognise(heads[name], recognise)) if recognise else None
            chosen = choose_sheet(sheets, sheet, judge)
            part = next(part for part in package.sheets if part.name == chosen)
            self.facts = Facts("xlsx", chosen, sheets, notes=unread_note(sheets, chosen))
            if package.external_links:
                self.facts.notes.append("工作簿引用了其他文件，只读取保存在本文件里的数值。")
            self._book, self._index = self._whole(part)
        if not self.facts.rows:
            self.close()
            raise problem("no_rows")

    # --- first look ---

    def _head(self, part: SheetPart) -> list[SheetPartXml]:
        """The parts that hold a sheet's first rows with values."""
        for plainly in (True, False):
            self.package.refill()
            head: list[SheetPartXml] = []
            try:
                for piece in self._scanned(SheetScan(self.limits), part, plainly, HEAD_BYTES):
                    head.append(piece)
                    if sum(piece.rows for piece in head) >= HEAD_ROWS:
                        break
                return head
            except NotPlainError:
                continue
        raise problem("damaged", detail=f"工作表“{part.name}”的结构不合规")

    def _scanned(self, scan: SheetScan, part: SheetPart, plainly: bool, first: int) -> Iterator[SheetPartXml]:
        chunks: Iterable[bytes] = self.package.stream(part.part, first=first)
        return scan.parts(chunks if plainly else respelled(chunks, self.limits.columns))

    def _recognise(self, head: list[SheetPartXml], recognise: Recogniser) -> Recognised:
        book, index = self._repacked(lambda texts: iter(head))
        try:
            cleaner = CellCleaner(cell_chars=self.limits.cell_chars, text_chars=self.limits.text_chars)
            rows: list[Row] = []
            for number, values in _rows(book, index, 1):
                cells = tuple(cleaner.row(values))
                if any(cell is not None for cell in cells):
                    rows.append((number, cells))
            return recognise(rows)
        finally:
            book.close()

    # --- the whole sheet ---

    def _whole(self, part: SheetPart) -> tuple[python_calamine.CalamineWorkbook, list[tuple[int, int]]]:
        for plainly in (True, False):
            self.package.refill()
            scan = SheetScan(self.limits)

            def parts(texts: TextSizes, scan: SheetScan = scan, plainly: bool = plainly) -> Iterator[SheetPartXml]:
                scan.texts = texts
                return self._scanned(scan, part, plainly, MIB)

            try:
                opened = self._repacked(parts)
            except NotPlainError:
                continue
            facts = self.facts
            facts.width, facts.rows, facts.last_row, facts.merges = (
                scan.width,
                scan.rows,
                scan.last_row,
                scan.merges,
            )
            return opened
        raise problem("damaged", detail=f"工作表“{part.name}”的结构不合规")

    def _repacked(self, parts: PartMaker) -> tuple[python_calamine.CalamineWorkbook, list[tuple[int, int]]]:
        """A package of only what was checked, opened by the spreadsheet reader; and (first, last row) of its parts."""
        handle, name = tempfile.mkstemp(suffix=".xlsx", prefix="table-", dir=self.workdir)
        try:
            with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as target:
                texts = self._copy_texts(target)
                if self.package.styles:
                    target.writestr("xl/styles.xml", self.package.small(self.package.styles))
                index: list[tuple[int, int]] = []
                for piece in parts(texts):
                    content = b"".join((SHEET_BEGIN, piece.xml, SHEET_END))
                    target.writestr(f"xl/worksheets/sheet{len(index)}.xml", content)
                    index.append((piece.first_row, piece.last_row))
                self._write_structure(target, len(index))
            with reader_errors("公共文字表或样式无法读取"):
                return python_calamine.CalamineWorkbook.from_path(name), index
        finally:
            os.unlink(name)

    def _copy_texts(self, target: zipfile.ZipFile) -> TextSizes:
        """Copies the shared texts, and measures them as they pass."""
        part, sizes = self.package.shared_strings, TextSizes()
        if part is None:
            return sizes
        with target.open("xl/sharedStrings.xml", "w", force_zip64=True) as copy:
            for chunk in sizes.passed(self.package.stream(part, cap=self.limits.shared_text_bytes)):
                copy.write(chunk)
        return sizes

    def _write_structure(self, target: zipfile.ZipFile, count: int) -> None:
        sheets = "".join(f'<sheet name="p{n}" sheetId="{n + 1}" r:id="rId{n + 1}"/>' for n in range(count))
        date1904 = '<workbookPr date1904="1"/>' if self.package.date1904 else ""
        relations = [_relation(f"rId{n + 1}", "worksheet", f"worksheets/sheet{n}.xml") for n in range(count)]
        relations += [
            _relation("rIdT", "sharedStrings", "sharedStrings.xml"),
            _relation("rIdS", "styles", "styles.xml"),
        ]
        target.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{date1904}<sheets>{sheets}</sheets></workbook>',
        )
        target.writestr("xl/_rels/workbook.xml.rels", _relations(relations))
        target.writestr("_rels/.rels", _relations([_relation("rId1", "officeDocument", "xl/workbook.xml")]))
        target.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types"/>')

    # --- rows ---

    def raw_rows(self, start: int) -> Iterator[tuple[int, Sequence[object]]]:
        return _rows(self._book, self._index, start)

    def close(self) -> None:
        self._book.close()


def _rows(
    book: python_calamine.CalamineWorkbook, index: list[tuple[int, int]], start: int
) -> Iterator[tuple[int, Sequence[object]]]:
    for position, (first, last) in enumerate(index):
        if last < start:
            continue
        with reader_errors(f"第 {first} 行至第 {last} 行"):
            sheet = book.get_sheet_by_index(position)
            if sheet.start is None:
                continue
            number, left = sheet.start[0], [""] * sheet.start[1]
            part = sheet.to_python()  # not iter_rows: that one begins at row 1 whatever the sheet's first cell is
        for values in part:
            number += 1
            if number >= start:
                yield number, [*left, *values] if left else values


def _relation(key: str, kind: str, target: str) -> str:
    return f"<Relationship Id={quoteattr(key)} Type={quoteattr(f'{OFFICE}/{kind}')} Target={quoteattr(target)}/>"


def _relations(relations: list[str]) -> str:
    return f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(relations)}</Relationships>'
