"""A workbook from upload to ledger, against reading it and copying the same rows into the same indexed tables."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from python_calamine import CalamineWorkbook

from benchmarks.databases import ROOT
from benchmarks.measuring import Run, timed
from benchmarks.table import Line, at_most, below, left_out
from demo import workbooks
from demo.agencies import by_key
from demo.decisions import Maker
from demo.parties import make_parties
from records.choices import RecordKindCode

ROW, KIND = "导入工作簿", RecordKindCode.PENALTY
# Above the keys of every dataset, so that these parties are new to the library.
FIRST_PARTY = 9_000_000
ROWS_PER_PARTY = 4
# Where the import writes, in the order in which the tables refer to each other, and the column that tells new rows.
WRITTEN = (
    ("records_subject", "id"), ("records_subjectname", "id"), ("records_subjectidentifier", "id"),
    ("records_importrow", "id"), ("records_creditrecord", "id"), ("disclosure_penalty", "record_id"),
    ("core_clock", "id"), ("core_auditevent", "id"),
)  # fmt: skip


def workbook(run: Run) -> list[Line]:
    path = run.folder / "bench.xlsx"
    write_workbook(run, path)
    marks = {table: _highest(table, column) for table, column in WRITTEN}
    got = import_file(path)
    run.say(f"导入 {got}")
    if got["committed"] < run.rows * 0.99:
        raise RuntimeError(f"只入库 {got['committed']} 行（共 {run.rows} 行）")
    with timed() as reading:
        read = len(CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python())
    run.say(f"读取 {read:,} 行：{reading[0]:.1f} 秒")
    what = f"{run.rows:,} 行"
    lines = [below(ROW, "内存", got["rss"], 400, "MB", what)]
    if not run.on_postgres:
        return [*lines, left_out(ROW, what, f"COPY 只在 PostgreSQL 上有；导入用时 {got['seconds']:.1f} 秒")]
    copying = copy_again(marks)
    baseline = reading[0] + copying
    note = f"{got['seconds']:.1f} 秒对 {reading[0]:.1f} + {copying:.1f} 秒"
    return [at_most(ROW, what, got["seconds"] / baseline, 4, "（读取 + COPY）", note), *lines]


def write_workbook(run: Run, path: Path) -> None:
    """One department's penalties in the national columns, a quarter as many parties as rows."""
    random = run.random
    count = max(1, run.rows // ROWS_PER_PARTY)
    parties = make_parties(random, range(FIRST_PARTY, FIRST_PARTY + count), today=run.today)
    maker = Maker(random, parties, [by_key()["market"]], first_number=FIRST_PARTY)
    maker.cases.only(KIND)
    first = run.today.replace(day=1, month=1)
    rows = (maker.between(first, run.today).as_form() for _ in range(run.rows))
    workbooks.write_workbook(path, KIND, rows, workbooks.national)


def import_file(path: Path) -> dict[str, Any]:
    """Check and commit in a process of its own, for its memory."""
    command = [sys.executable, "-m", "benchmarks.importing", str(path), str(KIND)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _highest(table: str, column: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max({column}), 0) FROM {table}")
        return int(cursor.fetchone()[0])


def copy_again(marks: dict[str, int]) -> float:
    """Seconds for COPY of exactly the rows that the import wrote, into the same tables without them; rolled back."""
    with tempfile.TemporaryDirectory(prefix="huicheng-bench-") as folder, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            columns = {table: _columns(cursor, table) for table, _ in WRITTEN}
            for table, column in WRITTEN:
                with open(Path(folder) / table, "wb") as file:
                    chosen = f"SELECT {columns[table]} FROM {table} WHERE {column} > {marks[table]} ORDER BY {column}"
                    cursor.cursor.copy_expert(f"COPY ({chosen}) TO STDOUT", file)
            _delete(cursor, marks)
            with timed() as taken:
                for table, _ in WRITTEN:
                    with open(Path(folder) / table, "rb") as file:
                        cursor.cursor.copy_expert(f"COPY {table} ({columns[table]}) FROM STDIN", file)
        transaction.set_rollback(True)
    return taken[0]


def _columns(cursor: Any, table: str) -> str:
    cursor.execute(
        "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns"
        " WHERE table_name = %s AND is_generated = 'NEVER'",
        [table],
    )
    return str(cursor.fetchone()[0])


def _delete(cursor: Any, marks: dict[str, int]) -> None:
    """History refuses to be deleted, rightly; here it is put back by the rollback."""
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    which = "ALL" if cursor.fetchone()[0] else "USER"
    for table, column in reversed(WRITTEN):
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {which}")
        cursor.execute(f"DELETE FROM {table} WHERE {column} > {marks[table]}")
    for table, _ in WRITTEN:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {which}")
