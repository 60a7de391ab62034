"""Speed is measured by `make bench`, as ratios: a stopwatch in a test fails on a busy machine and proves little."""

import ast
from collections.abc import Iterator

import pytest

from tests.support.source import ROOT

pytestmark = pytest.mark.sqlite

STOPWATCHES = {"perf_counter", "perf_counter_ns", "process_time", "process_time_ns", "timeit"}


def stopwatches(tree: ast.AST) -> Iterator[int]:
    """Lines that read a clock made for measuring. (Waiting with a deadline takes time.monotonic and is no measure.)"""
    for node in ast.walk(tree):
        names = {getattr(node, "attr", ""), getattr(node, "id", "")}
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.name for alias in node.names} | {getattr(node, "module", "")}
        if names & STOPWATCHES:
            yield node.lineno


def test_no_test_reads_a_stopwatch() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for line in stopwatches(ast.parse(path.read_text(), str(path)))
    }
    assert found == set()


@pytest.mark.parametrize("text", ["time.perf_counter()", "from time import process_time", "import timeit"])
def test_a_stopwatch_is_seen(text: str) -> None:
    assert list(stopwatches(ast.parse(text))) == [1]
