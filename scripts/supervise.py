"""`make run`: prepares the data folder, starts web, worker and three sandbox platforms, keeps them running.

Every child leads its own process group, so that stopping it stops what it started. A watchdog process holds
the read end of a pipe whose only writer is the supervisor: however the supervisor ends (kill -9 too), the
watchdog sees the end of the pipe and stops every group that is left.
"""

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
PLATFORMS = {"municipal": "市级", "provincial": "省级", "national": "国家级"}
STOP_SECONDS = 10.0
LOG_LIMIT = 20 * 1024 * 1024


def fail(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
    sys.exit(1)


def signal_group(group: int, number: int) -> bool:
    """Whether the group still had a process to signal."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def group_alive(group: int) -> bool:
    return signal_group(group, 0)


# --- what the environment asks for


def wanted_ports() -> list[int]:
    """SANDBOX_PORTS or 8101-8103; a taken one is replaced by a free one."""
    text = os.environ.get("SANDBOX_PORTS", "8101-8103")
    if "-" in text:
        first, last = text.split("-", 1)
        numbers = list(range(int(first), int(last) + 1))
    else:
        numbers = [int(part) for part in text.split(",") if part.strip()]
    ports: list[int] = []
    for number in [*numbers, 0, 0, 0][: len(PLATFORMS)]:
        port = free_port("127.0.0.1", number) or free_port("127.0.0.1", 0)
        while port in ports:
            port = free_port("127.0.0.1", 0)
        ports.append(port)
    return ports


def free_port(host: str, port: int) -> int:
    """`port` (or any, for 0) when it can be listened on, else 0."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return 0
        return int(probe.getsockname()[1])


@dataclass
class Site:
    """What this start serves, from HOST, PORT, DATA_DIR, DEMO and SANDBOX_PORTS."""

    host: str
    port: int
    data: Path
    demo: bool
    ports: list[int]

    @classmethod
    def from_environment(cls) -> "Site":
        host = os.environ.get("HOST") or "127.0.0.1"
        text = os.environ.get("PORT") or "8000"
        if not text.isdecimal() or not 0 < int(text) < 65536:
            fail(f"PORT 应为 1 至 65535 的整数，当前为“{text}”。")
        data = Path(os.environ.get("DATA_DIR") or ROOT / "var").expanduser().resolve()
        demo = os.environ.get("DEMO", "1").strip().lower() not in {"0", "false", "no", "off", ""}
        if not free_port(host, int(text)):
            other = f"make run PORT={int(text) % 65535 + 1}"
            fail(
                f"端口 {text} 已被占用（或地址 {host} 不是本机地址），请换一个：{other}\n"
                f"Port {text} is in use (or {host} is not an address of this machine); try: {other}"
            )
        return cls(host, int(text), data, demo, wanted_ports())

    @property
    def address(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def environment(self) -> dict[str, str]:
        """What the children see. A value that is set already wins."""
        env = {
            "PUBLIC_URL": self.address,
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "huicheng_credit.settings",
            **os.environ,
            "DATA_DIR": str(self.data),
            "DEMO": "1" if self.demo else "0",
            "BIND": f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}",
            "SANDBOX_PORTS": ",".join(map(str, self.ports)),
        }
        for name, port in zip(PLATFORMS, self.ports, strict=True):
            env.setdefault(f"PLATFORM_{name.upper()}_URL", f"http://127.0.0.1:{port}")
        if self.demo and self.host not in {"127.0.0.1", "localhost", "::1"}:
            # The person who opened the demonstration to a network decides by which name it is reached.
            env.setdefault("ALLOWED_HOSTS", "*")
        return env


# --- children


@dataclass
class Child:
    name: str
    command: list[str]
    env: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    next_start: float = 0.0

    def start(self) -> int:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started = time.monotonic()
        return self.process.pid

    def tail(self, lines: int = 12) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


def children_of(site: Site, env: dict[str, str]) -> list[Child]:
    logs, python = site.data / "log", sys.executable
    metrics = site.data / "metrics"
    metrics.mkdir(exist_ok=True)
    for old in metrics.glob("*.db"):
        old.unlink()
    web = [python, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "huicheng_credit.wsgi"]
    worker = [
        python, "-m", "celery", "-A", "huicheng_credit", "worker", "--beat", "--concurrency", "2",
        "--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip
    children = [
        Child("web", web, {**env, "PROMETHEUS_MULTIPROC_DIR": str(metrics)}, logs / "web.log"),
        Child("worker", worker, env, logs / "worker.log"),
    ]
    for platform, port in zip(PLATFORMS, site.ports, strict=True):
        command = [
            python, "-m", "sharing.sandbox", "--platform", platform, "--port", str(port),
            "--data", str(site.data / "sandbox"), "--trust", str(site.data / "keys" / f"{platform}.public.json"),
        ]  # fmt: skip
        children.append(Child(f"sandbox-{platform}", command, env, logs / f"sandbox-{platform}.log"))
    return children


# --- the watchdog


def watch(lines: IO[str]) -> None:
    """Keeps the list of groups; when the writer is gone, stops those that are left."""
    groups: set[int] = set()
    for line in lines:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    stop_groups(groups)


def stop_groups(groups: set[int]) -> None:
    for group in groups:
        signal_group(group, signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    while time.monotonic() < end and any(group_alive(group) for group in groups):
        time.sleep(0.1)
    for group in groups:
        signal_group(group, signal.SIGKILL)


def start_watchdog() -> IO[str]:
    read, write = os.pipe()
    if os.fork():
        os.close(read)
        return os.fdopen(write, "w", buffering=1)
    # The watchdog: deaf to the terminal, ends with the pipe.
    os.close(write)
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    with os.fdopen(read) as lines:
        watch(lines)
    os._exit(0)


# --- the supervisor


@dataclass
class Supervisor:
    site: Site
    children: list[Child]
    watchdog: IO[str]
    parent: int = field(default_factory=os.getppid)
    stopping: bool = False

    def ask_stop(self, number: int, frame: object) -> None:
        if self.stopping:
            stop_now({c.process.pid for c in self.children if c.process})
        self.stopping = True

    def start(self, child: Child) -> None:
        self.watchdog.write(f"+{child.start()}\n")

    def look_after(self, child: Child) -> None:
        """A dead child starts again, at once the first time, then after 1, 2, 4 … 30 seconds."""
        now = time.monotonic()
        if child.process is None:
            if now >= child.next_start:
                self.start(child)
            return
        code = child.process.poll()
        if code is None:
            return
        signal_group(child.process.pid, signal.SIGKILL)
        self.watchdog.write(f"-{child.process.pid}\n")
        child.process = None
        child.failures = 1 if now - child.started > 60 else child.failures + 1
        wait = 0 if child.failures == 1 else min(2 ** (child.failures - 2), 30)
        child.next_start = now + wait
        print(f"{child.name} 意外退出（{code}），{wait} 秒后重新启动；日志：{child.log}", flush=True)

    def prepare(self, env: dict[str, str]) -> bool:
        """Database, static files, demonstration data; a stop asked for meanwhile ends it."""
        command = [sys.executable, "scripts/prepare.py"]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, start_new_session=True)
        self.watchdog.write(f"+{process.pid}\n")
        while process.poll() is None and not self.stopping and os.getppid() == self.parent:
            time.sleep(0.1)
        stop_now({process.pid})
        self.watchdog.write(f"-{process.pid}\n")
        return process.wait() == 0

    def run(self, ready: "Readiness") -> int:
        for child in self.children:
            self.start(child)
        while not self.stopping:
            if os.getppid() != self.parent:
                break  # the shell or make that started us is gone
            for child in self.children:
                self.look_after(child)
            if not ready.done and not ready.look(self.children[0]):
                self.stop()
                return 1
            time.sleep(0.2)
        print("\n正在停止…", flush=True)
        self.stop()
        print(f"已停止，数据保存在 {self.site.data}", flush=True)
        return 0

    def stop(self) -> None:
        self.stopping = True
        running = [c.process for c in self.children if c.process]
        for process in running:
            process.terminate()
        end = time.monotonic() + STOP_SECONDS
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, end - time.monotonic()))
        stop_now({process.pid for process in running})
        for process in running:
            process.wait()
            self.watchdog.write(f"-{process.pid}\n")


