"""What is read is what was written: values, row numbers, order, from any row on."""

import csv
import io
import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tabular.cells import Cell, column_index, column_letters
from core.tabular.limits import Limits
from core.tabular.plainxml import respelled
from core.tabular.problems import TableProblem
from core.tabular.reading import open_table
from core.tabular.sheetxml import SheetScan, number_range
from tests.hostile_files import HOSTILE_FILES, LABELS, ROW, csv_text, sample, written, xls
from tests.support import table_files as make

DAYS = st.dates(date(1900, 3, 1), date(2100, 12, 31))
TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn", "Zl", "Zp"), exclude_characters="\ufffd_#"),
    min_size=1,
    max_size=30,
).filter(lambda text: not text.isspace())
NUMBERS = st.integers(-(10**15) + 1, 10**15 - 1) | st.floats(-1e9, 1e9).map(lambda x: round(x, 6))
VALUES = st.none() | TEXTS | NUMBERS | DAYS | st.booleans()


def read(content: bytes, name: str = "表.xlsx", **options: object) -> list[tuple[int, tuple[Cell, ...]]]:
    with open_table(io.BytesIO(content), filename=name, **options) as table:  # type: ignore[arg-type]
        return list(table.rows())


def grid(values: st.SearchStrategy[object]) -> st.SearchStrategy[list[list[object]]]:
    """Rows of one width whose last column is filled somewhere."""
    return st.integers(2, 6).flatmap(
        lambda width: st.lists(st.lists(values, min_size=width, max_size=width), min_size=1, max_size=12)
    )


def expected(rows: list[list[object]]) -> list[tuple[int, tuple[object, ...]]]:
    blank = [[None if value == "" else value for value in row] for row in rows]
    kept = [(number, row) for number, row in enumerate(blank, 1) if any(value is not None for value in row)]
    width = max((i + 1 for _, row in kept for i, value in enumerate(row) if value is not None), default=0)
    return [(number, tuple(row[:width])) for number, row in kept]


def normal(rows: list[tuple[int, tuple[object, ...]]]) -> list[tuple[int, tuple[object, ...]]]:
    """A whole number is the same as an int or a float."""
    return [
        (n, tuple(int(v) if isinstance(v, float) and v.is_integer() and abs(v) < 10**15 else v for v in row))
        for n, row in rows
    ]


def workbook(rows: list[list[object]], **options: bool) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"strings_to_urls": False, **options}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, bool):
                    sheet.write_boolean(r, c, value)
                elif isinstance(value, str):
                    sheet.write_string(r, c, value)
                elif isinstance(value, date):
                    sheet.write_datetime(r, c, value, day)
                elif value is not None:
                    sheet.write_number(r, c, value)  # type: ignore[arg-type]
    return buffer.getvalue()


@settings(max_examples=150, deadline=None)
@given(grid(VALUES), st.booleans())
def test_a_workbook_gives_back_what_was_written(rows: list[list[object]], constant_memory: bool) -> None:
    """Shared texts and inline texts alike."""
    want = expected(rows)
    content = workbook(rows, constant_memory=constant_memory)
    if not want:
        with pytest.raises(TableProblem, match="没有任何内容"):
            read(content)
        return
    assert normal(read(content)) == normal(want)


@settings(max_examples=150, deadline=None)
@given(grid(TEXTS.map(lambda text: text.replace("+", "加")) | st.just('带"引号",逗号\n换行')), st.sampled_from(",;\t"))
def test_a_csv_gives_back_what_was_written(rows: list[list[object]], delimiter: str) -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        buffer = io.StringIO()
        header = [f"第{n}列" for n in range(len(rows[0]))]
        csv.writer(buffer, delimiter=delimiter).writerows([header, *rows])
        want = expected([list(header), *rows])
        assert read(buffer.getvalue().encode(encoding), "表.csv") == want


@settings(max_examples=60, deadline=None)
@given(grid(st.none() | TEXTS.map(lambda text: "".join(c if c <= "\uffff" else "字" for c in text)) | NUMBERS | DAYS))
def test_an_old_workbook_gives_back_what_was_written(rows: list[list[object]]) -> None:
    want = expected(rows)
    content = xls(("数据", rows))
    if want:
        assert normal(read(content, "表.xls")) == normal(want)


