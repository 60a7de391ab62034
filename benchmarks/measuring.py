"""Everything that is measured in one database, in a process of its own: python -m benchmarks.measuring OPTIONS.

DATABASE_URL names an empty database. Lines of the table go to the file --out as JSON.
"""

import argparse
import io
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from benchmarks.table import Line, left_out


@dataclass(frozen=True, slots=True)
class Run:
    """What one run is about, handed to every row."""

    records: int
    rows: int  # of the workbook, and records of one approval
    pushed: int
    rounds: int
    seconds: float
    seed: int
    today: date
    folder: Path

    @property
    def random(self) -> Random:
        return Random(self.seed)

    @property
    def on_postgres(self) -> bool:
        from django.db import connection

        return connection.vendor == "postgresql"

    def say(self, text: str) -> None:
        sys.stderr.write(f"    {text}\n")
        sys.stderr.flush()


Row = Callable[[Run], list[Line]]


@contextmanager
def timed() -> Iterator[list[float]]:
    """A list that holds the seconds of the block when it is over."""
    taken: list[float] = []
    started = time.perf_counter()
    yield taken
    taken.append(time.perf_counter() - started)


def best_of(count: int, act: Callable[[], object]) -> float:
    """The quickest of several tries, in seconds."""
    tries = []
    for _ in range(count):
        with timed() as taken:
            act()
        tries += taken
    return min(tries)


def rows() -> dict[str, tuple[str, Row]]:
    """Name → label and function. In this order: what only reads comes first."""
    from benchmarks import rows_exports, rows_files, rows_import, rows_publication, rows_reports, rows_sharing, rows_web

    return {
        "search": ("检索接口", rows_web.search),
        "pages": ("记录页、主体页（不缓存）", rows_web.pages),
        "lists": ("首页与列表（缓存）", rows_web.lists),
        "kpi": ("单位年度报表", rows_reports.yearly),
        "file": ("信用档案页", rows_files.page),
        "lookup": ("名单查询", rows_files.lookup),
        "report": ("信用报告", rows_files.reports),
        "export": ("导出", rows_exports.export),
        "push": ("报送三个平台", rows_sharing.push),
        "import": ("导入工作簿", rows_import.workbook),
        "publication": ("审核并公示", rows_publication.approval),
    }


def prepare(run: Run) -> None:
    from django.core.management import call_command

    from demo import dataset

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("make_signing_keys", missing=True, verbosity=0, stdout=io.StringIO())

    def progress(done: int) -> None:
        if done % 100_000 < dataset.BLOCK:
            run.say(f"{done:,} 条")

    with timed() as taken:
        dataset.make(run.records, seed=run.seed, today=run.today, append=False, progress=progress)
    run.say(f"数据集 {run.records:,} 条：{taken[0]:.0f} 秒")


def measure(run: Run, only: set[str]) -> list[Line]:
    lines: list[Line] = []
    for name, (label, row) in rows().items():
        if only and name not in only:
            continue
        sys.stderr.write(f"  {label}\n")
        try:
            lines += row(run)
        except Exception as error:
            # One row that cannot be measured does not take the others with it, and is named in the table.
            traceback.print_exc()
            lines.append(left_out(label, "", f"{type(error).__name__}: {str(error)[:120]}"))
    return lines


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--pushed", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--prepared", action="store_true", help="the database is filled already")
    return parser.parse_args()


def main() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.utils import timezone

    o = options()
    run = Run(o.records, o.rows, o.pushed, o.rounds, o.seconds, o.seed, timezone.localdate(), Path(settings.DATA_DIR))
    if not o.prepared:
        prepare(run)
    lines = measure(run, set(o.only))
    o.out.write_text(json.dumps([line.as_dict() for line in lines], ensure_ascii=False))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    main()
