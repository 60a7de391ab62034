"""Kinds as the paper form shows them: each room registers its columns, and pages of the ledger stay general."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from core.masking import mask_id_number, mask_phone
from records.kinds import kind_of
from records.models import CreditRecord


class SheetColumn(Protocol):
    """What a page needs to know of a column (disclosure.standard.Column is one)."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def personal(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Sheet:
    """The columns of a kind in order, and the pages where a draft (kind, key), a record and a correction are written.

    Drafts keep their fields by column name; `party_name` and `document_number` tell one draft from another. Tables that
    are only imported have no such pages.
    """

    kind: str
    columns: tuple[SheetColumn, ...]
    draft_url: str = ""
    edit_url: str = ""
    correct_url: str = ""

    @property
    def labels(self) -> dict[str, str]:
        return {c.name: c.label for c in self.columns}


_sheets: dict[str, Sheet] = {}


def register(sheet: Sheet) -> None:
    _sheets[sheet.kind] = sheet


def sheet_of(kind: str) -> Sheet:
    return _sheets[kind]


@dataclass(frozen=True, slots=True)
class Line:
    """One column of a record: as it was entered, beside what the public will see.

    `note` says why there is nothing on the public side; `differs` marks what a reviewer should look at.
    """

    name: str
    label: str
    type: str
    entered: str
    public: str
    note: str
    differs: bool


def lines(record: CreditRecord, detail: Any, public: Mapping[str, Any] | None) -> list[tuple[str, list[Line]]]:
    """Groups of the form with their lines; empty columns left out."""
    sheet = sheet_of(record.kind)
    entered = kind_of(record.kind).raw_values(record, detail)
    shown = {f["name"]: f["value"] for f in public["fields"]} if public else {}
    groups: dict[str, list[Line]] = {}
    for column in sheet.columns:
        value = _masked(detail, column) if column.personal else entered.get(column.name, "")
        if value:
            line = _line(column, value, shown.get(column.name, ""), public is not None)
            groups.setdefault(column.group, []).append(line)
    return list(groups.items())


def _line(column: SheetColumn, entered: str, public: str, any_public: bool) -> Line:
    note = "" if public or not any_public else "不公示"
    differs = bool(public) and public != entered
    return Line(column.name, column.label, str(column.type), entered, public, note, differs)


def _masked(detail: Any, column: SheetColumn) -> str:
    """Personal columns are shown with their middle hidden; the whole number needs a reason (identity page)."""
    value: str = getattr(detail, column.name, "") or ""
    if "number" in column.name:
        return mask_id_number(value)
    return mask_phone(value) if "phone" in column.name else value


def personal_numbers(record: CreditRecord, detail: Any) -> list[tuple[str, str]]:
    """Label and whole value of the identity numbers a record holds: only for the page that asks why."""
    columns: Iterable[SheetColumn] = sheet_of(record.kind).columns
    found = ((c.label, getattr(detail, c.name, "")) for c in columns if c.personal and "number" in c.name)
    return [(label, value) for label, value in found if value]
