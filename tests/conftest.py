"""House rules of the test run: no foreign network, seeds kept, services real or named as left out.

Fixtures for everybody: `redis_url`, `worker`, `filesystem_worker`, `chromium`, `page`, `real_data`, `rng`.
Markers: `postgres`, `sqlite`, `console_errors`.
"""

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import database, network, report
from tests.support.browser import chromium, page
from tests.support.services import _redis_database, filesystem_worker, redis_url, worker

__all__ = ["_redis_database", "chromium", "filesystem_worker", "page", "redis_url", "worker"]

SEED = int(os.environ.get("TEST_SEED") or random.SystemRandom().randrange(2**32))


def pytest_configure(config: pytest.Config) -> None:
    network.close_the_door()


def on_postgres() -> bool:
    from django.db import connection

    return connection.vendor == "postgresql"


def database_name() -> str:
    return "PostgreSQL" if on_postgres() else "SQLite"


def pytest_report_header() -> list[str]:
    return [f"database: {database_name()}; TEST_SEED={SEED}; REAL_DATA_DIR={os.environ.get('REAL_DATA_DIR', '-')}"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test that is about the other database is not for this run; `make test` runs both."""
    other, reason = ("sqlite", "needs SQLite") if on_postgres() else ("postgres", "needs PostgreSQL")
    kept, dropped = [], []
    for item in items:
        (dropped if item.get_closest_marker(other) else kept).append(item)
    report.left_out[reason] += [item.nodeid for item in dropped]
    config.hook.pytest_deselected(items=dropped)
    # What asks for more time than others starts first, or one process ends the run alone.
    items[:] = sorted(kept, key=lambda item: not item.get_closest_marker("timeout"))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    from tests.support import report as left_out

    left_out.note(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = dict(report.left_out)
    else:
        report.write(database_name())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """One of several processes side by side (pytest-xdist) has ended."""
    report.take_over(getattr(node, "workeroutput", {}).get("left_out", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason, names in report.left_out.items():
        if names:
            terminalreporter.write_line(f"left out, {len(names)} tests: {reason}")


@pytest.fixture(scope="session", autouse=True)
def _flush_keeps_seeds(request: pytest.FixtureRequest) -> None:
    """Only when some test of the run uses the database at all."""
    if not any(item.get_closest_marker("django_db") or _wants_database(item) for item in request.session.items):
        return
    request.getfixturevalue("django_db_setup")
    blocker = request.getfixturevalue("django_db_blocker")
    with blocker.unblock():
        database.flush_keeps_seeds(database.read_seeds())


def _wants_database(item: pytest.Item) -> bool:
    from django.test import TransactionTestCase

    names = {"db", "transactional_db", "live_server", "admin_client", "django_db_reset_sequences"}
    cls = getattr(item, "cls", None)
    return bool(names & set(getattr(item, "fixturenames", ()))) or (
        isinstance(cls, type) and issubclass(cls, TransactionTestCase)
    )


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    from django.core.cache import cache

    yield
    cache.clear()


@pytest.fixture
def rng() -> random.Random:
    """Chance that can be repeated: TEST_SEED, printed at the head of the run."""
    return random.Random(SEED)


@pytest.fixture
def real_data() -> Callable[[str], Path]:
    """`real_data("penalties")`: a file or folder below REAL_DATA_DIR; the test is left out where there is none."""
    root = os.environ.get("REAL_DATA_DIR")

    def find(name: str) -> Path:
        if not root:
            pytest.skip("REAL_DATA_DIR is not set: real workbooks are not on this machine")
        path = Path(root) / name
        assert path.exists(), f"{path} does not exist"
        return path

    return find
