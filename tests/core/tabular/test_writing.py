"""What is written opens in another program as it should, cannot run anything, and reads back the same."""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tabular.cells import Cell
from core.tabular.headers import ColumnSpec, Vocabulary, data_rows, find_header, recogniser
from core.tabular.problems import cell_problem
from core.tabular.reading import open_table
from core.tabular.writing import (
    COMMENTS,
    RejectedRow,
    TemplateColumn,
    _guarded_row,
    guarded,
    stream_csv,
    write_rejects,
    write_template,
)

MANY = tuple(f"第{n}类违法行为，情节较重" for n in range(60))
COLUMNS = [
    TemplateColumn("CF_XDR_MC", "行政相对人名称", required=True, example="惠州市某某食品有限公司"),
    TemplateColumn("CF_XDR_SHXYM", "行政相对人代码_1(统一社会信用代码)", required=True, example="91441302MA4WTE5T0X"),
    TemplateColumn(
        "CF_XDR_LB", "行政相对人类别", choices=("法人及非法人组织", "自然人", "个体工商户"), example="个体工商户"
    ),
    TemplateColumn("CF_WFXW", "违法行为类型", choices=MANY, note="按主管部门的目录填写"),
    TemplateColumn("CF_CFLB", "处罚类别", required=True, choices=("警告", "罚款"), several=True, example="警告；罚款"),
    TemplateColumn("CF_NR_FK", "罚款金额（万元）", kind="number", example="0.2"),
    TemplateColumn("CF_JDRQ", "处罚决定日期", required=True, kind="date", example="2026-03-02"),
]
VOCABULARY = Vocabulary(
    ColumnSpec(column.code.lower(), column.code, column.label, required=column.required) for column in COLUMNS
)
DANGEROUS = ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "\t=1", " =1", "＝1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x")']


def template() -> bytes:
    buffer = io.BytesIO()
    write_template(buffer, COLUMNS, title="法人行政处罚", guide=["一、每行一条决定。", "二、日期写成 2026-03-02。"])
    return buffer.getvalue()


def rejects(header: list[str], rows: list[RejectedRow]) -> Any:
    buffer = io.BytesIO()
    assert write_rejects(buffer, header, iter(rows)) == len(rows)
    return openpyxl.load_workbook(buffer).worksheets[0]


# --- templates ---


def test_the_template_has_labels_codes_one_example_and_a_guide() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template()))
    assert book.sheetnames == ["法人行政处罚", "填表说明", "代码表"]
    assert book["代码表"].sheet_state == "hidden"
    sheet = book["法人行政处罚"]
    labels, codes, example = ([cell.value for cell in row] for row in sheet.iter_rows(1, 3))
    assert labels[0] == "行政相对人名称（必填）" and labels[2] == "行政相对人类别"
    assert codes == [column.code for column in COLUMNS]
    assert example[0] == "【示例】惠州市某某食品有限公司"
    assert sheet["B1"].comment.text.startswith("行政相对人代码_1")
    assert sheet.freeze_panes == "B3"
    guide = [cell.value for cell in book["填表说明"]["A"]]
    assert guide[0] == "一、每行一条决定。" and "处罚类别" in guide


def test_codes_are_text_so_that_excel_keeps_eighteen_digits() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(template()))["法人行政处罚"]
    assert sheet.column_dimensions["B"].number_format == "@"
    assert sheet.column_dimensions["G"].number_format == "@"
    assert sheet.column_dimensions["F"].number_format != "@"
    assert all(cell.data_type == "s" for cell in sheet[3] if cell.value is not None)


def test_drop_downs_offer_the_choices_and_long_ones_come_from_the_hidden_sheet() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(template()))["法人行政处罚"]
    lists = {str(rule.sqref): (rule.formula1, rule.errorStyle) for rule in sheet.data_validations.dataValidation}
    assert lists["C4:C20001"][0] == '"法人及非法人组织,自然人,个体工商户"'
    assert lists["D4:D20001"][0] == "代码表!$A$1:$A$60"
    assert lists["E4:E20001"] == ('"警告,罚款"', "information")  # several: a hint, not a fence
    assert lists["C4:C20001"][1] in (None, "stop")


def test_the_empty_template_reads_back_without_rows_and_filled_in_with_them() -> None:
    with open_table(io.BytesIO(template()), recognise=recogniser(VOCABULARY)) as table:
        assert table.sheet == "法人行政处罚"
        match = find_header(table, VOCABULARY)
        assert match.problems == () and match.rows == (1, 2) and match.score == 1.0
        assert match.units == {5: "万元"}
        assert list(data_rows(table, match)) == []
    book = openpyxl.load_workbook(io.BytesIO(template()))
    filled = ["甲公司", "914413020000000000", "自然人", MANY[3], "罚款", 0.2, "2026-03-02"]
    for index, value in enumerate(filled, start=1):
        book["法人行政处罚"].cell(4, index, value)
    buffer = io.BytesIO()
    book.save(buffer)
    with open_table(buffer, recognise=recogniser(VOCABULARY)) as table:
        assert list(data_rows(table, find_header(table, VOCABULARY))) == [(4, tuple(filled))]


# --- rejected rows ---


