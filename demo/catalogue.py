"""What each agency licenses and penalises: read from licences.toml and penalties.toml beside this file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from demo.agencies import Agency, by_key, town_agencies

Range = tuple[int, int]
NONE: Range = (0, 0)


@dataclass(frozen=True, slots=True)
class Case:
    """What both have. `agency`: its key, or "town" for every street and town. `businesses`: whose business it is
    about; empty for any. `slots`: words to choose from, by the name with which the texts use them. Texts may also use
    {party}, {day}, {address}, {town} and {count}. `persons`: a natural person may be the party."""

    agency: str
    businesses: tuple[str, ...] = ()
    slots: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    persons: bool = False
    weight: int = 10

    def agencies(self) -> tuple[Agency, ...]:
        return town_agencies() if self.agency == "town" else (by_key()[self.agency],)


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyCase(Case):
    """`fine` and `gains` (没收违法所得): from and to, in yuan. `goods`: what is confiscated. `extra`: further
    categories, each with what the decision orders. `simple`: so many of a hundred are decided on the spot."""

    violation: str
    facts: str
    basis: str
    fine: Range = NONE
    gains: Range = NONE
    goods: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    certificate: str = ""
    simple: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceCase(Case):
    """`number`: the certificate's number with {year} and {n}. `years`: how long it holds, 0 for ever.
    `as_document`: the decision has no number of its own, so the certificate's stands for it (as the standard says)."""

    title: str
    category: str
    content: str
    years: int
    certificate: str = ""
    number: str = ""
    as_document: bool = False


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_tuples, value))
    if isinstance(value, dict):
        return {k: _tuples(v) for k, v in value.items()}
    return value


def _read(name: str) -> list[dict[str, Any]]:
    cases = tomllib.loads((Path(__file__).parent / name).read_text())["case"]
    return [_tuples(case) for case in cases]


@cache
def penalties() -> tuple[PenaltyCase, ...]:
    return tuple(PenaltyCase(**case) for case in _read("penalties.toml"))


@cache
def licences() -> tuple[LicenceCase, ...]:
    return tuple(LicenceCase(**case) for case in _read("licences.toml"))
