"""The records of an Excel 97–2003 workbook stream (BIFF8), as far as values need them.

Our own reader, in a language that cannot be made to overrun a buffer: the compiled readers reserve whatever memory a
record announces, or follow a damaged chain for ever, and take the whole worker with them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from core.tabular.cells import MARK_ERROR
from core.tabular.problems import problem

BOF, EOF, BOUNDSHEET, FILEPASS, DATEMODE = 0x0809, 0x000A, 0x0085, 0x002F, 0x0022
SST, CONTINUE, FORMAT, XF, MERGED = 0x00FC, 0x003C, 0x041E, 0x00E0, 0x00E5
FORMULA, STRING, NUMBER, LABEL, RSTRING = 0x0006, 0x0207, 0x0203, 0x0204, 0x00D6
BOOLERR, RK, LABELSST, MULRK = 0x0205, 0x027E, 0x00FD, 0x00BD
GLOBALS = frozenset((FILEPASS, BOUNDSHEET, FORMAT, XF, DATEMODE))
CELLS = frozenset((FORMULA, NUMBER, LABEL, RSTRING, BOOLERR, RK, LABELSST, MULRK))
BIFF8 = 0x0600
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A", 43: "#N/A"}
DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}  # built in, the Chinese ones included
DURATION_FORMATS = {46}
LAST_SERIAL = 2_958_465  # 9999-12-31
EPOCH, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)

HEADER = struct.Struct("<HH")
SHORT, LONG, DOUBLE = struct.Struct("<H"), struct.Struct("<I"), struct.Struct("<d")
PLACE = struct.Struct("<HHH")  # row, column, format
NOT_DATE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|general|e[+-]', re.I)

Raw = str | int | float | bool | date | datetime | timedelta | object


@dataclass(slots=True)
class BiffSheet:
    name: str
    hidden: bool
    offset: int


@dataclass(slots=True)
class Globals:
    """What all sheets share."""

    sheets: list[BiffSheet] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    formats: dict[int, str] = field(default_factory=dict)  # the workbook's own number formats
    styles: list[int] = field(default_factory=list)  # cell style → number format
    date1904: bool = False
    _kinds: dict[int, str] = field(default_factory=dict)

    def kind(self, style: int) -> str:
        """What a number in this style is: "", "date" or "duration"."""
        if style not in self._kinds:
            self._kinds[style] = self._kind(style)
        return self._kinds[style]

    def _kind(self, style: int) -> str:
        number = self.styles[style] if style < len(self.styles) else 0
        if number in self.formats:
            return format_kind(self.formats[number])
        return "duration" if number in DURATION_FORMATS else "date" if number in DATE_FORMATS else ""


def records(stream: bytes, offset: int, *, depth: int = 0) -> Iterator[tuple[int, int, int]]:
    """(type, position of the body, length) of a substream, without the substreams nested in it (charts).

    `depth` is 1 when the offset lies within the substream, behind its first record.
    """
    end = len(stream) - 4
    while offset <= end:
        kind, length = HEADER.unpack_from(stream, offset)
        body = offset + 4
        offset = body + length
        if offset > len(stream):
            break
        if kind == BOF:
            depth += 1
        elif kind == EOF:
            depth -= 1
            if depth <= 0:
                return
        elif depth <= 1:
            yield kind, body, length
    raise problem("truncated")


@contextmanager
def damage_reported() -> Iterator[None]:
    """Whatever a record lacks ends as a TableProblem."""
    try:
        yield
    except (struct.error, IndexError) as error:
        raise problem("damaged", detail="有不完整的记录") from error


def read_globals(stream: bytes) -> Globals:
    if len(stream) < 8:
        raise problem("truncated")
    kind, length = HEADER.unpack_from(stream, 0)
    if kind != BOF or length < 4 or SHORT.unpack_from(stream, 4)[0] != BIFF8:
        raise problem("old_excel", found="Excel 5.0/95 或更早")
    found, blocks = Globals(), list[bytes]()
    collecting = False
    with damage_reported():
        for kind, body, length in records(stream, 0):
            collecting = kind == SST or (collecting and kind == CONTINUE)
            if collecting:
                blocks.append(stream[body : body + length])
            elif kind in GLOBALS:
                _take_global(kind, stream[body : body + length], found)
        found.texts = shared_texts(blocks)
    return found


def _take_global(kind: int, content: bytes, found: Globals) -> None:
    if kind == FILEPASS:
        raise problem("encrypted")
    if kind == BOUNDSHEET:
        sheet = _bound_sheet(content)
        if sheet and all(sheet.name != other.name for other in found.sheets):
            found.sheets.append(sheet)
    elif kind == FORMAT:
        found.formats[SHORT.unpack_from(content)[0]] = _text(content, 2)
    elif kind == XF:
        found.styles.append(SHORT.unpack_from(content, 2)[0])
    elif kind == DATEMODE:
        found.date1904 = SHORT.unpack_from(content)[0] == 1


def _bound_sheet(body: bytes) -> BiffSheet | None:
    """Name and offset of a worksheet; charts are skipped, macro sheets refused."""
    if len(body) < 8:
        raise problem("damaged", detail="工作表目录不完整")
    offset, state, kind = struct.unpack_from("<IBB", body)
    if kind in (1, 6):
        raise problem("macro_workbook")
    return BiffSheet(_text(body, 6, wide_count=False), bool(state & 3), offset) if kind == 0 else None


def _text(body: bytes, position: int, *, wide_count: bool = True) -> str:
    """A text within one record: count, flags, characters of one or two bytes."""
    if wide_count:
        count, position = SHORT.unpack_from(body, position)[0], position + 2
    else:
        count, position = body[position], position + 1
    flags = body[position] if position < len(body) else 0
    position += 1 + (2 if flags & 8 else 0) + (4 if flags & 4 else 0)
    if flags & 1:
        return body[position : position + 2 * count].decode("utf-16-le", "replace")
    return body[position : position + count].decode("latin-1")


# --- shared texts ---


def shared_texts(blocks: list[bytes]) -> list[str]:
    """The table of shared texts, which runs on from record to record, in the middle of texts too."""
    if not blocks:
        return []
    reader = _Blocks(blocks)
    texts: list[str] = []
    try:
        total = LONG.unpack(reader.take(8)[4:])[0]
        while len(texts) < total:
            texts.append(reader.text())
    except IndexError:
        pass  # fewer than announced: a cell that names one of the rest is reported as damage
    return texts


class _Blocks:
    """Reads across a record and its continuations. IndexError at the end."""

    def __init__(self, blocks: list[bytes]):
        self.blocks, self.block, self.position = blocks, 0, 0

    def take(self, count: int) -> bytes:
        current = self.blocks[self.block]
        if self.position + count <= len(current):
            self.position += count
            return current[self.position - count : self.position]
        taken = current[self.position :]
        while len(taken) < count:
            self.block += 1
            current = self.blocks[self.block]
            self.position = min(count - len(taken), len(current))
            taken += current[: self.position]
        return taken

    def skip(self, count: int) -> None:
        while self.position + count > len(self.blocks[self.block]):
            count -= len(self.blocks[self.block]) - self.position
            self.block, self.position = self.block + 1, 0
        self.position += count

    def text(self) -> str:
        count, flags = struct.unpack("<HB", self.take(3))
        runs = SHORT.unpack(self.take(2))[0] if flags & 8 else 0
        extension = LONG.unpack(self.take(4))[0] if flags & 4 else 0
        pieces: list[str] = []
        wide = flags & 1
        while True:
            current = self.blocks[self.block]
            step = min(count, (len(current) - self.position) >> wide)
            raw = current[self.position : self.position + (step << wide)]
            pieces.append(raw.decode("utf-16-le", "surrogatepass") if wide else raw.decode("latin-1"))
            self.position += step << wide
            count -= step
            if not count:
                break
            self.block, self.position = self.block + 1, 1
            wide = self.blocks[self.block][0] & 1
        self.skip(runs * 4 + extension)
        text = "".join(pieces)
        return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


# --- values ---


def cell_value(stream: bytes, kind: int, body: int, length: int, shared: Globals) -> Raw:
    """The value of a record of one cell, long enough; None for a formula's text, which follows in a STRING record."""
    if kind == LABELSST:
        index: int = LONG.unpack_from(stream, body + 6)[0]
        if length < 10 or index >= len(shared.texts):
            raise problem("damaged", detail="单元格引用的文字不存在")
        return shared.texts[index]
    if kind in (LABEL, RSTRING):
        return _text(stream[body : body + length], 6)
    if kind == BOOLERR:
        return error_mark(stream[body + 6]) if stream[body + 7] else bool(stream[body + 6])
    style = SHORT.unpack_from(stream, body + 4)[0]
    if kind == RK:
        return number(rk(LONG.unpack_from(stream, body + 6)[0]), style, shared)
    if kind == FORMULA and stream[body + 12 : body + 14] == b"\xff\xff":
        return _formula_result(stream[body + 6], stream[body + 8])
    return number(DOUBLE.unpack_from(stream, body + 6)[0], style, shared)


