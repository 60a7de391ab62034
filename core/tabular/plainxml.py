"""Respells a worksheet that is valid XML but not in the plain spelling the fast scanner vouches for.

Namespace prefixes (`x:row`, the .NET SDK), cells without references, comments, CDATA, single quotes: all parsed by
expat and written again as `<row r="1"><c r="A1" t="s"><v>0</v></c></row>`. Some five times slower than the fast way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.parsers import expat
from xml.sax.saxutils import escape

from core.tabular.cells import column_index, column_letters
from core.tabular.limits import MIB
from core.tabular.problems import problem

REFERENCE = re.compile(r"([A-Za-z]{1,3})([1-9]\d{0,6})")
CUT_OFF = {
    expat.errors.codes[name] for name in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN)
}
TEXT_LIMIT = 32 * MIB


def respelled(chunks: Iterable[bytes], columns: int) -> Iterator[bytes]:
    """The same sheet with at most `columns` columns, plainly. Raises TableProblem when it is no well-formed sheet."""
    writer = _PlainSheet(columns)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = writer.start
    parser.EndElementHandler = writer.end
    parser.CharacterDataHandler = writer.characters
    yield b"<sheetData>"
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
            if writer.size > MIB:
                yield writer.taken()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise problem("truncated" if error.code in CUT_OFF else "damaged", detail="工作表不是合规的 XML") from error
    yield writer.taken()
    yield b"</sheetData>"
    yield b"".join(writer.merges)


class _PlainSheet:
    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.out: list[str] = []
        self.size = 0
        self.merges: list[bytes] = []
        self.row = self.column = 0
        self.in_data = self.in_phonetic = False
        self.cell: dict[str, str] | None = None
        self.parts: dict[str, list[str]] = {}
        self.reading = ""
        self.text_size = 0

    def taken(self) -> bytes:
        content = "".join(self.out).encode("utf-8", "surrogatepass")
        self.out, self.size = [], 0
        return content

    def write(self, text: str) -> None:
        self.out.append(text)
        self.size += len(text)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "sheetData":
            self.in_data = True
        elif tag == "mergeCell":
            reference = attributes.get("ref", "").upper()
            if re.fullmatch(r"[A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7}", reference):
                self.merges.append(f'<mergeCell ref="{reference}"/>'.encode())
        elif self.in_data:
            self.start_in_data(tag, attributes)

    def start_in_data(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            self.start_row(attributes)
        elif tag == "c":
            self.start_cell(attributes)
        elif tag == "rPh":
            self.in_phonetic = True
        elif tag in ("v", "f", "t") and not self.in_phonetic:
            self.reading = tag
            self.parts.setdefault(tag, [])

    def start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r", str(self.row + 1))
        if not re.fullmatch(r"[1-9]\d{0,6}", number) or int(number) <= self.row:
            raise problem("damaged", detail="工作表的行号不合规")
        self.row, self.column = int(number), 0
        self.write(f'<row r="{number}">')

    def start_cell(self, attributes: dict[str, str]) -> None:
        if self.column >= self.columns and "r" not in attributes:
            place = f"{column_letters(self.column)}{self.row}"
            raise problem("too_many_columns", cell=place, limit=self.columns)
        match = REFERENCE.fullmatch(attributes.get("r", f"{column_letters(self.column)}{self.row}"))
        if match is None or int(match[2]) != self.row:
            raise problem("damaged", detail=f"第 {self.row} 行的单元格位置不合规")
        self.column = column_index(match[1]) + 1
        kept = {key: attributes[key] for key in ("s", "t") if re.fullmatch(r"\w*", attributes.get(key, "-"), re.ASCII)}
        self.cell = {"r": match[0].upper(), **kept}
        self.parts, self.text_size = {}, 0

    def characters(self, text: str) -> None:
        if self.reading:
            self.text_size += len(text)
            if self.text_size > TEXT_LIMIT:
                raise problem("text_too_large", detail=f"一个单元格超过 {TEXT_LIMIT // MIB} MB")
            self.parts[self.reading].append(text)

    def end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        if tag == "sheetData":
            self.in_data = False
        elif not self.in_data:
            return
        elif tag == "row":
            self.write("</row>")
        elif tag == "c":
            self.end_cell()
        elif tag == "rPh":
            self.in_phonetic = False
        elif tag == self.reading:
            self.reading = ""

    def end_cell(self) -> None:
        if self.cell is None:
            raise problem("damaged", detail="工作表的单元格标记不成对")
        attributes = "".join(f' {key}="{value}"' for key, value in self.cell.items())
        content = "<f></f>" if "f" in self.parts else ""
        if "v" in self.parts:
            content += f"<v>{_text(self.parts['v'])}</v>"
        if "t" in self.parts:
            content += f'<is><t xml:space="preserve">{_text(self.parts["t"])}</t></is>'
        self.write(f"<c{attributes}>{content}</c>" if content else f"<c{attributes}/>")
        self.cell, self.reading = None, ""


def _text(parts: list[str]) -> str:
    """Escaped so that no text looks like an attribute either."""
    return escape("".join(parts), {'"': "&quot;"})
