"""Whole JSON documents (整份公开内容), kept as the very text that their writer wrote.

PostgreSQL's jsonb is taken apart and put together again at every reading; a document that is only ever read whole, and
whose digest is over its text, is kept as json. Nothing is searched for inside it.
"""

import json
from typing import Any

import orjson
from django.db import models


class DocumentField(models.JSONField):
    """Given a value, or its text as `core.bulk.JsonText`; gives the value. `Cast(…, TextField())` gives the text."""

    def db_type(self, connection: Any) -> str | None:
        return "json" if connection.vendor == "postgresql" else super().db_type(connection)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:  # lone surrogates, very large numbers
            return json.loads(value)


def read_as_text() -> None:
    """The driver hands JSON through instead of parsing it: the field does that, and often nobody has to."""
    from psycopg2 import extras  # type: ignore[import-untyped]

    extras.register_default_json(globally=True, loads=str)
