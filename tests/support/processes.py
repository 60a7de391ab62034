"""Real processes beside the tests: a Celery worker, beat, a receiver, a web server; each with its log."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent


def database_url() -> str:
    """The address of the test database, for a process of its own."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    login = given["USER"] + (f":{given['PASSWORD']}" if given["PASSWORD"] else "")
    return f"postgres://{login}@{given['HOST'] or '127.0.0.1'}:{given['PORT'] or 5432}/{given['NAME']}"


def environment(**extra: str) -> dict[str, str]:
    """The tests' settings, data folder and database, for a child process."""
    return {
        **{k: v for k, v in os.environ.items() if k not in {"DJANGO_ALLOW_ASYNC_UNSAFE", "PYTEST_XDIST_WORKER"}},
        "DJANGO_SETTINGS_MODULE": "huicheng_credit.settings_test",
        "DATABASE_URL_TEST": database_url(),
        "TEST_DATA_DIR": str(settings.DATA_DIR),
        "PYTHONUNBUFFERED": "1",
        **extra,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true: Callable[[], object], *, seconds: float = 30, what: str = "") -> None:
    """Poll; raises with `what` when it never came true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what or true}")


class Process:
    """A child that leads its own group; `kill()` is kill -9 of all of it."""

    def __init__(self, command: Sequence[str], *, log: Path, env: dict[str, str]) -> None:
        self.command, self.log, self.env = list(command), log, env
        self.popen: subprocess.Popen[bytes] | None = None

    def start(self) -> "Process":
        with self.log.open("ab") as out:
            self.popen = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def running(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def wait_for(self, words: str, *, seconds: float = 40) -> "Process":
        """Until `words` stand in the log; fails at once when the process has ended."""

        def there() -> bool:
            if words in self.output:
                return True
            assert self.running(), f"{self.command} ended:\n{self.output[-3000:]}"
            return False

        wait_until(there, seconds=seconds, what=f"{words!r} in the log of {self.command}:\n{self.output[-3000:]}")
        return self

    def kill(self) -> None:
        self._signal_group(signal.SIGKILL)

    def stop(self, *, seconds: float = 10) -> None:
        """Asks, then kills whatever of the group is left."""
        if self.popen is None:
            return
        self.popen.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(seconds)
        self.kill()

    def _signal_group(self, number: int) -> None:
        if self.popen is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, number)
        self.popen.wait(10)


class Worker(Process):
    """A Celery worker as production starts it, on the test database and a broker of its own."""

    def __init__(self, broker_url: str, folder: Path, *, beat: bool = False, concurrency: int = 2) -> None:
        command = [
            sys.executable, "-m", "celery", "-A", "huicheng_credit", "worker", "--loglevel", "INFO",
            "--concurrency", str(concurrency), "--without-gossip", "--without-mingle", "--without-heartbeat",
            *(["--beat"] if beat else []),
        ]  # fmt: skip
        super().__init__(command, log=folder / "worker.log", env=environment(BROKER_URL=broker_url))

    def ready(self) -> "Worker":
        """Start (again) and wait until it takes tasks."""
        if self.log.exists():
            self.log.unlink()
        self.start()
        self.wait_for("ready.")
        return self
