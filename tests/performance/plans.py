"""How PostgreSQL would read for a statement, and whether that reads a table of the ledger from end to end.

A Seq Scan of a ledger's table is a scan, where the planner is told to avoid them: no index serves the statement. So is
an index that is read without a condition and without a LIMIT above it that could stop it (what sorts, groups or hashes
takes in everything first, so a LIMIT above that does not count).
"""

import json
from collections.abc import Iterator
from typing import Any

from django.db import connection

LEDGER = ("records_publicrecord", "records_creditrecord", "records_revision")
# Indexes of a small part of a table, made to be read whole.
SMALL = {
    "revision_corrections": "only acts that a reader should know of: neither first publication nor expiry",
    "public_about_agency": "only what is about a government body, which is what the page lists",
    "public_about_agency_kind": "the same, by kind",
}
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
    return list(_in_postgres(_plan(sql)))


def _plan(sql: str) -> dict[str, Any]:
    """Scans only where there is no other way: at this size the planner may rightly prefer one."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql)
        found = cursor.fetchone()[0]
    plan: dict[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan


def _in_postgres(node: dict[str, Any], limited: bool = False) -> Iterator[str]:
    table, kind = node.get("Relation Name"), node["Node Type"]
    if table in LEDGER:
        unbounded = kind.startswith("Index") and "Index Cond" not in node and not limited
        if kind == "Seq Scan" or (unbounded and node.get("Index Name") not in SMALL):
            yield f"{kind} {table} {node.get('Filter', '')}"
    limited = kind == "Limit" or (limited and kind not in TAKES_ALL)
    for child in node.get("Plans", ()):
        yield from _in_postgres(child, limited)
