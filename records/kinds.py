"""Kinds of credit record: each room registers what its kind adds, and the ledger stays one table."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models

from records.models.ledger import CreditRecord


@dataclass(frozen=True, slots=True)
class PublicField:
    """One field of a public projection: name, standard column code, label, type for display."""

    name: str
    code: str
    label: str
    type: str
    value: Callable[[CreditRecord, Any], str | None]


@dataclass(frozen=True, slots=True)
class RecordKind:
    """What the ledger needs to know about a kind.

    `fields`: all that may ever be public, in the standard's order; a publication rule picks from them.
    `searchable`: names of public fields whose text public search finds. `amount`: 万元, for sorting.
    `party_name`: the name as the decision has it, which masking must know beside the registered one.
    `raw_values` gives the values of a form, personal columns left out; `apply` writes form values into record and
    detail (not yet saved), or raises Invalid with every error by field; columns not given stay as they are.
    `categories`: the sub-kinds (细类) that a publication rule may be about, code and label; the kind's room writes the
    code into `CreditRecord.category` with the rest.
    `found`: after the agency's review the credit office finds (认定) and the subject is heard. `standing`: whether a
    decided record has effect on a day, in words, for kinds whose effect begins and ends by itself. `finders`: who found
    a record, besides those that the ledger's row names; they decide nothing that follows from it.
    """

    code: str
    label: str
    deadline_rule: str
    detail_model: type[models.Model]
    fields: tuple[PublicField, ...]
    searchable: tuple[str, ...]
    party_name: Callable[[Any], str]
    amount: Callable[[Any], Decimal | None]
    apply: Callable[[CreditRecord, Any, Mapping[str, Any]], None]
    raw_values: Callable[[CreditRecord, Any], dict[str, Any]]
    categories: tuple[tuple[str, str], ...] = ()
    found: bool = False
    standing: Callable[[CreditRecord, Any, date], str] | None = None
    finders: Callable[[int], Iterable[int | None]] = lambda record_id: ()

    def named(self, category: str) -> str:
        """政务失信（拖欠账款）; without a category the kind's own label."""
        return f"{self.label}（{dict(self.categories)[category]}）" if category else self.label

    def category_problem(self, category: str) -> str | None:
        """Why a rule cannot be about this sub-kind."""
        if not category or category in dict(self.categories):
            return None
        return f"{self.label}没有这个细类，请改选“不区分”或该种类的细类。"

    def details(self, record_ids: Iterable[int]) -> dict[int, Any]:
        return self.detail_model._default_manager.in_bulk(list(record_ids))


_kinds: dict[str, RecordKind] = {}


def register(kind: RecordKind) -> None:
    _kinds[kind.code] = kind


def kind_of(code: str) -> RecordKind:
    return _kinds[code]


def registered() -> Iterable[RecordKind]:
    return _kinds.values()
