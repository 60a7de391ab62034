"""A list of names as it comes in: pasted, as a workbook, or by API. What a line means is not judged here.

A line has a name, a code or identity number, and a unit, each where it was given. What cannot be taken apart becomes a
line with its `problem`: one wrong line does not keep the others out.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

from core.errors import Invalid
from core.identifiers import normalise_code
from core.masking import scrub
from core.tabular.headers import ColumnSpec, Vocabulary, data_rows, find_header, recogniser
from core.tabular.problems import CellProblem
from core.tabular.reading import open_table
from core.values import ValueProblem, is_blank, parse_text
from creditfiles.choices import LookupAbout

NAME, CODE, UNIT = 200, 50, 200
# Commas and tabs are meant as separators; where there are none, blanks are.
_SEPARATOR, _BLANKS = re.compile(r"[\t,;|、]+"), re.compile(r"\s+")
# Codes and numbers of identity documents: letters and digits, four digits or more.
_CODE = re.compile(r"(?=(?:[^0-9]*[0-9]){4})[0-9A-Za-z][0-9A-Za-z()-]{4,49}")
_GLUED = re.compile(r"(?<=[^\x00-\x7f])\s*([0-9]{17}[0-9Xx]|[0-9A-Z]{18})(?![0-9A-Za-z])")

BODIES = Vocabulary(
    (
        ColumnSpec("name", "MC", "名称", ("单位名称", "企业名称", "机构名称", "主体名称", "行政相对人名称")),
        ColumnSpec(
            "code", "TYSHXYDM", "统一社会信用代码", ("代码", "社会信用代码", "组织机构代码", "工商注册号", "单位代码")
        ),
    )
)
PEOPLE = Vocabulary(
    (
        ColumnSpec("name", "XM", "姓名", ("人员姓名", "申请人姓名")),
        ColumnSpec("code", "ZJHM", "证件号码", ("身份证号", "身份证号码", "公民身份号码", "身份证")),
        ColumnSpec("unit", "DW", "单位", ("单位名称", "工作单位", "所在单位", "任职单位")),
    )
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One line as it was given. `number`: row of the workbook, or line of the text. `problem`: why it is of no use."""

    number: int
    name: str = ""
    code: str = ""
    unit: str = ""
    problem: str = ""


def vocabulary_of(about: str) -> Vocabulary:
    return BODIES if about == LookupAbout.BODIES else PEOPLE


def pasted(text: str) -> list[Asked]:
    """Lines of text: name, code or number, unit, in any order after the name; blank lines are left out."""
    return [_line(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]


def _line(number: int, line: str) -> Asked:
    text = _GLUED.sub(r",\1,", unicodedata.normalize("NFKC", line)).strip()
    parts = (_SEPARATOR if _SEPARATOR.search(text) else _BLANKS).split(text)
    parts = [part for part in map(str.strip, parts) if part]
    codes = [part for part in parts if _CODE.fullmatch(part)]
    words = [part for part in parts if not _CODE.fullmatch(part)]
    if len(codes) > 1 or len(words) > 2:
        return Asked(number, problem="这一行看不出哪是名称、哪是代码。请每行只写一个主体，各项之间用逗号或制表符隔开。")
    return _asked(number, {"name": words[:1], "code": codes, "unit": words[1:]})


def _asked(number: int, given: Mapping[str, Sequence[str]]) -> Asked:
    name, code, unit = (" ".join(_clean("".join(given.get(part, ()))).split()) for part in ("name", "code", "unit"))
    code = normalise_code(code)
    if not name and not code:
        return Asked(number, problem="这一行没有名称，也没有代码或证件号码。")
    if len(name) > NAME or len(code) > CODE or len(unit) > UNIT:
        return Asked(number, problem=f"名称和单位不超过{NAME}字，代码不超过{CODE}位。请核对是否把几个主体写在了一行。")
    # A number that was typed into the wrong place is not kept in plain text.
    return Asked(number, scrub(name), code, scrub(unit))


def from_workbook(upload: BinaryIO, about: str, *, filename: str, most: int) -> list[Asked]:
    """Rows of an uploaded table, at most one more than `most`. Raises TableProblem when it cannot be read as a list."""
    known = vocabulary_of(about)
    with open_table(upload, filename=filename, recognise=recogniser(known)) as table:
        match = find_header(table, known).require()
        return [_row(number, match.values(cells)) for number, cells in islice(data_rows(table, match), most + 1)]


def _row(number: int, cells: Mapping[str, Any]) -> Asked:
    given: dict[str, list[str]] = {}
    for name, cell in cells.items():
        try:
            if isinstance(cell, CellProblem):
                # The damaged text may be most of an identity number: the reason is told without it.
                return Asked(number, problem=scrub(cell.message.replace(f"（{cell.text}）", "")))
            given[name] = [] if is_blank(cell) else [parse_text(cell)]
        except ValueProblem as problem:
            return Asked(number, problem=problem.message)
    return _asked(number, given)


def from_api(lines: Any, *, most: int) -> list[Asked]:
    """`[{"name", "code", "unit"}, …]`; Invalid names the first line of another shape."""
    if not isinstance(lines, list) or not lines:
        raise Invalid(
            "lines", "请求正文的 lines 应为 [{“name”: 名称, “code”: 代码或证件号码, “unit”: 单位}, …]，至少一行。"
        )
    if len(lines) > most:
        raise Invalid("too_many_lines", f"一次最多{most}行，现为{len(lines)}行，请分批提交。")
    return list(_api_lines(lines))


def _api_lines(lines: Iterable[Any]) -> Iterator[Asked]:
    for number, line in enumerate(lines, 1):
        fits = isinstance(line, dict) and line.keys() <= {"name", "code", "unit"}
        if not fits or not all(isinstance(value, str | None) for value in line.values()):
            raise Invalid("lines", f"第{number}行应为对象，只含 name、code、unit，值为文本。没有查询任何内容。")
        yield _asked(number, {part: [value] for part, value in line.items() if value})


def _clean(text: str) -> str:
    """Without what databases refuse and nobody sees."""
    return "".join(c for c in text if c.isprintable())
