"""Named reads. `visible_to` is the one filter by which staff find sanctions."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

from core.actors import Actor
from records.choices import PERSONAL_KINDS
from records.querysets import of_agencies
from sanctions.choices import EditionStatus, SanctionStatus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


class MeasureEditionQuerySet(models.QuerySet[Any]):
    def approved(self) -> Self:
        return self.filter(status=EditionStatus.APPROVED)

    def in_force(self, day: "date") -> Self:
        """Approved editions by which something may begin on that day."""
        open_or_later = Q(in_force_to__isnull=True) | Q(in_force_to__gte=day)
        return self.approved().filter(open_or_later, in_force_from__lte=day)


class SanctionQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> Self:
        """The agency that executes it, the one that decided its cause, the credit office and the auditors."""
        return self.filter(of_agencies(actor, "executor") | of_agencies(actor, "cause__agency"))

    def active(self) -> Self:
        return self.filter(status=SanctionStatus.ACTIVE)

    def to_execute(self) -> Self:
        """待执行: nobody has said yet that it is carried out."""
        return self.active().filter(executed_on__isnull=True)

    def to_stop(self) -> Self:
        """已解除、待停止执行."""
        return self.filter(status=SanctionStatus.LIFTED, stopped_on__isnull=True)

    def over_on(self, day: "date") -> Self:
        """Active ones whose last day is past."""
        return self.active().filter(ends_on__lt=day)

    def because_of(self, record_ids: "Iterable[int]") -> Self:
        return self.filter(cause__in=list(record_ids))

    def public(self, day: "date", categories: "Iterable[str]") -> Self:
        """What everybody may read: in force, of a public category, against a body, because of a public record."""
        rows = self.active().filter(starts_on__lte=day, measure__category__in=sorted(categories))
        rows = rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), cause__public_row__isnull=False)
        return rows.exclude(subject__kind__in=sorted(PERSONAL_KINDS))
