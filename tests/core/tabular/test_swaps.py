"""Columns whose values look exchanged are reported as a pair, and nothing else is."""

import re
from datetime import date

from core.tabular.cells import Cell
from core.tabular.swaps import suspect_swaps


def like(pattern: str) -> object:
    return lambda cell: isinstance(cell, str) and bool(re.search(pattern, cell))


DETECTORS = {
    "agency": like("局$|委员会$|厅$"),
    "kind": like("^(罚款|警告|没收)"),
    "code": like("^[0-9A-Z]{18}$"),
    "decided_on": lambda cell: isinstance(cell, date),
}
MAPPING = {0: "name", 1: "kind", 2: "agency", 3: "code", 4: "decided_on"}
RIGHT: list[Cell] = ["甲公司", "罚款", "甲局", "91440000000000000X", date(2026, 3, 2)]


def swapped(first: int, second: int) -> list[Cell]:
    row = list(RIGHT)
    row[first], row[second] = row[second], row[first]
    return row


def suspicions(*rows: list[Cell], **options: float) -> list[tuple[str, str, tuple[int, ...]]]:
    found = suspect_swaps(rows, MAPPING, DETECTORS, **options)  # type: ignore[arg-type]
    return [(item.first_name, item.second_name, item.rows) for item in found]


def test_rows_in_order_raise_no_suspicion() -> None:
    assert suspicions(RIGHT, RIGHT) == []
    assert suspicions() == []


def test_the_real_template_with_agency_and_kind_exchanged_is_noticed() -> None:
    row: list[Cell] = ["大中华国际集团酒店管理有限公司", "北京食药监局", "罚款", None, date(2016, 4, 13)]
    assert suspicions(row) == [("kind", "agency", (0,))]


def test_exchanged_columns_are_named_with_their_rows() -> None:
    assert suspicions(swapped(1, 2), RIGHT, swapped(1, 2)) == [("kind", "agency", (0, 2))]
    assert suspicions(swapped(3, 4), swapped(3, 4)) == [("code", "decided_on", (0, 1))]


def test_a_few_rows_among_many_are_below_the_threshold_unless_asked_for() -> None:
    rows = [RIGHT] * 9 + [swapped(1, 2)]
    assert suspicions(*rows) == []
    assert suspicions(*rows, min_share=0.1) == [("kind", "agency", (9,))]


def test_blank_cells_and_odd_values_prove_nothing() -> None:
    assert suspicions(["甲公司", None, "罚款", None, None], ["甲公司", "其他", "罚款", "x", "y"]) == []


def test_a_column_without_a_detector_is_never_suspected() -> None:
    row: list[Cell] = ["甲局", "罚款", "甲公司", "91440000000000000X", date(2026, 3, 2)]
    assert suspicions(row) == []
