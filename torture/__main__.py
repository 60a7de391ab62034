"""python -m torture [--rounds 50] [--revisions 10000] [--imports 10] [--rows 6000] [--seed N] [--database sqlite]

PostgreSQL when one can be reached. Ends with 0 when nothing was lost, doubled or out of order.
"""

import argparse
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import AbstractContextManager
from pathlib import Path
from random import SystemRandom

from benchmarks.databases import ROOT, postgres_database, postgres_server, sqlite_database
from torture.street import PLATFORMS, ports


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m torture")
    parser.add_argument("--rounds", type=int, default=50, help="rounds of kills while revisions are pushed; 0: none")
    parser.add_argument("--revisions", type=int, default=10_000, help="made, and pushed to each platform")
    parser.add_argument("--imports", type=int, default=10, help="workbooks whose import is killed; 0: none")
    parser.add_argument("--rows", type=int, default=6_000, help="of each workbook")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(2**32))
    parser.add_argument("--database", choices=("postgresql", "sqlite"), help="only this one")
    return parser.parse_args()


def environment(url: str, folder: Path) -> dict[str, str]:
    """As in production, but for secrets of this run only, plain HTTP, no limit to requests, and quick to despair."""
    web, redis, *platforms = ports(2 + len(PLATFORMS))
    return {
        **{k: v for k, v in os.environ.items() if k not in ("DEMO", "DEBUG", "TESTING", "TEST_DATA_DIR")},
        "DJANGO_SETTINGS_MODULE": "torture.settings",
        "DATABASE_URL": url,
        "DATA_DIR": str(folder),
        "BIND": f"127.0.0.1:{web}",
        "REDIS_URL": f"redis://127.0.0.1:{redis}/0",
        "BROKER_URL": f"redis://127.0.0.1:{redis}/1",
        "SANDBOX_PORTS": ",".join(map(str, platforms)),
        **{f"PLATFORM_{c.upper()}_URL": f"http://127.0.0.1:{p}" for c, p in zip(PLATFORMS, platforms, strict=True)},
        "SECRET_KEY": secrets.token_hex(32),
        "FIELD_ENCRYPTION_KEYS": f"k1:{secrets.token_hex(32)}",
        "BLIND_INDEX_KEY": secrets.token_hex(32),
        "REPORT_SIGNING_KEYS": secrets.token_hex(32),
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE": "0",
        "REQUIRE_SECOND_FACTOR": "0",
        "API_RATE_PER_MINUTE": "0",
        "SEARCH_RATE_PER_MINUTE": "0",
        "INTAKE_RATE_PER_MINUTE": "100000",
        # Small batches, so that many are on their way; what a dead worker held is free after seconds, so that a round
        # sees how it is taken over.
        "SHARING_BATCH": "25",
        "SHARING_TIMEOUT_SECONDS": "2",
        "SHARING_CLAIM_SECONDS": "4",
        "IMPORT_CLAIM_SECONDS": "3",
        "LOG_LEVEL": "WARNING",
        "PYTHONUNBUFFERED": "1",
    }


def database(server: str | None, name: str) -> AbstractContextManager[str]:
    return postgres_database(server, f"huicheng_torture_{name}_{os.getpid()}") if server else sqlite_database()


def scenario(name: str, server: str | None, **numbers: int) -> bool:
    folder = Path(tempfile.mkdtemp(prefix="huicheng-torture-"))
    command = [sys.executable, "-m", f"torture.{name}"]
    for option, value in numbers.items():
        command += [f"--{option}", str(value)]
    with database(server, name) as url:
        code = subprocess.run(command, cwd=ROOT, env=environment(url, folder)).returncode
    if code:
        sys.stdout.write(f"日志与接收端数据留在 {folder}\n")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return code == 0


def main() -> int:
    o = options()
    started = time.monotonic()
    server = postgres_server() if o.database != "sqlite" else None
    if o.database == "postgresql" and not server:
        sys.stdout.write("没有可用的 PostgreSQL（可设 BENCH_DATABASE_URL=postgres://用户@主机:5432/库名）。\n")
        return 1
    sys.stdout.write(f"种子 {o.seed}（--seed 设同一值，计划相同）；数据库 {'PostgreSQL' if server else 'SQLite'}\n")
    sys.stdout.flush()
    whole = True
    if o.rounds:
        whole &= scenario("pushing", server, seed=o.seed, rounds=o.rounds, revisions=o.revisions)
    if o.imports:
        whole &= scenario("importing", server, seed=o.seed, rounds=o.imports, rows=o.rows)
    sys.stdout.write(f"用时 {(time.monotonic() - started) / 60:.1f} 分钟：{'全部通过' if whole else '未通过'}\n")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
