"""Cells as they stand in the staging table: JSON, the identity numbers sealed.

A damaged cell keeps its own reason, so that correcting another column of the row does not make it whole.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import Any

from core.encryption import decrypt_for, encryptor_for
from core.masking import scrub
from core.tabular.cells import Cell
from core.tabular.problems import CellProblem

SEALED, PROBLEM = "sealed", "problem"
PLACE = "records.importrow.cells"
SHOWN_SEALED = "（已加密保存）"
PLAIN = frozenset({str, int, float, bool, type(None)})


class CellStore:
    """Prepared once per table: which columns are sealed, and which are unknown and lose personal numbers."""

    def __init__(self, *, sealed: Collection[int] = (), unknown: Collection[int] = ()) -> None:
        self._sealed, self._unknown = sorted(sealed), sorted(unknown)
        self._seal = encryptor_for(PLACE)

    def dump(self, cells: Sequence[Cell]) -> list[Any]:
        """One row, without the empty cells at its end."""
        end = len(cells)
        while end and cells[end - 1] is None:
            end -= 1
        row: list[Any] = [cell if type(cell) in PLAIN else plain(cell) for cell in cells[:end]]
        for index in self._sealed:
            if index < end and row[index] is not None:
                row[index] = seal(cells[index], self._seal)
        for index in self._unknown:
            if index < end and type(row[index]) is str:
                row[index] = scrub(row[index])
        return row


def plain(cell: Any) -> Any:
    """A cell as JSON."""
    if isinstance(cell, CellProblem):
        return {PROBLEM: cell.code, "text": cell.text, "message": cell.message}
    if isinstance(cell, date | datetime):
        return cell.isoformat()
    return cell if type(cell) in PLAIN or isinstance(cell, list | dict) else str(cell)


def seal(cell: Any, encrypt: Callable[[str], str] | None = None) -> Any:
    """An identity number in staging; of a damaged cell only the reason is kept, its text may hold the number."""
    if isinstance(cell, CellProblem):
        return {PROBLEM: cell.code, "text": "", "message": cell.message}
    return {SEALED: (encrypt or encryptor_for(PLACE))(str(cell))}


def load(cell: Any) -> Any:
    """A staged cell as it was read, for checking it again."""
    if type(cell) is not dict:
        return cell
    if PROBLEM in cell:
        return CellProblem(cell[PROBLEM], cell["text"], cell["message"])
    return decrypt_for(PLACE, cell[SEALED]) if SEALED in cell else None


def shown(cell: Any) -> str:
    """A staged cell as text for its readers; sealed numbers are not told."""
    if type(cell) is dict:
        return SHOWN_SEALED if SEALED in cell else str(cell.get("text", ""))
    if cell is None:
        return ""
    return ("是" if cell else "否") if isinstance(cell, bool) else str(cell)
