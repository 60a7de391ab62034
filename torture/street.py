"""All processes of a site, started by the commands of `make run`, and a Redis that keeps nothing on disk."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from random import Random

import redis

from benchmarks.databases import ROOT

sys.path.insert(0, str(ROOT))
from scripts.supervise import PLATFORMS, Child, Site, children_of, free_port, signal_group, start_watchdog

# The last is no kill: the platform does the work and closes the connection without an answer.
EVERYTHING, ANSWER = "everything", "answer"
PUSH_VICTIMS = (
    "web", "web child", "worker", "worker", "worker child", "redis", "municipal", "provincial", "national",
    EVERYTHING, ANSWER,
)  # fmt: skip
IMPORT_VICTIMS = ("web", "worker", "worker", "worker child", "redis", EVERYTHING)


def ports(count: int) -> list[int]:
    """Free ones, each given once."""
    found: list[int] = []
    while len(found) < count:
        if (port := free_port("127.0.0.1", 0)) not in found:
            found.append(port)
    return found


def wait_until(true: Callable[[], object], *, seconds: float, what: str, every: float = 0.1) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return
        time.sleep(every)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


class Street:
    """Starts, kills and restarts; `address` is the web's, platforms are known by their codes."""

    def __init__(self, folder: Path) -> None:
        (folder / "log").mkdir(parents=True, exist_ok=True)
        web_port = int(os.environ["BIND"].rsplit(":", 1)[1])
        given = [int(port) for port in os.environ["SANDBOX_PORTS"].split(",")]
        self.redis_port = int(os.environ["REDIS_URL"].rsplit(":", 1)[1].split("/")[0])
        env = dict(os.environ)
        self.address = f"http://127.0.0.1:{web_port}"
        self.platforms = dict(zip(PLATFORMS, given, strict=True))
        children = children_of(Site("127.0.0.1", web_port, folder, False, given), env)
        self.children = {child.name.removeprefix("sandbox-"): child for child in children}
        worker = self.children["worker"].command
        worker[worker.index("huicheng_credit")] = "torture.celery"
        self.children["redis"] = self._redis(folder, env)
        self.watchdog = start_watchdog()
        self.kills = 0
        # Held by whoever kills and starts: one of both at a time.
        self.turn, self.over = threading.Lock(), threading.Event()
        self.supervisor = threading.Thread(target=self._supervise, daemon=True)

    def _redis(self, folder: Path, env: dict[str, str]) -> Child:
        program = shutil.which("redis-server")
        if program is None:
            raise SystemExit("没有 redis-server（例如：sudo apt install redis-server）。")
        home = folder / "redis"
        home.mkdir(exist_ok=True)
        command = [program, "--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        return Child("redis", [*command, "--dir", str(home)], env, folder / "log" / "redis.log")

    # ---- life

    def start(self, name: str) -> None:
        self.watchdog.write(f"+{self.children[name].start()}\n")

    def start_all(self) -> None:
        for name in ("redis", *self.platforms, "web", "worker"):
            self.start(name)
        self.wait_ready()
        self.supervisor.start()

    def _supervise(self) -> None:
        """Whoever ends by itself is started again, as every supervisor does: a Celery worker that loses Redis may
        end with an error of its transport."""
        while not self.over.wait(0.5):
            with self.turn:
                for name, child in self.children.items():
                    if child.process is not None and child.process.poll() is not None:
                        self.start(name)

    def wait_ready(self) -> None:
        for name in self.children:
            wait_until(lambda name=name: self.answers(name), seconds=60, what=f"{name}\n{self.children[name].tail()}")

    def answers(self, name: str) -> bool:
        if name == "redis":
            return self._pongs()
        if name == "worker":
            process = self.children["worker"].process
            return process is not None and process.poll() is None
        port = self.platforms.get(name)
        address = f"http://127.0.0.1:{port}" if port else self.address
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _pongs(self) -> bool:
        try:
            with redis.Redis(port=self.redis_port, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def stop(self) -> None:
        self.over.set()
        if self.supervisor.is_alive():
            self.supervisor.join()
        for child in self.children.values():
            if child.process:
                signal_group(child.process.pid, signal.SIGKILL)
                child.process.wait(10)
                self.watchdog.write(f"-{child.process.pid}\n")
        self.watchdog.close()

    # ---- death

    def strike(self, victim: str, random: Random) -> None:
        """kill -9, a pause of up to a second and a half, and the start that a supervisor would make."""
        with self.turn:
            self._strike(victim, random)
        self.kills += 1

    def _strike(self, victim: str, random: Random) -> None:
        if victim == ANSWER:
            self._swallow(random.choice(list(self.platforms)))
        elif victim.endswith(" child"):
            self._kill_one_child(victim.removesuffix(" child"), random)
        else:
            names = list(self.children) if victim == EVERYTHING else [victim]
            random.shuffle(names)
            for name in names:
                self._kill(name)
            time.sleep(random.uniform(0, 1.5))
            for name in names:
                self.start(name)

    def _kill(self, name: str) -> None:
        process = self.children[name].process
        assert process is not None
        signal_group(process.pid, signal.SIGKILL)
        process.wait(10)
        self.watchdog.write(f"-{process.pid}\n")

    def _kill_one_child(self, name: str, random: Random) -> None:
        """One of the processes that gunicorn or Celery forked; their parent has to cope."""
        process = self.children[name].process
        assert process is not None
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True)
        if pids := sorted(map(int, listed.stdout.split())):
            try:
                os.kill(random.choice(pids), signal.SIGKILL)
            except ProcessLookupError:
                return

    def _swallow(self, platform: str) -> None:
        try:
            self.control(platform, b'{"drop_next": 1}')
        except (urllib.error.URLError, OSError):
            return  # it is just starting again

    def control(self, platform: str, body: bytes) -> None:
        request = urllib.request.Request(f"http://127.0.0.1:{self.platforms[platform]}/control", body, method="POST")
        with urllib.request.urlopen(request, timeout=10):
            return
