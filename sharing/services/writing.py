"""The one statement that writes a group of outcomes: the same values for all, a digest for each."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from sharing.models import Attempt, Delivery

TABLE = Delivery._meta.db_table


def write_group(attempt: Attempt, values: Mapping[str, Any], rows: Sequence[tuple[int, str]]) -> None:
    """Set `values` and, per row of (key, digest), the digest of what was sent, where `attempt` still has it."""
    fields: list[Any] = [Delivery._meta.get_field(name) for name in values]
    sets = ", ".join(f"{field.column} = %s" for field in fields)
    params = [field.get_db_prep_save(value, connection) for field, value in zip(fields, values.values(), strict=True)]
    if connection.vendor == "postgresql":
        source = "unnest(%s::bigint[], %s::text[]) AS given(id, digest)"
        params += [[key for key, _ in rows], [digest for _, digest in rows]]
    else:
        source = (
            "(SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS digest FROM json_each(%s))"
            " AS given"
        )
        params.append(json.dumps(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {TABLE} SET {sets}, digest = given.digest FROM {source}"  # noqa: S608 - our own names
            f" WHERE {TABLE}.id = given.id AND {TABLE}.attempt_id = %s AND {TABLE}.claimed_at IS NOT NULL",
            [*params, attempt.pk],
        )
