"""What a room must bring so that its tables can be imported; rooms register at start-up (apps.py)."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO

from core.actors import Actor
from core.errors import Invalid
from core.tabular.cells import Cell
from core.tabular.headers import Vocabulary
from records.models import ImportBatch, ImportRow, Subject


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of one table mean. `units`: name → 元, 万元 or 亿元 where the header says so."""

    mapping: Mapping[int, str]
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.mapping.values())


@dataclass(slots=True)
class RawRow:
    """A row as it was read or typed: its number in the file and its cells by column name."""

    number: int
    raw: Mapping[str, Cell]
    surplus: Sequence[int] = ()


@dataclass(slots=True)
class Checked:
    """What the importer says about one row. `values` are JSON, identity numbers sealed.

    `record_id`: the record that a rejected row speaks of, when its decision is in the ledger already.
    """

    status: str
    values: dict[str, Any]
    errors: list[Any]
    warnings: list[Any]
    month: date | None
    fingerprint: str
    record_id: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one staged row when it was committed."""

    row_id: int
    status: str
    record_id: int | None = None
    errors: Sequence[Any] = ()


class Session(ABC):
    """One table being checked or committed, in one process. Prefetches per chunk, remembers across chunks."""

    @abstractmethod
    def notices(self) -> list[dict[str, str]]:
        """What to say once about the table as a whole: [{"code", "message"}]."""

    @abstractmethod
    def check(self, rows: Sequence[RawRow]) -> list[Checked]:
        """Judge rows in their order; nothing is written."""

    @abstractmethod
    def remember(self, rows: Sequence[ImportRow]) -> None:
        """Rows that an interrupted check has staged already (number, values, fingerprint)."""

    @abstractmethod
    def commit(self, rows: Sequence[ImportRow], *, actor: Actor) -> list[Taken]:
        """Put staged valid rows into the ledger, in the caller's transaction."""

    @abstractmethod
    def preview(self, row: ImportRow) -> dict[str, Any]:
        """What the public will see of a staged row, and by which rule; see `records.imports.services.preview`."""


class Importer(ABC):
    """One kind of table. `code` is the kind of record it makes; `label` names it to people."""

    code: str
    label: str
    vocabulary: Vocabulary
    # Its rows become credit records, which somebody else reviews.
    ledger: bool = True
    # What lists of rows show of each: (column, label).
    heads: tuple[tuple[str, str], tuple[str, str]] = (("party_name", "相对人"), ("document_number", "文书号"))
    template_name: str = ""
    # Without these columns no row can be understood.
    indispensable: tuple[str, ...] = ()
    # Columns with identity numbers: never staged in plain text.
    sealed: frozenset[str] = frozenset()

    @abstractmethod
    def session(self, batch: ImportBatch, agency: Subject, columns: Columns | None, *, today: date) -> Session:
        """`columns` None: rows by column name, all columns of the standard (department API)."""

    @abstractmethod
    def template(self, target: BinaryIO) -> None:
        """The workbook to fill in."""


_importers: dict[str, Importer] = {}


def register(importer: Importer) -> None:
    _importers[importer.code] = importer


def importer_of(code: str) -> Importer:
    if code not in _importers:
        raise Invalid("unknown_importer", "没有这种导入，请从列表中选择导入种类。")
    return _importers[code]


def importers() -> Collection[Importer]:
    return _importers.values()


def twin_message(number: int) -> str:
    """Why a row stays out that says the same as an earlier one of its file."""
    return f"与本文件第{number}行是同一决定（文书号、相对人、决定日期都相同），只入库一次。"
