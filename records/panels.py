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


Maker = Callable[[Sequence[int], date], Panel]

_makers: dict[Maker, frozenset[str]] = {}


def register(maker: Maker, *, kinds: Iterable[str] = ()) -> None:
    """`maker(subject keys, day)` gives the panel of subjects of these kinds (none named: all), in few queries."""
    _makers[maker] = frozenset(map(str, kinds))


def panels(subject_ids: Sequence[int], day: date, *, kind: str, public: bool) -> Iterable[Panel]:
    made = (maker(subject_ids, day) for maker, kinds in _makers.items() if not kinds or kind in kinds)
    return [panel for panel in made if panel.public or not public]
