"""The project's own source as syntax trees, for the house rules."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# Which rooms each room may import (docs: README, map of the rooms). Siblings do not know each other.
SIBLINGS = ("disclosure", "integrity", "creditfiles", "commitments", "sanctions")
BELOW = {
    "core": set[str](),
    "accounts": {"core"},
    "records": {"core", "accounts"},
    **{room: {"core", "accounts", "records"} for room in SIBLINGS},
    "supervision": {"core", "accounts", "records", *SIBLINGS},
    "sharing": {"core", "accounts", "records", *SIBLINGS, "supervision"},
    "portal": {"core", "accounts", "records", *SIBLINGS, "supervision", "sharing"},
    # Made-up data for demonstration and measuring: nothing of the product may need it.
    "demo": {"core", "accounts", "records", *SIBLINGS, "supervision", "sharing"},
}
WIRING = "huicheng_credit"


@dataclass(frozen=True)
class Source:
    path: Path
    tree: ast.Module

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def room(self) -> str:
        return self.name.split("/")[0]

    @property
    def lines(self) -> int:
        return len(self.path.read_text().splitlines())

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and dotted name of everything it imports, wherever in the file."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@cache
def sources(*, migrations: bool = False) -> tuple[Source, ...]:
    """Every module of the rooms and the wiring."""
    found = []
    for room in (*BELOW, WIRING):
        for path in sorted((ROOT / room).rglob("*.py")):
            if migrations or "migrations" not in path.parts:
                found.append(Source(path, ast.parse(path.read_text(), str(path))))
    return tuple(found)
