"""python -m benchmarks --records 100000 [--records 1000000 …] [--only search …] [--keep]

PostgreSQL when one can be reached, at every size given; SQLite at 100,000, for information.
"""

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.databases import ROOT, postgres_database, postgres_server, sqlite_database
from benchmarks.load import client_name
from benchmarks.table import Line, printed

SQLITE_RECORDS = 100_000
GROWTH = "规模增长"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--records", type=int, action="append", help="size of the ledger; may be given several times")
    parser.add_argument(
        "--only", action="append", default=[], help="rows to measure, by name (benchmarks/measuring.py)"
    )
    parser.add_argument("--database", choices=("postgresql", "sqlite"), help="only this one")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the imported workbook")
    parser.add_argument("--pushed", type=int, default=100_000, help="revisions pushed to each platform")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5, help="of each round of requests")
    chosen = parser.parse_args()
    chosen.records = sorted(chosen.records or [100_000])
    return chosen


def environment(url: str, folder: Path) -> dict[str, str]:
    """As in production, but for secrets of this run only, plain HTTP and no limit to requests."""
    return {
        **{k: v for k, v in os.environ.items() if k not in ("DEMO", "DEBUG", "TESTING")},
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "DATABASE_URL": url,
        "DATA_DIR": str(folder),
        "BROKER_URL": "memory://",
        "SECRET_KEY": secrets.token_hex(32),
        "FIELD_ENCRYPTION_KEYS": f"k1:{secrets.token_hex(32)}",
        "BLIND_INDEX_KEY": secrets.token_hex(32),
        "REPORT_SIGNING_KEYS": secrets.token_hex(32),
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE": "0",
        "API_RATE_PER_MINUTE": "0",
        "SEARCH_RATE_PER_MINUTE": "0",
        "LOG_LEVEL": "ERROR",
        "PYTHONUNBUFFERED": "1",
    }


def one_database(url: str, records: int, chosen: argparse.Namespace) -> list[Line]:
    folder = Path(tempfile.mkdtemp(prefix="huicheng-bench-"))
    out = folder / "lines.json"
    command = [sys.executable, "-m", "benchmarks.measuring", "--records", str(records), "--out", str(out)]
    for name in ("rows", "pushed", "rounds", "seconds"):
        command += [f"--{name}", str(getattr(chosen, name))]
    for name in chosen.only:
        command += ["--only", name]
    try:
        subprocess.run(command, cwd=ROOT, env=environment(url, folder), check=True)
        return [Line(**line) for line in json.loads(out.read_text())]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def growth(measured: dict[int, list[Line]]) -> list[Line]:
    """p95 of the search at each size against the size before."""
    found = []
    p95 = {size: _p95(lines) for size, lines in measured.items()}
    for before, after in zip(sorted(p95), sorted(p95)[1:], strict=False):
        if p95[before] and p95[after]:
            ratio = p95[after] / p95[before]
            goal = 1.5 ** (len(str(after)) - len(str(before)))
            what = f"检索 p95，{before:,} → {after:,} 条"
            found.append(Line(GROWTH, what, f"≤ {goal:.2g} ×", f"{ratio:.2f} ×", ratio <= goal, ""))
    return found


def _p95(lines: list[Line]) -> float:
    return next((float(x.value.split()[0]) for x in lines if x.what == "p95" and x.row == "检索接口"), 0.0)


def main() -> int:
    chosen = options()
    started = time.monotonic()
    sys.stdout.write(f"比值均为同一次运行、同一台机器上测得；请求由 {client_name()} 发出。\n")
    server = postgres_server() if chosen.database != "sqlite" else None
    unmet = 0
    if server:
        measured: dict[int, list[Line]] = {}
        for records in chosen.records:
            sys.stderr.write(f"PostgreSQL，{records:,} 条\n")
            with postgres_database(server, f"huicheng_bench_{os.getpid()}") as url:
                measured[records] = one_database(url, records, chosen)
            lines = measured[records] + (growth(measured) if records == chosen.records[-1] else [])
            unmet += sum(line.met is False for line in lines)
            sys.stdout.write(f"\nPostgreSQL，{records:,} 条\n{printed(lines)}\n")
            sys.stdout.flush()
    elif chosen.database != "sqlite":
        sys.stdout.write("没有可用的 PostgreSQL（可设 BENCH_DATABASE_URL=postgres://用户@主机:5432/库名），未测。\n")
    if chosen.database != "postgresql" and SQLITE_RECORDS in chosen.records:
        sys.stderr.write(f"SQLite，{SQLITE_RECORDS:,} 条\n")
        with sqlite_database() as url:
            lines = one_database(url, SQLITE_RECORDS, chosen)
        sys.stdout.write(f"\nSQLite，{SQLITE_RECORDS:,} 条（仅供参考，目标以 PostgreSQL 为准）\n{printed(lines)}\n")
    sys.stdout.write(f"\n用时 {(time.monotonic() - started) / 60:.0f} 分钟；PostgreSQL 上未达标 {unmet} 项。\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