def test_rejects_keep_the_cells_and_tell_every_reason() -> None:
    cells: list[Cell] = ["甲公司", 123456789012345, date(2026, 3, 2), None, cell_problem("excel_error", "#N/A")]
    reasons: dict[int | None, list[str]] = {1: ["代码应为 18 位", "校验码不符"], 4: ["请填写"], None: ["与第 3 行重复"]}
    sheet = rejects(["名称", "代码", "日期", "备注", "金额"], [RejectedRow(7, cells, reasons)])
    values = [cell.value for cell in sheet[2]]
    assert values[:5] == ["甲公司", "123456789012345", "2026-03-02", None, "#N/A"]
    assert values[5] == "7"
    assert values[6] == "与第 3 行重复\nB 列“代码”：代码应为 18 位；校验码不符\nE 列“金额”：请填写"
    assert [cell.value for cell in sheet[1]][-2:] == ["原行号", "错误原因"]
    assert "校验码不符" in sheet["B2"].comment.text
    assert sheet["A2"].comment is None
    assert sheet["B2"].fill.fgColor.rgb == "FFFFD9D9"
    assert sheet["A2"].fill.fill_type is None


def test_rejects_can_be_corrected_and_uploaded_as_they_are() -> None:
    header = [column.label for column in COLUMNS]
    rows = [RejectedRow(n, ["甲", "x", None, None, "罚款", 1, "2026-03-02"], {1: ["不对"]}) for n in range(2, 40)]
    buffer = io.BytesIO()
    write_rejects(buffer, header, rows)
    with open_table(buffer, recognise=recogniser(VOCABULARY)) as table:
        match = find_header(table, VOCABULARY)
        assert match.problems == () and match.unknown == {} and match.score == 1.0
        assert len(list(data_rows(table, match))) == 38


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_formula_is_written_into_a_workbook(text: str) -> None:
    sheet = rejects([text], [RejectedRow(2, [text], {0: [text]})])
    for row in sheet.iter_rows():
        assert all(cell.data_type == "s" for cell in row if cell.value is not None)
    assert sheet["A2"].value == text


def test_texts_that_a_cell_cannot_hold_are_shortened_or_cleaned_and_never_lost() -> None:
    sheet = rejects(["甲"], [RejectedRow(2, ["长" * 40_000], {}), RejectedRow(3, ["甲\x00\x07\ud800乙"], {})])
    assert len(sheet["A2"].value) == 32_767
    assert sheet["A3"].value == "甲乙"


def test_many_rejects_have_all_reasons_in_the_column_but_a_bounded_number_of_comments() -> None:
    buffer = io.BytesIO()
    rows = (RejectedRow(n, ["甲", "乙"], {0: ["不对"]}) for n in range(COMMENTS + 500))
    assert write_rejects(buffer, ["a", "b"], rows) == COMMENTS + 500
    with zipfile.ZipFile(buffer) as package:
        assert package.read("xl/comments1.xml").count(b"<comment ") == COMMENTS
    with open_table(buffer) as table:
        reasons = [cells[3] for _, cells in table.rows(2)]
    assert len(reasons) == COMMENTS + 500 and set(reasons) == {"A 列“a”：不对"}


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40), min_size=1, max_size=5)
)
def test_any_text_survives_the_workbook(texts: list[str]) -> None:
    sheet = rejects(["x"] * len(texts), [RejectedRow(2, list(texts), {})])
    kept = [text.replace("\ufffe", "").replace("\uffff", "") or None for text in texts]
    assert [cell.value for cell in sheet[2]][: len(texts)] == kept


# --- CSV ---


def test_a_csv_streams_with_mark_and_line_ends_for_excel() -> None:
    pieces = list(stream_csv(["名称", "金额"], ([f"甲{n}", Decimal("-0.2")] for n in range(1_200))))
    assert len(pieces) == 4
    content = b"".join(pieces)
    assert content.startswith(b"\xef\xbb\xbf" + "名称,金额\r\n甲0,-0.2\r\n".encode())
    with open_table(io.BytesIO(content), filename="导出.csv") as table:
        assert table.encoding == "utf-8-sig" and table.row_count == 1_201


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_text_that_would_run_gets_an_apostrophe(text: str) -> None:
    assert guarded(text) == "'" + text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("-0.2", "-0.2"), ("+3", "+3"), (-5, "-5"), (Decimal("-1.50"), "-1.50"), (None, ""), (True, "TRUE"),
        (date(2026, 3, 2), "2026-03-02"), ("甲=乙", "甲=乙"), ("a@b", "a@b"), ("", ""),
    ],
)  # fmt: skip
def test_numbers_and_harmless_texts_stay_as_they_are(value: object, text: str) -> None:
    assert guarded(value) == text


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.text(st.sampled_from("=＝+-@\t\r\x1f 0.甲\u3000"), max_size=3) | st.none() | st.booleans(), max_size=5)
)
def test_a_row_is_guarded_like_each_of_its_cells(row: list[object]) -> None:
    assert [text or "" for text in _guarded_row(row)] == [guarded(value) for value in row]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.text(max_size=20), min_size=2, max_size=4), min_size=1, max_size=8))
def test_no_line_of_a_csv_can_start_a_formula(rows: list[list[str]]) -> None:
    content = b"".join(stream_csv(["a", "b"], rows)).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(content, newline="")):
        for value in row:
            plain = value.lstrip()
            assert not plain.startswith(("=", "@", "＝", "＋", "－", "＠"))
            assert not plain.startswith(("+", "-")) or plain.lstrip("+-").replace(".", "", 1).isdigit()
