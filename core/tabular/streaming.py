"""A workbook written while it is read: the first bytes leave before the last row is known, memory stays constant.

XlsxWriter needs the whole sheet before it can pack it; a download of a million rows must start at once. Cells are
inline strings and numbers, nothing that a spreadsheet would evaluate.
"""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import RawIOBase
from typing import Any
from xml.sax.saxutils import escape

from core.tabular.writing import as_text

ROWS_LIMIT = 1_048_576  # of a sheet; what is beyond goes to a further sheet
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
CHUNK = 500


class _Sink(RawIOBase):
    """Where the archive is written to; what has gathered is taken and sent."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        gathered, self.parts = b"".join(self.parts), []
        return gathered


def stream_xlsx(header: Sequence[str], rows: Iterable[Sequence[object]], *, title: str) -> Iterator[bytes]:
    """The bytes of a workbook with one table, in pieces; more sheets when the rows exceed one."""
    sink = _Sink()
    source = iter(rows)
    sheets = 0
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        more = True
        while more:
            sheets += 1
            with archive.open(f"xl/worksheets/sheet{sheets}.xml", "w", force_zip64=True) as sheet:
                sheet.write(f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>'.encode())
                sheet.write(_row(header, 1))
                number = 1
                for number, row in enumerate(source, start=2):
                    sheet.write(_row(row, number))
                    if number % CHUNK == 0 and (gathered := sink.take()):
                        yield gathered
                    if number == ROWS_LIMIT:
                        break
                sheet.write(b"</sheetData></worksheet>")
            more = number == ROWS_LIMIT
        for name, text in _frame(title, sheets):
            archive.writestr(name, HEAD + text)
    yield sink.take()


def _row(values: Sequence[object], number: int) -> bytes:
    return f'<row r="{number}">{"".join(map(_cell, values))}</row>'.encode("utf-8", "replace")


def _cell(value: object) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(as_text(value))}</t></is></c>'


def _frame(title: str, sheets: int) -> Iterator[tuple[str, str]]:
    """The parts around the sheets."""
    numbers = range(1, sheets + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{SHEET}.worksheet+xml"/>' for n in numbers
    )
    yield (
        "[Content_Types].xml",
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET}.sheet.main+xml"/>{overrides}</Types>',
    )
    yield (
        "_rels/.rels",
        f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
    )
    names = "".join(
        f'<sheet name="{escape(title[:28])}{n if n > 1 else ""}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers
    )
    yield "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>'
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    yield "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}">{relations}</Relationships>'
