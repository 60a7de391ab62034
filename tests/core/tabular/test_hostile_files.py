"""Every broken or hostile file gets a clear message or is read rightly, within bounded memory."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.tabular.cells import Row
from core.tabular.headers import ColumnSpec, Vocabulary, find_header, recogniser
from core.tabular.problems import FILE_PROBLEMS, NOTHING_SAVED, CellProblem, TableProblem
from core.tabular.reading import Table, open_table
from tests.hostile_files import HOSTILE_FILES, LABELS, Damage, HostileFile

PENALTIES = Vocabulary(
    ColumnSpec(f"column{n}", label=label, required=label in LABELS[:13] and "万元" not in label)
    for n, label in enumerate(LABELS)
)
MEMORY_MB = 400


def opened(case: HostileFile) -> Table:
    return open_table(io.BytesIO(case.build()), filename=case.name, recognise=recogniser(PENALTIES))


def of_kind(kind: str) -> list[object]:
    chosen = {
        "refused": lambda case: case.expect.refused,
        "header": lambda case: case.expect.header,
        "read": lambda case: not case.expect.refused and not case.expect.header,
    }[kind]
    return [pytest.param(case, id=case.name) for case in HOSTILE_FILES if chosen(case)]


def test_there_are_more_than_a_hundred_of_them_with_names_of_their_own() -> None:
    assert len({case.name for case in HOSTILE_FILES}) == len(HOSTILE_FILES) > 100


@pytest.mark.parametrize("case", of_kind("refused"))
def test_a_file_that_cannot_be_used_is_refused_with_the_right_message(case: HostileFile) -> None:
    with pytest.raises(TableProblem) as refusal, opened(case) as table:
        for _ in table.rows():
            pass
    problem = refusal.value
    assert problem.code == case.expect.refused
    assert problem.status == 400
    assert problem.message == f"{problem.what}{NOTHING_SAVED}{problem.advice}"
    assert "{" not in problem.message


@pytest.mark.parametrize("case", of_kind("header"))
def test_a_header_that_cannot_be_used_says_why(case: HostileFile) -> None:
    with opened(case) as table:
        try:
            codes = [problem.code for problem in find_header(table, PENALTIES).problems]
        except TableProblem as problem:
            codes = [problem.code]
    assert codes[0] == case.expect.header


@pytest.mark.parametrize("case", of_kind("read"))
def test_an_awkward_file_is_read_rightly(case: HostileFile) -> None:
    with opened(case) as table:
        rows: dict[int, Row] = {number: (number, cells) for number, cells in table.rows()}
        notes = table.notes
    for (number, column), expected in case.expect.cells.items():
        value = rows[number][1][column]
        if isinstance(expected, Damage):
            assert isinstance(value, CellProblem), f"row {number}, column {column}: {value!r}"
            assert value.code == expected.code
            assert value.message
        else:
            assert value == expected, f"row {number}, column {column}"
            assert type(value) is type(expected)
    if case.expect.rows is not None:
        assert len(rows) == case.expect.rows
    assert not case.expect.note or any(case.expect.note in note for note in notes)


def test_every_refusal_in_the_list_of_messages_says_what_to_do() -> None:
    for code, (what, advice) in FILE_PROBLEMS.items():
        assert what.endswith("。") and advice.startswith("请") and advice.endswith("。"), code


MEASURE = """
import json, sys
sys.path.insert(0, {root!r})
from core.tabular.problems import TableProblem
from core.tabular.reading import open_table
results = {{}}
try:
    with open_table({path!r}) as table:
        for _ in table.rows():
            pass
    results["code"] = "read"
except TableProblem as problem:
    results["code"] = problem.code
results["mb"] = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1024
print(json.dumps(results))
"""
BOMBS = [
    "压缩炸弹.xlsx",
    "谎报大小.xlsx",
    "文字放大.xlsx",
    "文字放大.xls",
    "巨型文字.xlsx",
    "实体炸弹.xlsx",
    "最后一格.xlsx",
    "格式到边.xlsx",
    "一百万列.xlsx",
    "一百万列.csv",
    "虚胖.xls",
    "合并到底.xlsx",
    "太大.csv",
]


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_little_memory(name: str, tmp_path: Path) -> None:
    """In a process of its own, where the highest memory use is the bomb's."""
    case = next(case for case in HOSTILE_FILES if case.name == name)
    path = tmp_path / name
    path.write_bytes(case.build())
    root = str(Path(__file__).parents[3])
    script = MEASURE.format(root=root, path=str(path))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    result = json.loads(done.stdout)
    assert result["code"] == (case.expect.refused or "read")
    assert result["mb"] < MEMORY_MB, result


@pytest.mark.parametrize("name", ["压缩炸弹.xlsx", "半个.xlsx", "两行高的表头.xlsx", "文字放大.xlsx", "加密.xls"])
def test_nothing_stays_behind_in_the_working_folder(name: str, tmp_path: Path) -> None:
    case = next(case for case in HOSTILE_FILES if case.name == name)
    try:
        with open_table(io.BytesIO(case.build()), filename=name, workdir=tmp_path) as table:
            next(table.rows())
    except TableProblem:
        pass
    assert list(tmp_path.iterdir()) == []
