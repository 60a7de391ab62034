"""Converted values in the staging table: JSON that gives the same values back; identity numbers sealed."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from core.encryption import decrypt_for, encryptor_for
from disclosure import standard
from disclosure.standard import Type

PLACE = "records.importrow.values"


class ValueStore:
    """Prepared once per kind of table."""

    def __init__(self, kind: str) -> None:
        columns = standard.columns(kind)
        self._days = tuple(c.name for c in columns if c.type == Type.DATE)
        self._amounts = tuple(c.name for c in columns if c.type == Type.AMOUNT)
        self._sealed = tuple(c.name for c in columns if c.type == Type.ID_NUMBER)
        self._encrypt = encryptor_for(PLACE)

    def dump(self, values: Mapping[str, Any]) -> dict[str, Any]:
        row = dict(values)
        for name in self._days:
            if (day := row.get(name)) is not None:
                row[name] = day.isoformat()
        for name in self._amounts:
            if (amount := row.get(name)) is not None:
                row[name] = str(amount)
        for name in self._sealed:
            if number := row.get(name):
                row[name] = self._encrypt(number)
        return row

    def load(self, row: Mapping[str, Any]) -> dict[str, Any]:
        values = dict(row)
        for name in self._days:
            if day := values.get(name):
                values[name] = date.fromisoformat(day)
        for name in self._amounts:
            if (amount := values.get(name)) is not None:
                values[name] = Decimal(amount)
        for name in self._sealed:
            if token := values.get(name):
                values[name] = decrypt_for(PLACE, token)
        if categories := values.get("penalty_category"):
            values["penalty_category"] = tuple(categories)
        return values
