"""What was measured, against what is aimed at."""

import unicodedata
from dataclasses import asdict, dataclass
from typing import Any

LEFT_OUT = "未测"


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. `met` is None where there is no goal, or nothing was measured (`note` says why)."""

    row: str
    what: str
    goal: str
    value: str
    met: bool | None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def at_least(row: str, what: str, ratio: float, goal: float, unit: str, note: str = "") -> Line:
    return Line(row, what, f"≥ {goal:g} × {unit}", f"{ratio:.2f} ×", ratio >= goal, note)


def at_most(row: str, what: str, ratio: float, goal: float, unit: str, note: str = "") -> Line:
    return Line(row, what, f"≤ {goal:g} × {unit}", f"{ratio:.2f} ×", ratio <= goal, note)


def below(row: str, what: str, value: float, goal: float, unit: str, note: str = "") -> Line:
    return Line(row, what, f"< {goal:g} {unit}", f"{value:.0f} {unit}", value < goal, note)


def left_out(row: str, what: str, why: str) -> Line:
    return Line(row, what, "", LEFT_OUT, None, why)


def verdict(line: Line) -> str:
    return {True: "达标", False: "未达标", None: ""}[line.met]


HEADS = ("项目", "指标", "目标", "实测", "", "说明")


def printed(lines: list[Line]) -> str:
    """A table for the terminal, columns aligned by display width."""
    cells = [HEADS, *((x.row, x.what, x.goal, x.value, verdict(x), x.note) for x in lines)]
    widths = [max(_width(row[i]) for row in cells) for i in range(len(HEADS))]
    out = []
    for n, row in enumerate(cells):
        out.append("  ".join(text + " " * (w - _width(text)) for text, w in zip(row, widths, strict=True)).rstrip())
        if n == 0:
            out.append("─" * (sum(widths) + 2 * len(widths)))
    return "\n".join(out)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
