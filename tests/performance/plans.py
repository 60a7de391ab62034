"""How PostgreSQL would read for a statement, and whether that reads a table of the ledger from end to end.

The plan is the one that the planner chooses, with its own settings and analysed tables. A Seq Scan of a ledger's table
is a scan; so is an index that is read without a condition and without a LIMIT above it that could stop it (what sorts,
groups or hashes takes in everything first, so a LIMIT above that does not count). One Seq Scan is none: with a filter
that by the planner's own estimate a tenth of the table passes (a count "over 1,000", the figures of a year) reading the
table is right at this size; then the same statement must have an index to go by when scans are discouraged.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.db import connection

LEDGER = ("records_publicrecord", "records_creditrecord", "records_revision", "records_subject")
# Indexes of a small part of a table, made to be read whole.
SMALL = {
    "revision_corrections": "only acts that a reader should know of: neither first publication nor expiry",
    "public_about_agency": "only what is about a government body, which is what the page lists",
    "public_about_agency_kind": "the same, by kind",
}
# Of a table's rows: from here on reading the table is no mistake of the planner's.
BROAD = 0.1
TAKES_ALL = ("Sort", "Incremental Sort", "Aggregate", "Hash", "Materialize", "WindowAgg")


def reads_the_ledger(sql: str) -> bool:
    """What was prepared (core/compiled.py) names no table; its plan does."""
    if sql.startswith("EXECUTE"):
        return True
    return sql.lstrip("( ").upper().startswith(("SELECT", "WITH")) and any(
        f'{table}"' in sql or f"{table} " in sql for table in LEDGER
    )


def scans(sql: str) -> list[str]:
    """Ledger tables that this statement would read from end to end."""
    return [*_in_postgres(_plan(sql), _sizes()), *_in_postgres(_plan(sql, discouraged=True), {})]


def _sizes() -> dict[str, float]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples FROM pg_class WHERE relname = ANY(%s)", [list(LEDGER)])
        return dict(cursor.fetchall())


def _plan(sql: str, *, discouraged: bool = False) -> dict[str, Any]:
    """`discouraged`: scans only where there is no other way."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL enable_seqscan = {'off' if discouraged else 'on'}")
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql)
        found = cursor.fetchone()[0]
    plan: dict[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan


def _in_postgres(node: dict[str, Any], sizes: dict[str, float], limited: bool = False) -> Iterator[str]:
    """`sizes`: rows per table, for the one exception; none is made without."""
    table, kind = node.get("Relation Name"), node["Node Type"]
    broad = "Filter" in node and table in sizes and node["Plan Rows"] >= sizes[table] * BROAD
    if table in LEDGER and not (kind == "Seq Scan" and broad):
        unbounded = kind.startswith("Index") and "Index Cond" not in node and not limited
        if kind == "Seq Scan" or (unbounded and node.get("Index Name") not in SMALL):
            yield f"{kind} {table} {node.get('Filter', '')}"
    limited = kind == "Limit" or (limited and kind not in TAKES_ALL)
    for child in node.get("Plans", ()):
        yield from _in_postgres(child, sizes, limited)
