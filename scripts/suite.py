"""`make test`: the whole suite on SQLite, then on PostgreSQL when one can be reached; says by name what was left out.

REQUIRE_SERVICES=1 turns everything left out into a failure. Arguments go to pytest.
"""

import getpass
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
REQUIRED = os.environ.get("REQUIRE_SERVICES") == "1"
# What each reason is called for the person who reads the end of the run.
REASONS = {
    "needs PostgreSQL": "没有可用的 PostgreSQL（可设 DATABASE_URL_TEST=postgres://用户@主机:5432/库名）",
    "Redis": "没有可用的 Redis（可设 REDIS_URL_TEST=redis://主机:6379）",
    "Chromium": "没有 Chromium 浏览器（例如：sudo apt install chromium fonts-noto-cjk）",
    "REAL_DATA_DIR": "没有真实样表（可设 REAL_DATA_DIR=目录）",
}


def find_postgres() -> str | None:
    """A server on which a test database can be made: DATABASE_URL_TEST, or PG* and 127.0.0.1:5432 without password."""
    if given := os.environ.get("DATABASE_URL_TEST", ""):
        return given if given.startswith("postgres") else None
    import psycopg2

    host, port = os.environ.get("PGHOST", "127.0.0.1"), os.environ.get("PGPORT", "5432")
    password = os.environ.get("PGPASSWORD", "")
    for user in filter(None, (os.environ.get("PGUSER"), getpass.getuser(), "postgres")):
        try:
            server = psycopg2.connect(
                host=host, port=port, user=user, password=password, dbname="postgres", connect_timeout=3
            )
        except psycopg2.OperationalError:
            continue
        with server.cursor() as cursor:
            cursor.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
            may_create = cursor.fetchone()[0]
        server.close()
        if may_create:
            # One database per working copy, so that two copies can be tested side by side.
            name = "huicheng_" + hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
            login = quote(user) + (f":{quote(password, safe='')}" if password else "")
            return f"postgres://{login}@{quote(host, safe='')}:{port}/{name}"
    return None


def one_run(name: str, database: str | None, seed: int, arguments: list[str]) -> tuple[int, dict[str, list[str]]]:
    folder = tempfile.mkdtemp(prefix="huicheng-test-")
    report = Path(folder) / "report.json"
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "DATABASE_URL_TEST"}}
    environment |= {"TEST_SEED": str(seed), "TEST_DATA_DIR": folder, "TEST_REPORT": str(report)}
    if database:
        environment["DATABASE_URL_TEST"] = database
    print(f"\n== {name} ==", flush=True)
    started = time.monotonic()
    command = [
        sys.executable, "-m", "pytest", "-q", f"--hypothesis-seed={seed}", "--create-db", "--durations=5",
    ]  # fmt: skip
    if not arguments:  # the whole: on all processors, but not on more than it has long tests for
        command += ["--numprocesses", str(min(os.cpu_count() or 1, 4)), "--dist", "worksteal"]
    command += arguments
    code = subprocess.run(command, cwd=ROOT, env=environment).returncode
    print(f"{name}：{time.monotonic() - started:.0f} 秒", flush=True)
    left_out: dict[str, list[str]] = json.loads(report.read_text())["left_out"] if report.exists() else {}
    shutil.rmtree(folder, ignore_errors=True)
    return code, left_out


def in_words(reason: str) -> str:
    return next((words for key, words in REASONS.items() if key in reason), reason)


def print_left_out(left_out: dict[str, set[str]]) -> None:
    if not left_out:
        print("没有未运行的测试。")
    for reason, names in sorted(left_out.items()):
        print(f"未运行 {len(names)} 项：{in_words(reason)}")
        for name in sorted(names):
            print(f"    {name}")


def merged(results: list[tuple[str, int, dict[str, list[str]]]]) -> dict[str, set[str]]:
    """Left out of the whole: a test of one database counts only when that database had no run."""
    ran = {name for name, _, _ in results}
    whole: dict[str, set[str]] = defaultdict(set)
    for _, _, left_out in results:
        for reason, names in left_out.items():
            if names and reason.removeprefix("needs ") not in ran:
                whole[reason].update(names)
    return dict(whole)


def main() -> int:
    arguments: list[Any] = sys.argv[1:]
    seed = int(os.environ.get("TEST_SEED") or random.SystemRandom().randrange(2**32))
    print(f"随机种子 TEST_SEED={seed}（设同一值可重现）")
    postgres = find_postgres()
    runs: list[tuple[str, str | None]] = [("SQLite", None)]
    if postgres:
        runs.append(("PostgreSQL", postgres))
    results = [(name, *one_run(name, database, seed, arguments)) for name, database in runs]

    print("\n== 小结 ==")
    failed = False
    for name, code, _ in results:
        bad = code != 0 and not (code == 5 and arguments)  # 5: the words of -k matched nothing here
        failed |= bad
        print(f"{name}：{'未通过' if bad else '通过'}")
    left_out = merged(results)
    if not postgres:
        print(f"PostgreSQL：未运行，{REASONS['needs PostgreSQL']}")
    print_left_out(left_out)
    if REQUIRED and (left_out or not postgres):
        print("REQUIRE_SERVICES=1：有未运行的测试，视为未通过。")
        failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
