"""Named reads. `visible_to` is the one filter by which staff find anything of the ledger."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan

from core.actors import Actor
from core.search import Way
from core.text import fold_document_number, fold_text
from records.choices import PERSONAL_KINDS, RecordStatus

if TYPE_CHECKING:
    from datetime import date

# Roles that see every agency's rows (the three separated administrators see none: 三员分立).
DISTRICT_WIDE = ("credit_office", "auditor", "system")


def of_agencies(actor: Actor, path: str) -> Q:
    """Rows of the agencies this actor may look into; `path` leads to the agency."""
    if actor.has(*DISTRICT_WIDE):
        return Q()
    if actor.has("clerk", "reviewer", "agency_admin"):
        return Q(**{f"{path}__in": sorted(actor.unit_ids)})
    return Q(pk__in=[])


class SubjectQuerySet(models.QuerySet[Any]):
    def public(self) -> "SubjectQuerySet":
        """Bodies; never officials or natural persons (个人信息保护法 28)."""
        return self.exclude(kind__in=sorted(PERSONAL_KINDS))

    def agencies(self) -> "SubjectQuerySet":
        return self.filter(kind="agency")

    def matching(self, query: str) -> "SubjectQuerySet":
        """Any two characters of any name, former ones included, or of a code."""
        return self.filter(terms__has=query)

    def visible_to(self, actor: Actor) -> "SubjectQuerySet":
        """Bodies are shared reference data; people only to the agencies that decided about them."""
        if actor.has(*DISTRICT_WIDE):
            return self.all()
        if not actor.has("clerk", "reviewer", "agency_admin"):
            return self.none()
        mine = Q(records__agency__in=sorted(actor.unit_ids))
        return self.filter(~Q(kind__in=sorted(PERSONAL_KINDS)) | mine).distinct()


class CreditRecordQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> "CreditRecordQuerySet":
        return self.filter(of_agencies(actor, "agency"))

    def waiting(self) -> "CreditRecordQuerySet":
        return self.filter(status=RecordStatus.SUBMITTED)

    def expired_on(self, day: "date") -> "CreditRecordQuerySet":
        """Published records whose last public day is before `day`."""
        return self.filter(status=RecordStatus.PUBLISHED, publish_until__lt=day)

    def opening_on(self, day: "date") -> "CreditRecordQuerySet":
        """Approved records that a rule opens by `day`."""
        return self.filter(status=RecordStatus.APPROVED, publish_from__lte=day)

    def found_by(self, query: str) -> "CreditRecordQuerySet":
        """Staff search: document number in any bracket style, or any two characters of the subject's names."""
        by_number = Q(document_number_folded=fold_document_number(query))
        if len(fold_text(query)) < 2:
            return self.filter(by_number)
        from records.models import Subject

        subjects = Subject.objects.matching(query).values("pk")[:1000]
        return self.filter(by_number | Q(subject__in=subjects))


class PublicRecordQuerySet(models.QuerySet[Any]):
    def newest_first(self) -> "PublicRecordQuerySet":
        return self.order_by("-decided_on", "-record_id")

    def matching(self, query: str) -> "PublicRecordQuerySet":
        return self.filter(terms__has=query)

    def on_way(self, way: Way) -> "PublicRecordQuerySet":
        """One slice of what matches (core/search/ways.py)."""
        rows = self.filter(terms__checked=way.whole)
        if way.narrow:
            rows = rows.filter(terms__narrowed=way.narrow)
        if way.since:
            rows = rows.filter(decided_on__gte=way.since)
        if not way.before:
            return rows
        # The last slice is nearly all there is: days are compared on the few rows that come, not looked up.
        day = F("decided_on") if way.since else Coalesce(F("decided_on"), F("decided_on"))
        return rows.filter(LessThan(day, way.before))

    def with_content(self) -> "PublicRecordQuerySet":
        return self.select_related("revision")


class ChangeRequestQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> "ChangeRequestQuerySet":
        return self.filter(of_agencies(actor, "record__agency"))


class MembershipQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> "MembershipQuerySet":
        """The security administrator sees who works where, to grant roles by it; no business data comes with it."""
        return self.all() if actor.has("security_admin") else self.filter(of_agencies(actor, "agency"))


class ImportBatchQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> "ImportBatchQuerySet":
        return self.filter(of_agencies(actor, "agency"))


class ApiKeyQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> "ApiKeyQuerySet":
        return self.filter(of_agencies(actor, "agency"))
