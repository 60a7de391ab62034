"""The header is found wherever it stands and however it is spelled, and never guessed."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.tabular.headers import (
    ColumnSpec,
    HeaderMatch,
    Vocabulary,
    data_rows,
    find_header,
    header_key,
    override_columns,
    rank,
    recogniser,
)
from core.tabular.problems import TableProblem
from core.tabular.reading import Table, open_table
from tests.support import table_files as make

# Parts of the two editions, enough to tell them and the four kinds of table apart.
PENALTIES = Vocabulary(
    [
        ColumnSpec("name", "CF_XDR_MC", "行政相对人名称", ("企业名称",), required=True),
        ColumnSpec("uscc", "CF_XDR_SHXYM", "行政相对人代码_1(统一社会信用代码)", ("统一社会信用代码",), required=True),
        ColumnSpec(
            "registration", "CF_XDR_GSZC", "行政相对人代码_2(工商注册号)", ("行政相对人代码_3(工商登记码)", "注册号")
        ),
        ColumnSpec(
            "organisation", "CF_XDR_ZZJG", "行政相对人代码_3(组织机构代码)", ("行政相对人代码_2(组织机构代码)",)
        ),
        ColumnSpec("tax", "CF_XDR_SWDJ", "行政相对人代码_4(税务登记号)"),
        ColumnSpec("representative", "CF_FRDB", "法定代表人", ("法定代表人姓名",)),
        ColumnSpec("number", "CF_WSH", "行政处罚决定书文号", ("处罚决定书文号",), required=True),
        ColumnSpec("offence", "CF_WFXW", "违法行为类型"),
        ColumnSpec("facts", "CF_SY", "违法事实", ("处罚事由",)),
        ColumnSpec("kind", "CF_CFLB", "处罚类别", ("处罚类别1", "处罚种类"), required=True),
        ColumnSpec("fine", "CF_NR_FK", "罚款金额（万元）"),
        ColumnSpec("decided_on", "CF_JDRQ", "处罚决定日期", ("处罚决定书签发日期",), required=True),
        ColumnSpec("agency", "CF_CFJG", "处罚机关", required=True),
        ColumnSpec("agency_code", "CF_CFJGDM", "处罚机关统一社会信用代码"),
        ColumnSpec("note", "BZ", "备注"),
    ]
)
LICENCES = Vocabulary(
    [
        ColumnSpec("name", "XK_XDR_MC", "行政相对人名称", ("企业名称",), required=True),
        ColumnSpec("uscc", "XK_XDR_SHXYM", "行政相对人代码_1(统一社会信用代码)", ("统一社会信用代码",), required=True),
        ColumnSpec(
            "registration", "XK_XDR_GSZC", "行政相对人代码_2(工商注册号)", ("行政相对人代码_3(工商登记码)", "注册号")
        ),
        ColumnSpec("number", "XK_WSH", "行政许可决定文书号", ("行政许可决定书文号", "许可文件编号"), required=True),
        ColumnSpec("title", "XK_XKWS", "行政许可决定文书名称", ("项目名称", "许可文件名称")),
        ColumnSpec("kind", "XK_XKLB", "许可类别", ("审批类别",), required=True),
        ColumnSpec("content", "XK_NR", "许可内容"),
        ColumnSpec("decided_on", "XK_JDRQ", "许可决定日期", required=True),
        ColumnSpec("from", "XK_YXQZ", "有效期自"),
        ColumnSpec("to", "XK_YXQZI", "有效期至", ("许可截止期",)),
        ColumnSpec("agency", "XK_XKJG", "许可机关", required=True),
    ]
)
PERSONAL_PENALTIES = Vocabulary(
    [
        *(
            spec
            for name, spec in PENALTIES.specs.items()
            if name not in ("uscc", "registration", "organisation", "tax")
        ),
        ColumnSpec("id_number", "CF_XDR_ZJHM", "证件号码", ("行政相对人代码_5(居民身份证号)",), required=True),
    ]
)
NAMES = ["name", "uscc", "number", "kind", "decided_on", "agency"]
LABELS = [PENALTIES.label(name) for name in NAMES]
ROW = ["甲公司", "91440000000000000X", "惠罚〔2026〕1号", "罚款", "2026-03-02", "甲局"]


def table(*rows: list[object], after: str = "") -> Table:
    return open_table(io.BytesIO(make.xlsx(list(rows), after=after)))


def header(*rows: list[object], after: str = "", vocabulary: Vocabulary = PENALTIES) -> HeaderMatch:
    with table(*rows, after=after) as opened:
        return find_header(opened, vocabulary)


# --- spelling ---


@pytest.mark.parametrize(
    "text",
    [
        "处罚机关",
        " 处罚 机关 ",
        "处罚机关 ",
        "*处罚机关",
        "处罚机关*",
        "处罚机关（必填）",
        "处罚机关(必填项)",
        "【必填】处罚机关",
        "处罚机关必填",
        "处罚机关\n（填写全称）",
        "处罚机关：填写全称",
        "处罚机关\r\n与公章一致",
        "12、处罚机关",
        "12. 处罚机关",
        "處罰機關",
        "ＣＦ＿ＣＦＪＧ",
        "cf_cfjg",
        "CF_CFJG (不超过200字)",
        "【处罚机关】",
        "《处罚机关》",
    ],
)
def test_one_column_has_many_spellings(text: str) -> None:
    assert PENALTIES.names(text) == {"agency"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("行政相对人代码_2 (组织机构代码)", {"organisation"}),  # 2015
        ("行政相对人代码_2（工商注册号）", {"registration"}),  # 2018
        ("行政相对人代码_3 (工商登记码)", {"registration"}),
        ("行政相对人代码_3(组织机构代码)", {"organisation"}),
        ("行政相对人代码_2", {"organisation", "registration"}),  # cannot be known
        ("行政相对人代码_2(税号)", set()),
        ("行政相对人代码_1", {"uscc"}),
        ("行政相对人代码(统一社会信用代码)", {"uscc"}),
        ("处罚机关（统一社会信用代码）", {"agency_code"}),
        ("处罚机关名称", set()),
        ("", set()),
        ("（必填）", set()),
        ("***", set()),
    ],
)
def test_a_bracket_that_names_the_column_is_never_overlooked(text: str, names: set[str]) -> None:
    assert PENALTIES.names(text) == names


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("罚款金额（万元）", "万元"),
        ("罚款金额(元)", "元"),
        ("罚款金额\n（单位：元）", "元"),
        ("罚款金额", ""),
        ("CF_NR_FK", ""),
    ],
)
def test_the_unit_in_a_header_is_kept(text: str, unit: str) -> None:
    match = header([text, *LABELS], ["0.2", *ROW])
    assert match.mapping[0] == "fine"
    assert match.units.get(0, "") == unit


@given(st.text(max_size=60))
def test_any_text_has_a_key_and_its_key_is_stable(text: str) -> None:
    key = header_key(text)
    assert key == header_key(text)
    assert PENALTIES.names(text) <= set(PENALTIES.specs)


# --- where the header stands ---


def test_the_header_may_follow_titles_notes_and_a_blank_column() -> None:
    match = header(
        ["惠州市惠城区行政处罚信息公示表"],
        [None, "填报单位：甲局", None, None, "填报日期：2026-03-02"],
        [],
        [None, *LABELS],
        [None, *ROW],
    )
    assert match.rows == (4,)
    assert match.first_data_row == 5
    assert match.mapping == dict(enumerate(NAMES, start=1))
    assert match.columns["number"] == 3
    assert match.problems == ()
    assert match.require() is match


def test_labels_and_codes_in_two_rows_are_one_header() -> None:
    codes: list[object] = [PENALTIES.specs[name].code for name in NAMES]
    for rows in ([LABELS, codes, ROW], [codes, LABELS, ROW]):
        match = header(*rows)
        assert match.rows == (1, 2)
        assert match.first_data_row == 3
        assert list(match.mapping.values()) == NAMES


def test_data_that_looks_like_nothing_is_not_a_header() -> None:
    with pytest.raises(TableProblem) as refusal:
        header(ROW, ROW)
    assert refusal.value.code == "no_header"
    assert "第 1 行是 “甲公司”" in refusal.value.message


def test_the_header_row_can_be_given_by_hand() -> None:
    with table(["甲", "乙", "丙"], ["x", "y", "z"]) as opened:
        match = find_header(opened, PENALTIES, row=1, override={0: "name", 1: "number"})
    assert match.mapping == {0: "name", 1: "number"}
    assert match.unknown == {2: "丙"}
    assert match.first_data_row == 2


# --- what is wrong with it ---


def test_unknown_columns_are_named_and_not_taken() -> None:
    match = header([*LABELS, "经办人手机", None], [*ROW, "13800000000", None])
    assert match.unknown == {6: "经办人手机"}
    assert match.problems == ()


def test_missing_duplicate_and_ambiguous_columns_are_all_told_at_once() -> None:
    match = header(
        ["行政相对人名称", "企业名称", "处罚机关", "行政相对人代码_2", "处罚类别"], ["a", "b", "c", "d", "e"]
    )
    assert [problem.code for problem in match.problems] == ["duplicate_headers", "ambiguous_columns", "missing_columns"]
    assert match.duplicates == {"name": (0, 1)}
    assert match.ambiguous == {3: ("registration", "organisation")}
    assert match.missing == ("uscc", "number", "decided_on")
    assert match.mapping == {0: "name", 2: "agency", 4: "kind"}
    assert "A、B 列" in match.problems[0].message
    assert "D 列“行政相对人代码_2”" in match.problems[1].message
    with pytest.raises(TableProblem, match="含义相同"):
        match.require()


def test_a_merged_header_has_its_own_message() -> None:
    match = header(LABELS, ROW, after='<mergeCell ref="B1:C1"/>')
    assert match.problems[0].code == "merged_header"
    assert "B1:C1" in match.problems[0].message


def test_a_header_two_rows_high_is_read_and_a_merged_title_does_no_harm() -> None:
    tall = "".join(f'<mergeCell ref="{make.letters(i)}2:{make.letters(i)}3"/>' for i in range(6))
    match = header(["处罚公示表"], LABELS, [], ROW, after=f'<mergeCell ref="A1:F1"/>{tall}')
    assert match.problems == ()
    assert match.first_data_row == 4


# --- decided by hand ---


def test_the_reader_may_decide_what_a_column_is() -> None:
    labels: list[object] = ["企业", "企业名称", "代码", *LABELS[2:]]
    with table(labels, ["甲", "乙", *ROW[1:]]) as opened:
        match = find_header(opened, PENALTIES)
        assert match.missing == ("uscc",)
        again = find_header(opened, PENALTIES, override={0: "name", 2: "uscc"})
    assert again.problems == ()
    assert again.mapping[0] == "name" and again.mapping[2] == "uscc"
    assert 1 not in again.mapping  # the automatic claim yields to the hand-made one
    assert override_columns(match, PENALTIES, {1: None}).missing == ("name", "uscc")


def test_a_decision_about_a_column_that_does_not_exist_is_refused() -> None:
    with table(LABELS, ROW) as opened:
        for override in ({99: "name"}, {0: "nothing"}, {-1: "name"}):
            with pytest.raises(Invalid, match="请重新选择"):
                find_header(opened, PENALTIES, override=override)


# --- rows below ---


def test_examples_and_repeated_headers_are_not_data() -> None:
    example = ["【示例】某某公司", *ROW[1:]]
    with table(LABELS, example, ROW, LABELS, ROW) as opened:
        match = find_header(opened, PENALTIES)
        rows = list(data_rows(opened, match))
        assert [number for number, _ in rows] == [3, 5]
        assert match.values(rows[0][1]) == dict(zip(NAMES, ROW, strict=True))
        assert [number for number, _ in data_rows(opened, match, start=4)] == [5]


def test_cells_without_a_header_are_surplus() -> None:
    content = ",".join(LABELS) + "\n" + ",".join([*ROW, "多出来的"]) + "\n"
    with open_table(io.BytesIO(content.encode()), filename="表.csv") as opened:
        match = find_header(opened, PENALTIES)
        _, cells = next(data_rows(opened, match))
    assert match.surplus(cells) == [6]


# --- which table is it ---


def test_the_kind_of_table_is_told_by_its_header() -> None:
    kinds = {"penalty": PENALTIES, "licence": LICENCES, "personal penalty": PERSONAL_PENALTIES}
    for wanted, vocabulary in kinds.items():
        labels: list[object] = [vocabulary.label(name) for name in vocabulary.specs]
        with table(labels, ["x"] * len(labels)) as opened:
            ranking = rank(opened, kinds)
        assert ranking[0][0] == wanted
        assert ranking[0][1].score == 1.0
        assert all(match.score < 0.9 for _, match in ranking[1:])


def test_the_recogniser_prefers_the_sheet_with_data() -> None:
    filled = make.sheet_xml(make.rows_xml([list(LABELS), list(ROW)]))
    empty = make.sheet_xml(make.rows_xml([[LICENCES.label(name) for name in LICENCES.specs]]))
    notes = make.sheet_xml(make.rows_xml([["处罚机关", "填写全称"], ["处罚类别", "见代码表"], ["备注", "可空"]]))
    content = make.packed(make.xlsx_parts({"说明": notes, "许可": empty, "处罚": filled}))
    with open_table(io.BytesIO(content), recognise=recogniser(PENALTIES, LICENCES)) as opened:
        assert opened.sheet == "处罚"
        assert opened.notes == ("只读取了工作表“处罚”，没有读取：“说明”、“许可”。",)


# --- the real templates ---


@pytest.mark.parametrize(
    ("name", "vocabulary", "row", "columns", "unknown"),
    [
        ("putuo_2015std/corp_cf.xls", PENALTIES, 1, 12, 6),
        ("putuo_2015std/people_cf.xls", PERSONAL_PENALTIES, 1, 9, 5),
        ("putuo_2015std/corp_xk.xls", LICENCES, 1, 10, 6),
        ("zhejiang_2017/xzcf.xls", PENALTIES, 2, 8, 0),
        ("zhejiang_2017/xzcf.xlsx", PENALTIES, 2, 8, 0),
        ("zhejiang_2017/xzxk.xls", LICENCES, 2, 8, 1),
        ("zhejiang_2017/xzxk.xlsx", LICENCES, 2, 8, 1),
    ],
)
def test_the_real_templates_are_understood(
    real_data: Callable[[str], Path], name: str, vocabulary: Vocabulary, row: int, columns: int, unknown: int
) -> None:
    with open_table(real_data("disclosure_templates") / name) as opened:
        match = find_header(opened, vocabulary)
        kinds = {"penalty": PENALTIES, "licence": LICENCES, "personal penalty": PERSONAL_PENALTIES}
        assert kinds[rank(opened, kinds)[0][0]] is vocabulary
    assert match.rows == (row,)
    assert len(match.mapping) == columns
    assert len(match.unknown) == unknown
    assert match.ambiguous == {} and match.duplicates == {}
