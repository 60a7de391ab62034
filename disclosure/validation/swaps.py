"""Two cells of one row that stand in each other's place, told as one mistake instead of two strange ones.

Judged by the row alone, and only when a row has errors; `core.tabular.headers` looks at whole columns.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from core.identifiers import check_uscc, normalise_code
from core.tabular.cells import Cell
from core.tabular.swaps import Detector, suspect_swaps
from core.text import fold_text
from core.values import ValueProblem, parse_date
from disclosure.standard import LICENCE_CATEGORIES, Column
from disclosure.validation.convert import categories_in
from disclosure.validation.outcome import Outcome

_BODY = re.compile(
    r".*(?:局|委|委员会|厅|部|署|公司|企业|厂|店|行|社|所|院|校|中心|站|政府|办公室|办事处|支队|大队|管理处|合作社)"
    r"(?:（.*）|\(.*\))?"
)
_DOCUMENT = re.compile(r".*[〔\[【(（]\s*(?:19|20)\d{2}\s*[〕\]】)）].*\d.*号?")


def _is_date(text: str) -> bool:
    try:
        return parse_date(text, allow_long_term=True) is not None
    except ValueProblem:
        return False


def _is_uscc(text: str) -> bool:
    return len(normalise_code(text)) == 18 and not any(f.level == "error" for f in check_uscc(text))


def _is_body(text: str) -> bool:
    return bool(_BODY.fullmatch(text)) and not _DOCUMENT.fullmatch(text)


def _is_licence_category(text: str) -> bool:
    return any(fold_text(text) == fold_text(c) for c in LICENCE_CATEGORIES)


def _on_text(looks: Callable[[str], bool]) -> Detector:
    """Damaged and empty cells look like nothing."""

    def detect(cell: Cell) -> bool:
        return isinstance(cell, str | int | date) and looks(str(cell).strip())

    return detect


# What a value of each column looks like. 决定机关 and 行政相对人 look alike and are never taken for each other.
LOOKS: dict[str, Detector] = {
    "penalty_category": _on_text(categories_in),
    "licence_category": _on_text(_is_licence_category),
    "authority": _on_text(_is_body),
    "party_name": _on_text(_is_body),
    "uscc": _on_text(_is_uscc),
    "decided_on": _on_text(_is_date),
    "document_number": _on_text(lambda text: bool(_DOCUMENT.fullmatch(text))),
}


def _shown(cell: Any) -> str:
    text = str(cell).strip()
    return text if len(text) <= 40 else text[:40] + "…"


def point_out_swaps(outcome: Outcome, raw: Mapping[str, Any], columns: Mapping[str, Column]) -> None:
    """Replaces the errors of a swapped pair by one sentence on each of the two columns."""
    names = [name for name in LOOKS if name in columns and raw.get(name) is not None]
    if not any(e["field"] in names for e in outcome.errors):
        return
    row = [raw[name] for name in names]
    for found in suspect_swaps([row], dict(enumerate(names)), LOOKS):
        if outcome.failed(found.first_name, found.second_name):
            _replace(outcome, columns[found.first_name], columns[found.second_name], raw)


def _replace(outcome: Outcome, a: Column, b: Column, raw: Mapping[str, Any]) -> None:
    outcome.errors = [e for e in outcome.errors if e["field"] not in (a.name, b.name)]
    message = (
        f"“{a.label}”填的是“{_shown(raw[a.name])}”，“{b.label}”填的是“{_shown(raw[b.name])}”，两栏像是填反了，请对调。"
    )
    outcome.error(a.name, "swapped", message)
    outcome.error(b.name, "swapped", message)
