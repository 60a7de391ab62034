"""Tables out: import templates, rejected rows with their reasons, CSV exports.

Workbooks are written in constant memory: row after row, never back. Every value from outside is written as a string
cell, which Excel does not evaluate; in CSV, where there are no types, a text that
would start a formula gets an apostrophe.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from os import PathLike
from typing import BinaryIO, Literal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from core.tabular.cells import Cell, column_letters
from core.tabular.headers import EXAMPLE_MARK, REASON_COLUMN, ROW_COLUMN

Target = str | PathLike[str] | BinaryIO
CELL_CHARS = 32_767
LIST_CHARS = 255  # Excel's limit for the choices written inside a drop-down
COMMENTS = 5_000  # comments are held in memory until the end, and Excel grows slow with more
COMMENT_CHARS = 1_000
CHOICE_SHEET, GUIDE_SHEET = "代码表", "填表说明"
TEMPLATE_ROWS = 20_000  # how far down drop-downs and text formats reach
FORMULA_START = re.compile(r"\s*[=+\-@＝＋－＠\t\r]")
CELL_MARK = "\x1f"  # stands between cells that are looked through together
SUSPECT = re.compile(CELL_MARK + FORMULA_START.pattern)
NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """One column of an import template."""

    code: str
    label: str
    required: bool = False
    kind: Literal["text", "date", "number"] = "text"
    choices: tuple[str, ...] = ()
    several: bool = False  # more than one choice may be written: the drop-down only suggests
    note: str = ""
    example: str = ""
    width: int = 0


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row as it was read, and why it was refused: reasons by column, and under None what concerns the whole row."""

    number: int
    cells: Sequence[Cell]
    errors: Mapping[int | None, Sequence[str]] = field(default_factory=dict)


# --- templates ---


def write_template(target: Target, columns: Sequence[TemplateColumn], *, title: str, guide: Sequence[str] = ()) -> None:
    """A workbook to fill in: labels (row 1), national codes (row 2), one example row marked as such (row 3).

    The reader takes rows 1 and 2 together as header and skips the example. Columns of codes and dates are text, so that
    Excel neither shortens an 18-digit code nor rewrites a date.
    """
    book = xlsxwriter.Workbook(target, {"constant_memory": True})
    formats = _Formats(book)
    sheet = book.add_worksheet(title[:31])
    guide_sheet = book.add_worksheet(GUIDE_SHEET)
    lists = _write_choices(book, columns)
    for index, column in enumerate(columns):
        width = column.width or max(12, min(40, 2 * len(column.label) + 4))
        sheet.set_column(index, index, width, formats.number if column.kind == "number" else formats.text)
        if column.choices:
            _drop_down(sheet, index, column, lists.get(index))
        sheet.write_comment(0, index, _explanation(column), {"x_scale": 2, "y_scale": 1.2})
    sheet.freeze_panes(2, 1)
    sheet.set_row(0, 32)
    for index, column in enumerate(columns):
        sheet.write_string(0, index, _title(column), formats.required if column.required else formats.header)
    for index, column in enumerate(columns):
        sheet.write_string(1, index, column.code, formats.code)
    for index, column in enumerate(columns):
        sheet.write_string(2, index, _example(index, column), formats.example)
    _write_guide(guide_sheet, columns, guide, formats)
    book.close()


class _Formats:
    def __init__(self, book: xlsxwriter.Workbook):
        def add(**properties: object) -> Format:
            return book.add_format({"valign": "vcenter", **properties})

        head = {"bold": True, "text_wrap": True, "align": "center", "border": 1, "num_format": "@"}
        self.header = add(**head, bg_color="#E8EEF4")
        self.required = add(**head, bg_color="#FCE8D9", font_color="#9C2A00")
        self.code = add(num_format="@", font_color="#5F6B76", align="center", border=1, font_size=9)
        self.example = add(num_format="@", italic=True, font_color="#7A7A7A", bg_color="#F5F5F5")
        self.text = add(num_format="@")
        self.number = add(num_format="0.######")
        self.wrapped = add(num_format="@", text_wrap=True, valign="top")
        self.faulty = add(num_format="@", bg_color="#FFD9D9", font_color="#9C0006", border=1)
        self.plain = add(num_format="@", text_wrap=False)


def _title(column: TemplateColumn) -> str:
    return f"{column.label}（必填）" if column.required else column.label


def _example(index: int, column: TemplateColumn) -> str:
    return f"{EXAMPLE_MARK}{column.example}" if index == 0 else column.example


def _explanation(column: TemplateColumn) -> str:
    lines = [f"{column.label}（{column.code}）" if column.code else column.label]
    lines.append("必填" if column.required else "选填")
    if column.kind == "date":
        lines.append("日期，例如 2026-03-15")
    if column.kind == "number":
        lines.append("数字，不带单位和千分位逗号")
    if column.choices:
        lines.append(("可多选，用分号隔开：" if column.several else "从下拉列表中选一项：") + "、".join(column.choices))
    if column.note:
        lines.append(column.note)
    return "\n".join(lines)[:COMMENT_CHARS]


def _write_choices(book: xlsxwriter.Workbook, columns: Sequence[TemplateColumn]) -> dict[int, str]:
    """Lists too long to stand in the drop-down itself go to a hidden sheet. Column → reference."""
    long = [(i, c) for i, c in enumerate(columns) if c.choices and not _fits(c.choices)]
    if not long:
        return {}
    sheet = book.add_worksheet(CHOICE_SHEET)
    sheet.hide()
    for row in range(max(len(column.choices) for _, column in long)):
        for position, (_, column) in enumerate(long):
            if row < len(column.choices):
                sheet.write_string(row, position, column.choices[row])
    return {
        index: f"={CHOICE_SHEET}!${column_letters(position)}$1:${column_letters(position)}${len(column.choices)}"
        for position, (index, column) in enumerate(long)
    }


