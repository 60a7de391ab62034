"""How many requests a second, and how long each takes: by wrk when it is there, else by threads of our own."""

import http.client
import itertools
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.server import HELLO

CONNECTIONS = 4
SCRIPT = """
local paths, i = {}, 0
for line in io.lines("%s") do paths[#paths + 1] = line end
local headers = {["Cookie"] = "%s"}
request = function() i = i %% #paths + 1; return wrk.format("GET", paths[i], headers) end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("\\nRESULT %%d %%d %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """One round. Times in milliseconds; `refused` are answers other than 2xx and 3xx, `broken` connections."""

    rate: float
    p50: float
    p95: float
    p99: float
    refused: int
    broken: int


def client_name() -> str:
    return "wrk" if shutil.which("wrk") else "Python 线程"


def load(address: str, paths: Sequence[str], seconds: float, cookie: str = "") -> Load:
    return (_wrk if shutil.which("wrk") else _threads)(address, paths, seconds, cookie)


def _wrk(address: str, paths: Sequence[str], seconds: float, cookie: str) -> Load:
    with tempfile.TemporaryDirectory(prefix="huicheng-bench-") as folder:
        listed, script = Path(folder) / "paths", Path(folder) / "bench.lua"
        listed.write_text("\n".join(paths))
        script.write_text(SCRIPT % (listed, cookie))
        command = [
            "wrk",
            "-t1",
            f"-c{CONNECTIONS}",
            f"-d{seconds:.0f}s",
            "--timeout",
            "30s",
            "-s",
            str(script),
            address,
        ]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    result = next(line for line in out.splitlines() if line.startswith("RESULT")).split()[1:]
    requests, duration, refused, broken, p50, p95, p99 = map(int, result)
    return Load(requests / (duration / 1e6), p50 / 1e3, p95 / 1e3, p99 / 1e3, refused, broken)


def _threads(address: str, paths: Sequence[str], seconds: float, cookie: str) -> Load:
    parts = urlsplit(address)
    times: list[float] = []
    refused: list[str] = []
    broken: list[str] = []
    end = time.monotonic() + seconds

    def work(first: int) -> None:
        for path in itertools.islice(itertools.cycle(paths), first * 7, None):
            started = time.monotonic()
            if started >= end:
                return
            connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
            try:
                connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
                response = connection.getresponse()
                response.read()
                if response.status >= 400:
                    refused.append(f"{response.status} {path}")
            except (OSError, http.client.HTTPException) as error:
                broken.append(f"{error!r} {path}")
            finally:
                connection.close()
            times.append((time.monotonic() - started) * 1000)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cuts = statistics.quantiles(times, n=100) if len(times) > 1 else [0.0] * 99
    return Load(len(times) / seconds, cuts[49], cuts[94], cuts[98], len(refused), len(broken))


@dataclass(frozen=True, slots=True)
class Compared:
    """A target beside the constant view, over several rounds: middle of the rounds' ratios."""

    rate: float
    p99: float
    p95: float
    requests_per_second: float
    refused: int
    broken: int


def compared(
    address: str, paths: Sequence[str], *, rounds: int, seconds: float, say: Callable[[str], None], cookie: str = ""
) -> Compared:
    """Alternate between both, so that whatever else the machine does hits both. `cookie`: who asks for the target."""
    load(address, paths, 2, cookie)  # warm: connections, statement caches, pages that are kept
    pairs = []
    for _ in range(rounds):
        hello = load(address, [HELLO], seconds)
        target = load(address, paths, seconds, cookie)
        say(f"hello {hello.rate:.0f}/s, p99 {hello.p99:.1f} ms")
        say(f"      {target.rate:.0f}/s, p50 {target.p50:.1f}, p95 {target.p95:.1f}, p99 {target.p99:.1f} ms")
        pairs.append((hello, target))
    return Compared(
        rate=statistics.median(t.rate / h.rate for h, t in pairs),
        p99=statistics.median(t.p99 / h.p99 for h, t in pairs),
        p95=statistics.median(t.p95 for _, t in pairs),
        requests_per_second=statistics.median(t.rate for _, t in pairs),
        refused=sum(t.refused for _, t in pairs),
        broken=sum(t.broken for _, t in pairs),
    )
