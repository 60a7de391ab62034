"""What every kind of file offers to `Table`, and the guard around the spreadsheet reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import python_calamine

from core.tabular.cells import Row
from core.tabular.problems import problem
from core.tabular.sheetxml import MergedRange


@dataclass(frozen=True, slots=True)
class SheetInfo:
    name: str
    empty: bool
    hidden: bool


@dataclass(frozen=True, slots=True)
class Recognised:
    """How surely the first rows of a sheet begin a wanted table (0 to 1), and how many rows follow its header."""

    score: float
    data_rows: int


Recogniser = Callable[[Sequence[Row]], Recognised]


@dataclass(slots=True)
class Facts:
    """What is known about the chosen sheet once the file is open."""

    kind: str
    sheet: str | None = None
    sheets: tuple[SheetInfo, ...] = ()
    width: int = 0
    rows: int = 0
    last_row: int = 0
    merges: list[MergedRange] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    encoding: str = ""
    delimiter: str = ""


class Source(Protocol):
    facts: Facts

    def raw_rows(self, start: int) -> Iterator[tuple[int, Sequence[object]]]:
        """Rows from number `start` on, in order, each padded on the left so that column A comes first."""

    def close(self) -> None: ...


@contextmanager
def reader_errors(detail: str) -> Iterator[None]:
    """The spreadsheet reader's failures, its Rust panics included, as one TableProblem."""
    try:
        yield
    except python_calamine.PasswordError as error:
        raise problem("encrypted") from error
    except python_calamine.CalamineError as error:
        raise problem("damaged", detail=detail) from error
    except Exception:
        raise
    except BaseException as error:  # a panic in the reader is not an Exception
        if type(error).__name__ == "PanicException":
            raise problem("damaged", detail=detail) from error
        raise


def choose_sheet(sheets: Sequence[SheetInfo], wanted: str | None, recognise: Callable[[str], Recognised] | None) -> str:
    """The sheet to read. Two sheets that both look like data are never chosen between silently."""
    if wanted is not None:
        if all(info.name != wanted for info in sheets):
            raise problem("no_such_sheet", sheet=wanted, sheets="、".join(info.name for info in sheets))
        return wanted
    filled = [info.name for info in sheets if not info.empty and not info.hidden]
    filled = filled or [info.name for info in sheets if not info.empty]
    if not filled:
        raise problem("no_rows")
    if len(filled) == 1 or recognise is None:
        return filled[0]
    found = {name: recognise(name) for name in filled}
    best = max(result.score for result in found.values())
    likely = [name for name in filled if best > 0 and found[name].score >= best / 2]
    with_data = [name for name in likely if found[name].data_rows]
    if len(with_data) > 1:
        raise problem("several_sheets", count=len(with_data), sheets="、".join(f"“{name}”" for name in with_data))
    return (with_data or sorted(likely, key=lambda name: -found[name].score) or filled)[0]


def unread_note(sheets: Sequence[SheetInfo], chosen: str) -> list[str]:
    others = [f"“{info.name}”" for info in sheets if info.name != chosen and not info.empty and not info.hidden]
    return [f"只读取了工作表“{chosen}”，没有读取：{'、'.join(others)}。"] if others else []