def _fits(choices: Sequence[str]) -> bool:
    return len(",".join(choices)) <= LIST_CHARS and not any("," in choice for choice in choices)


def _drop_down(sheet: Worksheet, index: int, column: TemplateColumn, reference: str | None) -> None:
    sheet.data_validation(
        3,
        index,
        TEMPLATE_ROWS,
        index,
        {
            "validate": "list",
            "source": reference or list(column.choices),
            "error_type": "information" if column.several else "stop",
            "error_title": "请从列表中选择",
            "error_message": "可以填写多项，用分号隔开。" if column.several else "这一列只能填写列表中的值。",
        },
    )


def _write_guide(sheet: Worksheet, columns: Sequence[TemplateColumn], guide: Sequence[str], formats: _Formats) -> None:
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 18)
    sheet.set_column(2, 2, 8)
    sheet.set_column(3, 3, 90)
    row = 0
    for line in guide:
        sheet.write_string(row, 0, line)
        row += 1
    # Not the words of a header row: the reader must not take this sheet for data.
    for index, text in enumerate(("各列说明", "代码", "必填", "怎样填写")):
        sheet.write_string(row + 1, index, text, formats.header)
    for position, column in enumerate(columns, start=row + 2):
        sheet.write_string(position, 0, column.label, formats.wrapped)
        sheet.write_string(position, 1, column.code, formats.wrapped)
        sheet.write_string(position, 2, "是" if column.required else "", formats.wrapped)
        sheet.write_string(position, 3, "；".join(_explanation(column).split("\n")[2:]), formats.wrapped)


# --- rejected rows ---


def write_rejects(
    target: Target, header: Sequence[str], rows: Iterable[RejectedRow], *, title: str = "未通过的行"
) -> int:
    """The refused rows with their original cells as text, faulty cells coloured and commented, all reasons at the end.

    Columns: the original header, then 原行号 and 错误原因, which the reader knows and leaves alone: the workbook can be
    corrected and uploaded as it is. Answers how many rows were written.
    """
    book = xlsxwriter.Workbook(target, {"constant_memory": True})
    formats = _Formats(book)
    sheet = book.add_worksheet(title[:31])
    width = len(header)
    sheet.set_column(0, max(width - 1, 0), 18, formats.plain)
    sheet.set_column(width, width, 8, formats.plain)
    sheet.set_column(width + 1, width + 1, 80, formats.wrapped)
    sheet.freeze_panes(1, 0)
    for index, text in enumerate((*header, ROW_COLUMN, REASON_COLUMN)):
        sheet.write_string(0, index, as_text(text), formats.header)
    written = comments = 0
    for row in rows:
        written += 1
        for index in range(width):
            text = as_text(row.cells[index]) if index < len(row.cells) else ""
            reasons = row.errors.get(index, ())
            form = formats.faulty if reasons else formats.plain
            if text:
                sheet.write_string(written, index, text, form)
            elif reasons:
                sheet.write_blank(written, index, None, form)
            if reasons and comments < COMMENTS:
                sheet.write_comment(written, index, "\n".join(reasons)[:COMMENT_CHARS], {"x_scale": 2})
                comments += 1
        sheet.write_string(written, width, str(row.number), formats.plain)
        sheet.write_string(written, width + 1, as_text(_all_reasons(header, row)), formats.wrapped)
    book.close()
    return written


def _all_reasons(header: Sequence[str], row: RejectedRow) -> str:
    reasons = []
    for index in sorted(row.errors, key=lambda key: -1 if key is None else key):
        text = "；".join(row.errors[index])
        if index is None:
            reasons.append(text)
        else:
            name = header[index].strip() if index < len(header) else ""
            reasons.append(f"{column_letters(index)} 列{f'“{name}”' if name else ''}：{text}")
    return "\n".join(reasons)


def as_text(value: object) -> str:
    """What the cell showed, as text that a workbook can hold."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    text = UNWRITABLE.sub("", value if isinstance(value, str) else str(value))
    return text if len(text) <= CELL_CHARS else text[: CELL_CHARS - 1] + "…"


# --- CSV ---


def stream_csv(header: Sequence[str], rows: Iterable[Sequence[object]], *, chunk: int = 500) -> Iterator[bytes]:
    """A CSV that Excel opens rightly (UTF-8 with byte order mark, CRLF), in pieces of `chunk` rows."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([guarded(text) for text in header])
    yield b"\xef\xbb\xbf" + _taken(buffer)
    for count, row in enumerate(rows, start=1):
        writer.writerow(_guarded_row(row))
        if count % chunk == 0:
            yield _taken(buffer)
    if rest := _taken(buffer):
        yield rest


def _guarded_row(row: Sequence[object]) -> Sequence[object]:
    """The cells as text. One look at the whole row: hardly any has a cell that must be guarded."""
    try:
        if not SUSPECT.search(CELL_MARK + CELL_MARK.join(row)):  # type: ignore[arg-type]
            return row
    except TypeError:  # not texts alone
        pass
    return [guarded(value) for value in row]


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "replace")


def guarded(value: object) -> str:
    """The text of a CSV cell. What a spreadsheet would run as a formula is made text by an apostrophe; numbers stay."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    text = "" if value is None else value if isinstance(value, str) else as_text(value)
    if FORMULA_START.match(text) and not NUMBER.fullmatch(text):
        return "'" + text
    return text
