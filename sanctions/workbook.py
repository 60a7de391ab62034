"""A list as the office receives it: one sheet, one measure a row. Every error is told at once, by row and column."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from core.errors import Invalid
from core.tabular.cells import Cell
from core.tabular.headers import ColumnSpec, Vocabulary, data_rows, find_header, recogniser
from core.tabular.limits import Limits
from core.tabular.problems import CellProblem
from core.tabular.reading import open_table
from core.tabular.writing import TemplateColumn, as_text, write_template
from core.text import fold_text
from records.choices import PERSONAL_KINDS, SubjectKind
from sanctions.choices import MeasureCategory

MOST_ROWS = 500
COLUMNS = (
    ColumnSpec("number", label="序号", aliases=("编号",), required=True),
    ColumnSpec("category", label="类别", aliases=("惩戒类别", "措施类别"), required=True),
    ColumnSpec("name", label="惩戒措施", aliases=("措施名称",), required=True),
    ColumnSpec("content", label="惩戒内容", aliases=("措施内容",), required=True),
    ColumnSpec("subject_kinds", label="惩戒对象", aliases=("适用对象",), required=True),
    ColumnSpec("legal_bases", label="法规政策依据", aliases=("依据", "政策依据"), required=True),
    ColumnSpec("executing_body", label="实施主体", aliases=("实施单位",), required=True),
)
VOCABULARY = Vocabulary(COLUMNS)
LABELS = {spec.name: spec.label for spec in COLUMNS}
MOST = {"name": 200, "content": 4000, "legal_bases": 4000, "executing_body": 500}
BODIES = tuple(k.value for k in SubjectKind if k not in PERSONAL_KINDS and k != SubjectKind.AGENCY)
# What lists call the kinds of subject besides our own labels.
KINDS: dict[str, tuple[str, ...]] = {
    **{str(kind.label): (kind.value,) for kind in SubjectKind},
    "机关": ("agency",), "政府部门": ("agency",), "国家机关": ("agency",), "公职人员": ("official",),
    "个人": ("natural_person",), "市场主体": ("enterprise", "sole_trader"), "经营主体": ("enterprise", "sole_trader"),
    "法人": BODIES, "非法人组织": BODIES, "法人和非法人组织": BODIES,
}  # fmt: skip
CATEGORIES = {fold_text(str(c.label)): c.value for c in MeasureCategory}
SEPARATORS = re.compile(r"[、，,；;/\s]+")


@dataclass(frozen=True, slots=True)
class Row:
    """One measure as it was read and judged."""

    number: int
    category: str
    name: str
    content: str
    subject_kinds: tuple[str, ...]
    legal_bases: str
    executing_body: str


def read_list(content: bytes, filename: str) -> list[Row]:
    """The rows of an uploaded list. TableProblem when it is no such table, Invalid with every wrong cell otherwise."""
    with open_table(
        BytesIO(content), filename=filename, limits=Limits(rows=MOST_ROWS + 50), recognise=recogniser(VOCABULARY)
    ) as table:
        match = find_header(table, VOCABULARY).require()
        raw = [(number, match.values(cells)) for number, cells in data_rows(table, match)]
    errors: list[str] = []
    rows = [_row(number, cells, errors) for number, cells in raw]
    if not rows:
        errors.append("表头下面没有任何措施，请填写后重新上传。")
    found = [row for row in rows if row]
    for name in ("number", "name"):
        errors += _repeated(name, [getattr(row, name) for row in found])
    if errors:
        raise Invalid("measure_rows", f"表中有{len(errors)}处需要改正，没有保存任何内容。", fields={"file": errors})
    return found


def _row(number: int, cells: dict[str, Cell], errors: list[str]) -> Row | None:
    def wrong(name: str, what: str) -> None:
        errors.append(f"第{number}行“{LABELS[name]}”：{what}")

    before = len(errors)
    texts: dict[str, str] = {}
    for name in LABELS:
        cell = cells.get(name)
        texts[name] = "" if isinstance(cell, CellProblem) else as_text(cell).strip()
        if isinstance(cell, CellProblem):
            wrong(name, f"{cell.message}。")
        elif not texts[name]:
            wrong(name, "没有填写，请补充。")
        elif len(texts[name]) > MOST.get(name, 10_000):
            wrong(name, f"超过{MOST[name]}个字，请删减。")
    values: dict[str, Any] = dict(texts)
    if texts["number"] and not (texts["number"].isdecimal() and 1 <= int(texts["number"]) <= 9999):
        wrong("number", f"“{texts['number']}”不是1至9999的整数，请改正。")
    values["category"] = CATEGORIES.get(fold_text(texts["category"]))
    if texts["category"] and not values["category"]:
        wrong(
            "category",
            f"“{texts['category']}”不是清单的类别，请填写{'、'.join(map(str, MeasureCategory.labels))}之一。",
        )
    values["subject_kinds"], unknown = kinds_in(texts["subject_kinds"])
    for word in unknown:
        wrong("subject_kinds", f"不认识“{word}”，请填写{'、'.join(map(str, SubjectKind.labels))}，多个用顿号分开。")
    return None if len(errors) > before else Row(**{**values, "number": int(texts["number"])})


def kinds_in(text: str) -> tuple[tuple[str, ...], list[str]]:
    """Kinds of subject in the order of the list, and the words that mean none."""
    known: set[str] = set()
    unknown = []
    for word in filter(None, SEPARATORS.split(text)):
        if word in KINDS:
            known.update(KINDS[word])
        else:
            unknown.append(word)
    return tuple(kind.value for kind in SubjectKind if kind.value in known), unknown


def _repeated(name: str, values: Sequence[Any]) -> Iterable[str]:
    twice = sorted({v for v in values if values.count(v) > 1})
    return [f"“{LABELS[name]}”：“{value}”出现了不止一次，同一清单中不能重复。" for value in twice]


def template() -> bytes:
    """A workbook to fill in."""
    notes = {
        "category": "填写：" + "、".join(map(str, MeasureCategory.labels)),
        "subject_kinds": "填写：" + "、".join(map(str, SubjectKind.labels)) + "，多个用顿号分开",
    }
    examples = {
        "number": "1", "category": "管理措施", "name": "限制参加评先评优", "content": "在惩戒期限内不得参加评先评优。",
        "subject_kinds": "企业、个体工商户", "legal_bases": "法律法规或政策文件的名称和条款",
        "executing_body": "组织评选的单位",
    }  # fmt: skip
    columns = [
        TemplateColumn("", spec.label, required=True, note=notes.get(spec.name, ""), example=examples[spec.name])
        for spec in COLUMNS
    ]
    target = BytesIO()
    write_template(target, columns, title="惩戒措施清单")
    return target.getvalue()