@settings(max_examples=60, deadline=None)
@given(grid(VALUES))
def test_the_careful_way_reads_the_same_as_the_fast_way(rows: list[list[object]]) -> None:
    """The same sheet, plainly spelled and with a namespace prefix that sends it through the respelling."""
    if not expected(rows):
        return
    plain = [[str(value) if isinstance(value, date | bool) else value for value in row] for row in rows]
    sheet = make.sheet_xml(make.rows_xml(plain))
    prefixed = sheet.replace("</", "\0").replace("<", "<x:").replace("\0", "</x:").replace("xmlns=", "xmlns:x=")
    scan = SheetScan(Limits())
    parts = list(scan.parts(respelled([prefixed.encode()], 200)))
    assert [part.rows for part in parts] == [len(expected(plain))]
    assert read(make.xlsx_of(sheet)) == read(make.xlsx_of(prefixed))


@given(st.integers(1, 300_000), st.integers(0, 300_000), st.integers(1, 700_000))
def test_the_pattern_of_a_range_matches_exactly_its_numbers(first: int, span: int, number: int) -> None:
    import re

    assert bool(re.fullmatch(number_range(first, first + span), str(number))) == (first <= number <= first + span)


@given(st.integers(0, 20_000))
def test_column_letters_and_indexes_are_inverse(index: int) -> None:
    assert column_index(column_letters(index)) == index


# --- row numbers, resuming, blanks ---

SPARSE = [[f"第{n}行", n, None] if n % 7 else [None, None, None] for n in range(1, 9_001)]


def sparse_files() -> dict[str, bytes]:
    text = "\n".join(",".join("" if value is None else str(value) for value in row) for row in SPARSE)
    return {"表.xlsx": workbook(SPARSE), "表.csv": text.encode(), "表.xls": xls(("数据", SPARSE))}


@pytest.mark.parametrize(("name", "content"), sparse_files().items(), ids=["表.xlsx", "表.csv", "表.xls"])
def test_reading_can_begin_at_any_row(name: str, content: bytes, rng: random.Random) -> None:
    with open_table(io.BytesIO(content), filename=name) as table:
        whole = list(table.rows())
        assert len(whole) == table.row_count == sum(1 for row in SPARSE if row[0])
        assert table.last_row == 9_000
        assert table.blank_rows == 9_000 - len(whole)
        for start in [1, 2, 7, 8, 4_000, 4_001, 8_999, 9_000, 9_001, rng.randrange(1, 9_000)]:
            assert list(table.rows(start)) == [row for row in whole if row[0] >= start], start


def test_chunks_hold_the_same_rows_in_the_same_order() -> None:
    with open_table(io.BytesIO(workbook(SPARSE))) as table:
        chunks = list(table.chunks(1000, start=100))
        assert [row for chunk in chunks for row in chunk] == list(table.rows(100))
        assert {len(chunk) for chunk in chunks[:-1]} == {1000}


def test_row_numbers_are_excels_own_even_with_line_breaks_in_cells() -> None:
    content = csv_text(ROW, [*ROW[:5], '"一\n二\n三"', *ROW[6:]], ROW).encode()
    assert [number for number, _ in read(content, "表.csv")] == [1, 2, 3, 4]


def test_stripped_characters_are_counted() -> None:
    with open_table(io.BytesIO(sample(["甲\u200b公司", *ROW[1:]], ["乙\x0b公司", *ROW[1:]]))) as table:
        list(table.rows())
        assert table.stripped >= 1


def test_times_and_datetimes_keep_their_types() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_datetime(0, 0, datetime(2026, 3, 2, 9, 30), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
        sheet.write_datetime(0, 1, time(9, 30), book.add_format({"num_format": "hh:mm"}))

    assert read(written(fill)) == [(1, (datetime(2026, 3, 2, 9, 30), time(9, 30)))]


def test_a_workbook_of_another_writer_reads_the_same() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*LABELS])
    sheet.append([*ROW])
    buffer = io.BytesIO()
    book.save(buffer)
    assert read(buffer.getvalue()) == read(sample())


