"""What upper rooms add to every credit file (信用档案): registered at start-up, read by room creditfiles."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Panel:
    """A heading, lines (label, value), and the sentence for none. `public`: may stand in the public version."""

    title: str
    lines: tuple[tuple[str, str], ...] = ()
    empty: str = ""
    public: bool = False


Maker = Callable[[Sequence[int], date], Panel | None]

_makers: list[Maker] = []


def register(maker: Maker) -> None:
    """`maker(subject keys, day)` gives the panel, None for subjects that it is not about; a fixed number of queries."""
    if maker not in _makers:
        _makers.append(maker)


def panels(subject_ids: Sequence[int], day: date, *, public: bool) -> Iterable[Panel]:
    made = (maker(subject_ids, day) for maker in _makers)
    return [panel for panel in made if panel and (panel.public or not public)]
