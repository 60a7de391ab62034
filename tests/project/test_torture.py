"""kill -9 of everything while records are reported and imported, in short; `make torture` does it for an hour."""

import os
import shutil
import subprocess
import sys

import pytest
from django.db import connection

from tests.support.processes import ROOT, database_url
from tests.support.report import leave_out

# The child ends within a minute on a machine of its own; on a crowded one everything that it starts is slow.
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]


def torture(seed: int, *words: str) -> str:
    """The command as one types it, on the database of this run's kind; what it printed."""
    if not shutil.which("redis-server"):
        leave_out("Redis cannot be started here: no redis-server")
    env = {k: v for k, v in os.environ.items() if k not in ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "DATA_DIR")}
    database = ["--database", connection.vendor]
    if connection.vendor == "postgresql":
        env["BENCH_DATABASE_URL"] = database_url()
    command = [sys.executable, "-m", "torture", "--seed", str(seed), *database, *words]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-6000:]
    return said


def test_kills_while_revisions_are_pushed_lose_and_double_nothing(rng) -> None:  # type: ignore[no-untyped-def]
    said = torture(rng.randrange(2**32), "--rounds", "2", "--revisions", "200", "--imports", "0")
    assert "结果：通过" in said and "2/2" in said


def test_kills_during_an_import_lose_and_double_nothing(rng) -> None:  # type: ignore[no-untyped-def]
    said = torture(rng.randrange(2**32), "--rounds", "0", "--imports", "1", "--rows", "2500")
    assert "结果：通过" in said and "2,500 行" in said
