"""因此采取的惩戒措施 in every credit file: what everybody may read of bodies, and what only authorised readers may."""

from collections.abc import Sequence
from datetime import date

from django.db.models import QuerySet

from core.formats import day
from records.choices import Visibility
from records.panels import Panel
from sanctions.choices import SanctionStatus
from sanctions.models import Sanction
from sanctions.policy import period, public_categories

MOST = 100
DECIDED = (SanctionStatus.ACTIVE, SanctionStatus.LIFTED)


def public_sanctions(subject_ids: Sequence[int], on: date) -> Panel:
    """In force, of a public category, because of a public record; registered for bodies only."""
    rows = Sanction.objects.public(on, public_categories(on)).filter(subject__in=list(subject_ids))
    return Panel("因此采取的惩戒措施", _lines(rows), "没有正在执行、向社会公开的惩戒措施。", public=True)


def other_sanctions(subject_ids: Sequence[int], on: date) -> Panel:
    """The rest of a body's: ended, of a category or because of a record that is not public."""
    shown = Sanction.objects.public(on, public_categories(on)).filter(subject__in=list(subject_ids))
    rows = _readable(subject_ids).exclude(pk__in=shown.values("pk"))
    return Panel("不向社会公开的惩戒措施", _lines(rows), "没有其他惩戒措施。")


def sanctions_of_person(subject_ids: Sequence[int], on: date) -> Panel:
    """Of officials and natural persons: never public."""
    return Panel("因此采取的惩戒措施", _lines(_readable(subject_ids)), "没有惩戒措施。")


def _readable(subject_ids: Sequence[int]) -> "QuerySet[Sanction]":
    """Decided ones whose cause no rule keeps from everybody."""
    rows = Sanction.objects.filter(subject__in=list(subject_ids), status__in=DECIDED)
    return rows.exclude(cause__visibility=Visibility.INTERNAL)


def _lines(rows: "QuerySet[Sanction]") -> tuple[tuple[str, str], ...]:
    found = rows.select_related("measure", "cause", "executor").order_by("-starts_on", "-pk")[:MOST]
    return tuple(_line(s) for s in found)


def _line(s: Sanction) -> tuple[str, str]:
    state = f"已于{day(s.lifted_on)}解除" if s.lifted_on else period(s.starts_on, s.ends_on)
    return day(s.starts_on), f"{s.measure.name}（{s.executor.name}执行），因{s.cause}，{state}"
