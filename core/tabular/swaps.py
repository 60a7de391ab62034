"""Columns whose values look exchanged: an agency under 处罚种类 and a kind of penalty under 处罚机关."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from core.tabular.cells import Cell

Detector = Callable[[Cell], bool]


@dataclass(frozen=True, slots=True)
class SwapSuspicion:
    """Two columns (first < second) and the positions, within the samples, of the rows that look exchanged."""

    first: int
    second: int
    first_name: str
    second_name: str
    rows: tuple[int, ...]
    share: float  # of the rows in which both cells are filled


def suspect_swaps(
    samples: Sequence[Sequence[Cell]],
    mapping: Mapping[int, str],
    detectors: Mapping[str, Detector],
    *,
    min_share: float = 0.5,
) -> list[SwapSuspicion]:
    """Pairs of mapped columns in at least `min_share` of whose rows each cell fits only the other column.

    `detectors` says per name what a value of that column looks like. A cell counts only when it fails its own column's
    detector and passes the other's; columns without a detector are never suspected. Most certain pairs come first.
    """
    columns = [index for index, name in sorted(mapping.items()) if name in detectors]
    found: list[SwapSuspicion] = []
    for first, second in combinations(columns, 2):
        own, other = detectors[mapping[first]], detectors[mapping[second]]
        both = [
            (position, row[first], row[second])
            for position, row in enumerate(samples)
            if row[first] is not None and row[second] is not None
        ]
        rows = tuple(position for position, a, b in both if _exchanged(a, b, own, other))
        if rows and len(rows) >= min_share * len(both):
            share = len(rows) / len(both)
            found.append(SwapSuspicion(first, second, mapping[first], mapping[second], rows, share))
    return sorted(found, key=lambda suspicion: (-suspicion.share, -len(suspicion.rows)))


def _exchanged(a: Cell, b: Cell, own: Detector, other: Detector) -> bool:
    return other(a) and own(b) and not own(a) and not other(b)