def test_a_path_and_a_file_object_read_the_same(tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    path.write_bytes(sample())
    with open_table(path) as table:
        assert table.filename == "表.xlsx"
        assert list(table.rows()) == read(sample())


# --- choosing a sheet ---


def test_a_named_sheet_is_read_even_when_it_is_hidden() -> None:
    sheets = {"甲": make.sheet_xml(make.rows_xml([["a", "b"]])), "乙": make.sheet_xml(make.rows_xml([["c", "d"]]))}
    content = make.packed(make.xlsx_parts(sheets, hidden=["乙"]))
    assert read(content) == [(1, ("a", "b"))]
    assert read(content, sheet="乙") == [(1, ("c", "d"))]
    with pytest.raises(TableProblem, match="没有名为“丙”的工作表"):
        read(content, sheet="丙")


# --- bounds ---


def test_limits_can_be_narrower() -> None:
    for limits, code in [
        (Limits(rows=1), "too_many_rows"),
        (Limits(columns=15), "too_many_columns"),
        (Limits(file_bytes=100), "file_too_large"),
        (Limits(unpacked_bytes=1000), "zip_bomb"),
        (Limits(entries=3), "zip_bomb"),
    ]:
        with pytest.raises(TableProblem) as refusal:
            read(sample(), limits=limits)
        assert refusal.value.code == code


def test_any_damage_to_a_file_ends_in_a_message_or_in_rows(rng: random.Random) -> None:
    """No other exception, whatever bytes change: in the package, in its parts, in old workbooks, in text."""
    chosen = [case for case in HOSTILE_FILES if not case.expect.refused]
    for _ in range(300):
        case = rng.choice(chosen)
        content = bytearray(case.build())
        for _ in range(rng.choice([1, 2, 20])):
            position = rng.randrange(len(content) or 1)
            change = rng.randrange(3)
            if change == 0 and content:
                content[position] = rng.randrange(256)
            elif change == 1:
                del content[position : position + rng.randrange(1, 50)]
            else:
                content[position:position] = rng.choice([b"\xff" * 4, b"\0" * 4, b"<", b'"', b"\n"])
        try:
            read(bytes(content), case.name)
        except TableProblem as problem:
            assert problem.message


def test_memory_does_not_grow_with_the_sheet(tmp_path: Path) -> None:
    """40,000 rows × 30 columns as Excel would save them: read within 150 MB in a process of its own."""
    path = tmp_path / "大.xlsx"
    line = "".join(f'<c r="{make.letters(i)}%d" t="s"><v>%d</v></c>' for i in range(30))
    rows = "".join(
        f'<row r="{n}">{line % tuple(m for i in range(30) for m in (n, n * 7))}</row>' for n in range(1, 40_001)
    )
    shared = "".join(f"<si><t>惠州市惠城区第{n}号的内容</t></si>" for n in range(280_001))
    path.write_bytes(make.xlsx_of(make.sheet_xml(rows), shared=shared))
    root = str(Path(__file__).parents[3])
    script = (
        f"import sys; sys.path.insert(0, {root!r})\n"
        "from core.tabular.reading import open_table\n"
        f"with open_table({str(path)!r}) as table: count = sum(1 for _ in table.rows())\n"
        "print(count, open('/proc/self/status').read().split('VmHWM:')[1].split()[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=200)
    count, kilobytes = map(int, done.stdout.split())
    assert count == 40_000
    assert kilobytes < 150 * 1024


# --- real files ---


def test_real_tables_are_read(real_data: Callable[[str], Path]) -> None:
    counts = {}
    for path in sorted(real_data("").rglob("*")):
        if path.suffix in (".csv", ".xls", ".xlsx") and os.access(path, os.R_OK):
            with open_table(path) as table:
                counts[path.name] = sum(1 for _ in table.rows())
    assert counts["shaanxi_2942.csv"] == 2_943
    assert counts["csrc_events_2022_2023.csv"] == 734
    assert counts["corp_cf.xls"] == 1
    assert counts["xzcf.xlsx"] == counts["xzcf.xls"] == 2
