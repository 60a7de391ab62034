"""What was left out and why: collected while the tests run, printed at the end, and handed to `make test` as JSON.

With REQUIRE_SERVICES=1 a test that cannot run for want of a service fails instead.
"""

import json
import os
from collections import defaultdict
from pathlib import Path
from typing import NoReturn

import pytest

REQUIRED = os.environ.get("REQUIRE_SERVICES") == "1"
left_out: dict[str, list[str]] = defaultdict(list)


def leave_out(reason: str) -> NoReturn:
    """Called by a fixture whose service is not there."""
    if REQUIRED:
        pytest.fail(f"REQUIRE_SERVICES=1, but {reason}", pytrace=False)
    pytest.skip(reason)


def note(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        left_out[str(reason).removeprefix("Skipped: ")].append(report.nodeid)


def take_over(others: dict[str, list[str]]) -> None:
    """What one of several processes side by side left out; all of them deselect the same tests."""
    for reason, names in others.items():
        left_out[reason] += [name for name in names if name not in left_out[reason]]


def write(database: str) -> None:
    if path := os.environ.get("TEST_REPORT"):
        Path(path).write_text(json.dumps({"database": database, "left_out": left_out}, ensure_ascii=False))
