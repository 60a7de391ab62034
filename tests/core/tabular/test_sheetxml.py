"""However a worksheet's XML is spelled, it reads the same or is refused; no row is ever lost on the way."""

import io
import random
import re
from collections.abc import Callable

import pytest

from core.tabular.cells import Cell
from core.tabular.limits import Limits
from core.tabular.problems import CellProblem, TableProblem
from core.tabular.reading import open_table
from core.tabular.sheetxml import MergedRange, NotPlainError, SheetScan
from tests.support import table_files as make

ROWS = "".join(
    f'<row r="{n}" spans="1:4">'
    f'<c r="A{n}" s="1" t="s"><v>{n % 2}</v></c>'
    f'<c r="B{n}"><v>{n}.5</v></c>'
    f'<c r="C{n}" t="inlineStr"><is><t>第{n}行 &amp; “引号”</t></is></c>'
    f'<c r="D{n}" t="b"><v>1</v></c>'
    "</row>"
    for n in range(1, 60)
)
SHARED = "<si><t>甲</t></si><si><r><t>乙</t></r><r><t>丙</t></r></si>"
PLAIN = make.sheet_xml(ROWS)
WANTED = [(n, ("乙丙" if n % 2 else "甲", n + 0.5, f"第{n}行 & “引号”", True)) for n in range(1, 60)]


def read(sheet: str | bytes) -> list[tuple[int, tuple[Cell, ...]]]:
    with open_table(io.BytesIO(make.xlsx_of(sheet, shared=SHARED))) as table:
        return list(table.rows())


def in_row(number: int, old: str, new: str) -> Callable[[str], str]:
    """The sheet with one change in one row: most of the sheet stays plain."""

    def change(sheet: str) -> str:
        start = sheet.index(f'<row r="{number}"')
        end = sheet.index("</row>", start) + 6
        assert old in sheet[start:end]
        return sheet[:start] + sheet[start:end].replace(old, new) + sheet[end:]

    return change


SAME = {
    "as it is": lambda s: s,
    "blank in the end tag of a cell": in_row(30, "</c>", "</c >"),
    "blank in the end tag of a row": in_row(30, "</row>", "</row >"),
    "blank in the end tag of the last row": in_row(59, "</row>", "</row\n>"),
    "blank in the end tag of the data": lambda s: s.replace("</sheetData>", "</sheetData >"),
    "blank in the end tags of all rows": lambda s: s.replace("</row>", "</row >"),
    "line break in a cell's tag": in_row(30, "<c r", "<c\nr"),
    "attributes in another order": in_row(30, 's="1" t="s"', 't="s" s="1"'),
    "reference last": in_row(30, '<c r="B30">', '<c s="0" r="B30">'),
    "single quotes": lambda s: s.replace('"', "'"),
    "single quotes in one row tag": in_row(30, '<row r="30"', "<row r='30'"),
    "no references": lambda s: re.sub(r' r="\w+"', "", s),
    "no reference in one cell": in_row(30, '<c r="B30">', "<c>"),
    "no reference in one row": in_row(30, '<row r="30"', "<row"),
    "small letters": in_row(30, 'r="C30"', 'r="c30"'),
    "comment between rows": lambda s: s.replace('<row r="30"', '<!-- <c r="Z9"> </row> --><row r="30"'),
    "comment before the data": lambda s: s.replace("<sheetData>", "<!-- <sheetData> --><sheetData>"),
    "comment that closes the data": lambda s: s.replace('<row r="30"', '<!-- </sheetData> --><row r="30"'),
    "processing instruction": lambda s: s.replace('<row r="30"', '<?x </row> ?><row r="30"'),
    "CDATA": in_row(30, "“引号”", "<![CDATA[“引号”]]>"),
    "CDATA with tags": in_row(30, "<is><t>第30行 &amp; “引号”", "<is><t><![CDATA[第30行 & “引号”]]>"),
    "pretty printed": lambda s: s.replace("><", ">\n  <").replace(">\n  </t", "></t"),
    "carriage returns": lambda s: s.replace("><", ">\r\n<").replace(">\r\n</t", "></t"),
    "styled cells without values": lambda s: re.sub(r'(<row r="(\d+)"[^>]*>)', r'\1<c r="GZ\2" s="3"/>', s),
    "rows without cells after the data": lambda s: s.replace("</sheetData>", '<row r="1048576" ht="3"/></sheetData>'),
    "a row of styled cells far below": lambda s: s.replace(
        "</sheetData>", '<row r="1048576"><c r="A1048576" s="1"/><c r="XFD1048576" s="1"></c></row></sheetData>'
    ),
    "unknown attributes": lambda s: s.replace("<row ", '<row x14ac:dyDescent="0.2" customHeight="1" '),
    "unknown element in a row": in_row(30, "</row>", "<extLst><ext/></extLst></row>"),
    "formula beside a value": in_row(
        30, "<v>30.5</v>", '<f t="shared" ref="B1:B9" si="99999999999">A1*2</f><v>30.5</v>'
    ),
    "phonetic text": in_row(30, "</t></is>", "</t><rPh sb='0' eb='1'><t>di</t></rPh></is>"),
    "metadata of the cell": in_row(30, '<c r="B30">', '<c r="B30" cm="1" vm="2" ph="1">'),
    "second data": lambda s: s.replace(
        "</worksheet>", "<sheetData><row r='99'><c r='A99'><v>1</v></c></row></sheetData></worksheet>"
    ),
    "a prefix": lambda s: (
        s.replace("</", "\0").replace("<", "<ss:").replace("\0", "</ss:").replace("xmlns=", "xmlns:ss=")
    ),
    "prefix in one row": lambda s: s.replace(
        "<worksheet ", f'<worksheet xmlns:q="{make.MAIN}" '
    ).replace('<c r="B30"><v>30.5</v></c>', '<q:c r="B30"><q:v>30.5</q:v></q:c>'),
    "byte order mark": lambda s: "\ufeff" + s,
    "declaration": lambda s: '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n' + s,
}  # fmt: skip