def stop_now(groups: set[int]) -> None:
    for group in groups:
        signal_group(group, signal.SIGKILL)


@dataclass
class Readiness:
    """Says once where to look, when the site answers; gives up when web dies before it ever did."""

    site: Site
    done: bool = False

    def look(self, web: Child) -> bool:
        if web.failures >= 3:
            print(f"网站未能启动，日志末尾如下（{web.log}）：\n{web.tail()}", file=sys.stderr, flush=True)
            return False
        try:
            with urllib.request.urlopen(f"{self.site.address}/healthz", timeout=1) as answer:  # noqa: S310
                self.done = answer.status == 200
        except (urllib.error.URLError, OSError):
            return True
        if self.done:
            print(banner(self.site), flush=True)
        return True


def banner(site: Site) -> str:
    lines = [
        "",
        "信用惠城网已启动" + ("（演示模式：单位、企业、人员和记录均为虚构）" if site.demo else ""),
        f"  门户        {site.address}/",
        f"  工作台      {site.address}/staff/",
    ]
    for name, port in zip(PLATFORMS.values(), site.ports, strict=True):
        lines.append(f"  {name}平台（沙箱）  http://127.0.0.1:{port}/")
    accounts = site.data / "demo-accounts.json"
    if site.demo and accounts.exists():
        lines.append("  演示账号")
        for account in json.loads(accounts.read_text()):
            lines.append(f"    {account['role']}  账号 {account['username']}  密码 {account['password']}")
    own = site.data / "demo-own.json"
    if site.demo and own.exists():
        given = json.loads(own.read_text())
        lines.append(f"  本人查阅    {site.address}/own/  {given['subject']}（有效期至{given['last_day']}）")
        lines.append(f"    查阅码 {given['code']}  统一社会信用代码 {given['number']}")
    if site.demo and (site.data / "samples").is_dir():
        lines.append(f"  示例表格    {site.data / 'samples'}（可在“导入双公示”中试用）")
    lines += [f"  数据与日志  {site.data}（日志在 log/）", "按 Ctrl-C 停止。", ""]
    return "\n".join(lines)


def main() -> int:
    site = Site.from_environment()
    (site.data / "log").mkdir(parents=True, exist_ok=True)
    lock = (site.data / "run.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        fail(f"数据目录 {site.data} 正被另一个实例使用；请先停止它，或换一个：make run DATA_DIR=…")
    env = site.environment()
    supervisor = Supervisor(site, children_of(site, env), start_watchdog())
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup asks to live on
            signal.signal(number, supervisor.ask_stop)
    if not supervisor.prepare(env):
        if supervisor.stopping:
            return 130
        fail("准备数据目录时出错（原因见上），网站没有启动。")
    return supervisor.run(Readiness(site))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