def _formula_result(kind: int, value: int) -> Raw:
    if kind == 1:
        return bool(value)
    if kind == 2:
        return error_mark(value)
    return "" if kind == 3 else None


def error_mark(code: int) -> str:
    return MARK_ERROR + ERRORS.get(code, "#N/A")


def string_value(stream: bytes, body: int, length: int) -> str:
    """A formula's text, which may run on into continuation records."""
    blocks = [stream[body : body + length]]
    end = body + length
    while end + 4 <= len(stream) and HEADER.unpack_from(stream, end)[0] == CONTINUE:
        start, end = end + 4, end + 4 + HEADER.unpack_from(stream, end)[1]
        blocks.append(stream[start:end])
    return _Blocks(blocks).text()


def rk(packed: int) -> float:
    """A number in 30 bits: an integer or the upper part of a double, perhaps in hundredths."""
    value: float
    if packed & 2:
        value = (packed - (1 << 32) if packed & 0x80000000 else packed) >> 2
    else:
        value = DOUBLE.unpack(b"\0\0\0\0" + LONG.pack(packed & 0xFFFFFFFC))[0]
    return value / 100 if packed & 1 else value


def number(value: float, style: int, shared: Globals) -> Raw:
    kind = shared.kind(style)
    if not kind or not 0 <= value <= LAST_SERIAL - (1462 if shared.date1904 else 0):
        return value
    if kind == "duration":
        return timedelta(days=value)
    return from_serial(value, date1904=shared.date1904)


def from_serial(value: float, *, date1904: bool) -> Raw:
    """Excel's day number as date, as time (below one day) or both. Excel counts a 29 February 1900 that never was."""
    days, rest = divmod(value, 1)
    seconds = round(rest * 86_400, 3)
    if not days:
        return (datetime.min + timedelta(seconds=min(seconds, 86_399.999))).time()
    epoch = EPOCH_1904 if date1904 else EPOCH
    moment = epoch + timedelta(days=days + (1 if not date1904 and days < 60 else 0), seconds=seconds)
    return moment if seconds else moment.date()


def format_kind(code: str) -> str:
    plain = NOT_DATE.sub("", code.split(";")[0]).lower()
    if re.search(r"\[(?:h+|m+|s+)\]", plain):
        return "duration"
    return "date" if re.search(r"[ymdhs]|e|上午", plain) else ""