@pytest.mark.parametrize("change", SAME.values(), ids=SAME.keys())
def test_another_spelling_reads_the_same(change: Callable[[str], str]) -> None:
    assert read(change(PLAIN)) == WANTED


REFUSED = {
    "row twice": (in_row(30, '<row r="30"', '<row r="29"'), "damaged"),
    "cell of a row far away": (in_row(30, 'r="B30"', 'r="B199999"'), "damaged"),
    "row zero": (in_row(30, '<row r="30"', '<row r="0"'), "damaged"),
    "column beyond": (in_row(30, 'r="D30"', 'r="XFD30"'), "too_many_columns"),
    "column beyond in single quotes": (in_row(30, '<c r="D30" t="b">', "<c t='b' r='XFD30'>"), "too_many_columns"),
    "column beyond behind an attribute with a tag": (
        in_row(30, '<c r="D30" t="b">', """<c x='>' y=' r="D30"' r="XFD30" t="b">"""), "too_many_columns"),
    "column beyond in an entity": (in_row(30, 'r="D30"', 'r="&#88;FD30"'), "too_many_columns"),
    "cell within a cell": (in_row(30, "<v>30.5</v>", '<v>1</v><c r="XFD30"><v>2</v></c>'), "too_many_columns"),
    "reference to no text": (in_row(30, "<v>0</v>", "<v>2</v>"), "damaged"),
    "data not closed": (lambda s: s.replace("</sheetData>", ""), "damaged"),
    "cut off": (lambda s: s[: len(s) // 2], "truncated"),
    "text for a sheet": (lambda s: "行政处罚", "damaged"),
    "nothing": (lambda s: "", "truncated"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_a_sheet_that_makes_no_sense_is_refused(change: Callable[[str], str], code: str) -> None:
    with pytest.raises(TableProblem) as refusal:
        read(change(PLAIN))
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B30" t="e"><v>#N/A</v></c>',
        '<c t="e" r="B30"><v>#N/A</v></c>',
        '<c r="B30" s="1" t="e" ><f>VLOOKUP(1,2,3)</f><v>#N/A</v></c>',
        "<c r='B30' t='e'><v>#N/A</v></c>",
        '<c r="B30" t="e"><v><![CDATA[#N/A]]></v></c>',
        '<c r="B30" t="e"><f/><v>#N/A</v></c>',
        '<c r="B30" t="str"><v>#N/A</v></c>',
    ],
)
def test_an_error_value_is_never_taken_for_a_blank(cell: str) -> None:
    value = read(in_row(30, '<c r="B30"><v>30.5</v></c>', cell)(PLAIN))[29][1][1]
    assert isinstance(value, CellProblem) and (value.code, value.text) == ("excel_error", "#N/A")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="B30"><f>A1</f></c>', "formula_without_value"),
        ('<c r="B30" s="1"><f>A1</f><v/></c>', "formula_without_value"),
        ('<c r="B30"><f t="array" ref="B30:B31">A1</f><v></v></c>', "formula_without_value"),
        ("<c r='B30'><f>A1&lt;B1</f></c>", "formula_without_value"),
        ('<c r="B30"><f><![CDATA[A1<B1]]></f><v></v></c>', "formula_without_value"),
        ('<c r="B30" t="str"><f>""</f><v></v></c>', None),
        ('<c r="B30" t="str"><f>A1</f><v>文</v></c>', "文"),
        ('<c r="B30"><f>A1</f><v>7</v></c>', 7),
    ],
)
def test_a_formula_counts_by_its_saved_value_only(cell: str, value: object) -> None:
    got = read(in_row(30, '<c r="B30"><v>30.5</v></c>', cell)(PLAIN))[29][1][1]
    assert (got.code if isinstance(got, CellProblem) else got) == value


def test_the_cut_into_parts_does_not_depend_on_the_chunks(rng: random.Random) -> None:
    """Whatever pieces the bytes come in, each row comes once, within the rows that its part announces."""
    content = PLAIN.encode()
    for _ in range(40):
        cuts = sorted(rng.sample(range(1, len(content)), rng.randrange(1, 12)))
        chunks = [content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)]
        scan = SheetScan(Limits())
        parts = list(scan.parts(iter(chunks)))
        numbers = [int(n) for part in parts for n in re.findall(rb'<row r="(\d+)"', part.xml)]
        assert numbers == list(range(1, 60))
        assert all(part.first_row <= n <= part.last_row for part in parts for n in
                   map(int, re.findall(rb'<row r="(\d+)"', part.xml)))  # fmt: skip
        assert (scan.rows, scan.last_row, scan.width) == (59, 59, 4)


def test_merged_cells_are_found_after_the_data_however_the_bytes_come() -> None:
    merges = "".join(f'<mergeCell ref="A{n}:B{n + 1}"/>' for n in range(1, 100, 2))
    content = make.sheet_xml(ROWS, f'<mergeCells count="50">{merges}</mergeCells><pageMargins left="1"/>').encode()
    for size in (17, 100, 4_096, 1 << 20):
        scan = SheetScan(Limits())
        list(scan.parts(content[start : start + size] for start in range(0, len(content), size)))
        assert scan.merges == [MergedRange(n, n + 1, 0, 1) for n in range(1, 100, 2)], size


def test_the_fast_scanner_admits_what_it_cannot_vouch_for() -> None:
    with pytest.raises(NotPlainError):
        list(SheetScan(Limits()).parts([in_row(30, "</c>", "</c >")(PLAIN).encode()]))
