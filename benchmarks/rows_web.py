"""Rows about pages and the API: requests through the real server, beside a view that returns a constant."""

from collections.abc import Sequence

from benchmarks import queries
from benchmarks.load import Compared, compared
from benchmarks.measuring import Run
from benchmarks.server import served
from benchmarks.table import Line, at_least, at_most

# More addresses than a process keeps pages, one after the other: none is met while it is still kept. What pages share
# (calendar, names of agencies) stays in the process, as in production.
ADDRESSES = 4_000
SEARCH, PAGES, LISTS = "检索接口", "记录页、主体页（不缓存）", "首页与列表（缓存）"


def against_hello(run: Run, address: str, paths: Sequence[str], cookie: str = "") -> Compared:
    """Raises when requests are refused: what is measured must be the page."""
    result = compared(address, paths, rounds=run.rounds, seconds=run.seconds, say=run.say, cookie=cookie)
    if result.refused or result.broken > 3:
        raise RuntimeError(f"{result.refused} 个请求被拒，{result.broken} 个连接中断，例如 {paths[0]}")
    return result


def search(run: Run) -> list[Line]:
    """First page, mixed queries: two to eight characters, rare and common, document numbers, codes."""
    with served(KEEP_PAGES="1") as address:
        result = against_hello(run, address, queries.search_paths(run.random))
    return [
        at_least(SEARCH, "每秒请求", result.rate, 0.5, "hello", f"{result.requests_per_second:.0f} 个/秒"),
        at_most(SEARCH, "p99", result.p99, 10, "hello 的 p99"),
        Line(SEARCH, "p95", "", f"{result.p95:.1f} 毫秒", None),
    ]


def pages(run: Run) -> list[Line]:
    lines = []
    with served(KEEP_PAGES="1") as address:
        for what, paths in (
            ("记录页", queries.record_paths(run.random, ADDRESSES)),
            ("主体页", queries.subject_paths(run.random, ADDRESSES)),
        ):
            result = against_hello(run, address, paths)
            lines.append(at_least(PAGES, what, result.rate, 0.4, "hello", f"{result.requests_per_second:.0f} 个/秒"))
    return lines


def lists(run: Run) -> list[Line]:
    with served(KEEP_PAGES="1") as address:
        result = against_hello(run, address, queries.list_paths(run.random))
    return [at_least(LISTS, "每秒请求", result.rate, 0.8, "hello", f"{result.requests_per_second:.0f} 个/秒")]
