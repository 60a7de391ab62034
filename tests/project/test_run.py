"""`make run` as a person meets it: it starts, says where to look, survives a dead child and leaves nothing behind."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import prepare
from tests.support.processes import ROOT, free_port, wait_until

pytestmark = pytest.mark.sqlite


class Run:
    """The supervisor in a session of its own, as a terminal would hold it; every process it starts bears `token`."""

    def __init__(self, data: Path, **extra: str) -> None:
        self.data, self.token, self.port = data, uuid.uuid4().hex, free_port()
        hidden = ("DATABASE_URL", "DATABASE_URL_TEST", "TESTING", "TEST_DATA_DIR", "DJANGO_SETTINGS_MODULE")
        env = {k: v for k, v in os.environ.items() if k not in hidden}
        env |= {
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "DATA_DIR": str(data),
            "DEMO": "0",
            "RUN_TOKEN": self.token,
        }
        env |= {"SANDBOX_PORTS": ",".join(str(free_port()) for _ in range(3)), **extra}
        self.out = data.parent / f"{self.token}.out"
        with self.out.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "scripts/supervise.py"],
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.out.read_text()

    def ready(self) -> "Run":
        wait_until(lambda: "按 Ctrl-C 停止" in self.said or self.process.poll() is not None, seconds=120, what="ready")
        assert self.process.poll() is None, self.said
        return self

    def status(self, path: str = "/readyz") -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return int(answer.status)
        except OSError:
            return 0

    def pids(self, words: str = "") -> list[int]:
        """Living processes that inherited the token, whatever their parent."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                state = re.sub(r".*\) ", "", (folder / "stat").read_text())[0]
                bears = f"RUN_TOKEN={self.token}".encode() in (folder / "environ").read_bytes()
                if bears and state != "Z" and words in (folder / "cmdline").read_text().replace("\0", " "):
                    found.append(int(folder.name))
            except OSError:
                continue
        return found

    def wait_gone(self, *, seconds: float = 30) -> None:
        wait_until(lambda: not self.pids(), seconds=seconds, what=f"no process left, but {self.pids()}")

    def clean_up(self) -> None:
        for pid in self.pids():
            os.kill(pid, signal.SIGKILL)
        self.process.wait(10)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run") / "data"


@pytest.fixture
def run(data: Path) -> Iterator[Run]:
    site = Run(data).ready()
    yield site
    site.clean_up()


def test_it_serves_says_where_to_look_and_ctrl_c_leaves_no_process(run: Run) -> None:
    assert run.status() == 200
    for words in (f"http://127.0.0.1:{run.port}/", "/staff/", "市级平台", "省级平台", "国家级平台", str(run.data)):
        assert words in run.said
    assert "演示账号" not in run.said
    for _name, port in re.findall(r"(\S+)平台（沙箱）\s+http://127\.0\.0\.1:(\d+)/", run.said):
        socket.create_connection(("127.0.0.1", int(port)), timeout=5).close()
    assert {p.name for p in (run.data / "log").iterdir()} >= {"web.log", "worker.log", "sandbox-municipal.log"}
    wait_until(lambda: "ready." in (run.data / "log" / "worker.log").read_text(), what="the worker")

    os.killpg(run.process.pid, signal.SIGINT)
    assert run.process.wait(30) == 0
    run.wait_gone(seconds=5)
    assert "已停止" in run.said


def test_second_start_keeps_the_data_and_kill_9_of_the_supervisor_leaves_no_process(run: Run) -> None:
    with sqlite3.connect(run.data / "huicheng.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM django_migrations").fetchone()[0] > 10
    assert "正在整理静态文件" not in run.said
    os.kill(run.process.pid, signal.SIGKILL)
    run.process.wait(10)
    run.wait_gone()


def test_a_dead_child_comes_back_and_a_closed_terminal_stops_everything(run: Run) -> None:
    (master,) = [
        pid for pid in run.pids("gunicorn") if Path(f"/proc/{pid}/stat").read_text().split()[3] == str(run.process.pid)
    ]
    os.kill(master, signal.SIGKILL)
    wait_until(lambda: "web 意外退出" in run.said, what="the supervisor noticed")
    wait_until(lambda: run.status() == 200, seconds=40, what="web is back")

    os.killpg(run.process.pid, signal.SIGHUP)
    run.process.wait(30)
    run.wait_gone(seconds=5)


def test_a_taken_port_is_said_in_both_languages_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        site = Run(tmp_path / "data", PORT=str(port))
        assert site.process.wait(20) == 1
    assert f"端口 {port} 已被占用" in site.said
    assert f"Port {port} is in use" in site.said
    assert "Traceback" not in site.said
    assert not (tmp_path / "data").exists()


def test_a_senseless_port_is_refused_in_words(tmp_path: Path) -> None:
    site = Run(tmp_path / "data", PORT="web")
    assert site.process.wait(20) == 1
    assert "PORT 应为 1 至 65535 的整数" in site.said


def test_collected_files_in_the_data_folder_are_not_taken_for_new_ones() -> None:
    """`var/` stands beside the rooms by default; counting it made every start collect again."""
    before = prepare.static_digest()
    folder = ROOT / f"test-{uuid.uuid4().hex}"
    try:
        (folder / "static").mkdir(parents=True)
        (folder / "static" / "collected.css").write_text("a {}")
        assert prepare.static_digest() == before
    finally:
        shutil.rmtree(folder)


def test_two_runs_do_not_share_a_data_folder(run: Run) -> None:
    second = Run(run.data)
    assert second.process.wait(20) == 1
    assert "正被另一个实例使用" in second.said
    assert run.status() == 200
