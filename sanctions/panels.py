"""因此采取的惩戒措施 in every credit file: what everybody may read of bodies, and what only authorised readers may."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Exists, OuterRef

from core.formats import day
from records.choices import Visibility
from records.models import PublicRecord
from records.panels import Panel
from sanctions.choices import SanctionStatus
from sanctions.models import Sanction
from sanctions.policy import period, public_categories

MOST = 100
DECIDED = (SanctionStatus.ACTIVE, SanctionStatus.LIFTED)


def public_sanctions(subject_ids: Sequence[int], on: date) -> Panel:
    """In force, of a public category, because of a public record; registered for bodies only."""
    shown = [s for s, public in _read(subject_ids, on) if public]
    return Panel("因此采取的惩戒措施", _lines(shown), "没有正在执行、向社会公开的惩戒措施。", public=True)


def other_sanctions(subject_ids: Sequence[int], on: date) -> Panel:
    """The rest of a body's: ended, of a category or because of a record that is not public."""
    rest = [s for s, public in _read(subject_ids, on) if not public]
    return Panel("不向社会公开的惩戒措施", _lines(rest), "没有其他惩戒措施。")


def sanctions_of_person(subject_ids: Sequence[int], on: date) -> Panel:
    """Of officials and natural persons: never public."""
    return Panel("因此采取的惩戒措施", _lines(s for s, _ in _read(subject_ids, on)), "没有惩戒措施。")


def _read(subject_ids: Sequence[int], on: date) -> list[tuple[Sanction, bool]]:
    """Decided ones whose cause no rule keeps from everybody, with whether a body's may be public on that day."""
    rows = Sanction.objects.filter(subject__in=list(subject_ids), status__in=DECIDED)
    rows = rows.exclude(cause__visibility=Visibility.INTERNAL).select_related("measure", "cause", "executor")
    rows = rows.annotate(cause_public=Exists(PublicRecord.objects.filter(record=OuterRef("cause"))))
    found = list(rows.order_by("-starts_on", "-pk")[:MOST])
    categories = public_categories(on) if found else frozenset()
    return [(s, s.cause_public and _in_force(s, on) and s.measure.category in categories) for s in found]


def _in_force(s: Sanction, on: date) -> bool:
    return s.status == SanctionStatus.ACTIVE and s.starts_on <= on and (s.ends_on is None or on <= s.ends_on)


def _lines(rows: Iterable[Sanction]) -> tuple[tuple[str, str], ...]:
    return tuple(_line(s) for s in rows)


def _line(s: Sanction) -> tuple[str, str]:
    state = f"已于{day(s.lifted_on)}解除" if s.lifted_on else period(s.starts_on, s.ends_on)
    return day(s.starts_on), f"{s.measure.name}（{s.executor.name}执行），因{s.cause}，{state}"
