"""How a database would read for a statement, and whether that reads a table of the ledger from end to end.

PostgreSQL: the plan that the planner chooses, with its own settings and analysed tables. A Seq Scan of a ledger's table
is a scan; so is an index that is read without a condition and without a LIMIT above it that could stop it (what sorts,
groups or hashes takes in everything first, so a LIMIT above that does not count).
SQLite: a SCAN of a ledger's table without an index is a scan. A SCAN along an index, in order, is none when the
statement has a LIMIT and nothing is sorted in a TEMP B-TREE first: then it stops when the page is full.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.db import connection

LEDGER = ("records_publicrecord", "records_creditrecord", "records_revision", "records_subject")
# Indexes of a small part of a table, made to be read whole.
SMALL = {"revision_corrections": "only acts that a reader should know of: neither first publication nor expiry"}
TAKES_ALL = ("Sort", "Incremental Sort", "Aggregate", "Hash", "Materialize", "WindowAgg")
ALIAS = re.compile(r'"(records_\w+)" (?:AS )?"?([A-Z]\d+|\w+_\w+)"?')
STEP = re.compile(r"^SCAN (\S+)(?: USING (?:COVERING )?INDEX (\S+))?$")


def reads_the_ledger(sql: str) -> bool:
    return sql.lstrip("( ").upper().startswith(("SELECT", "WITH")) and any(
        f'{table}"' in sql or f"{table} " in sql for table in LEDGER
    )


def scans(sql: str) -> list[str]:
    """Ledger tables that this statement would read from end to end."""
    return list(_in_postgres(_plan(sql))) if connection.vendor == "postgresql" else list(_in_sqlite(sql))


def _plan(sql: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql.replace("%", "%%"), [])
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


def _in_sqlite(sql: str) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"), [])
        steps = [str(row[3]) for row in cursor.fetchall()]
    names = {alias: table for table, alias in ALIAS.findall(sql)}
    stops = "LIMIT" in sql.upper() and not any(step.startswith("USE TEMP B-TREE") for step in steps)
    for step in steps:
        found = STEP.match(step)
        table = found and names.get(found[1], found[1])
        if found and table in LEDGER and found[2] not in SMALL and not (found[2] and stops):
            yield f"{step} ({table})"
