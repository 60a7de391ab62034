"""Named reads. `visible_to` is the one filter by which staff find anything of the ledger."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan

from core.actors import Actor
from core.search import Way
from core.text import fold_document_number, fold_text
from records.choices import (
    PERSONAL_KINDS,
    ChangeKind,
    ChangeStatus,
    RecordStatus,
    RuleStatus,
    SubjectKind,
    Verification,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

# Roles that see every agency's rows (the three separated administrators see none: 三员分立).
DISTRICT_WIDE = ("credit_office", "auditor", "system")


# A word that more merged subjects share is no way to find one of them.
MOST_MERGED = 200


def of_agencies(actor: Actor, path: str) -> Q:
    """Rows of the agencies this actor may look into; `path` leads to the agency."""
    if actor.has(*DISTRICT_WIDE):
        return Q()
    if actor.has("clerk", "reviewer", "agency_admin"):
        return Q(**{f"{path}__in": sorted(actor.unit_ids)})
    return Q(pk__in=[])


def in_class_of(rules: "Iterable[Any]") -> Q:
    """Records that one of these publication rules is about (policy.is_about, in SQL), decided before its end."""
    where = Q(pk__in=[])
    everybody = ~Q(subject__kind__in=sorted(PERSONAL_KINDS))
    for rule in rules:
        about = Q(kind=rule.kind) & (Q(subject__kind=rule.subject_kind) if rule.subject_kind else everybody)
        about &= Q(category=rule.category) if rule.category else Q()
        about &= Q(tier=rule.tier) if rule.tier else Q()
        where |= about & (Q(decided_on__lte=rule.in_force_to) if rule.in_force_to else Q())
    return where


class SubjectQuerySet(models.QuerySet[Any]):
    def public(self) -> "SubjectQuerySet":
        """Bodies; never officials or natural persons (个人信息保护法 28)."""
        return self.exclude(kind__in=sorted(PERSONAL_KINDS))

    def known_to_public(self) -> "SubjectQuerySet":
        """Agencies, verified bodies, and whom public records are about. An entry that nobody has approved makes a
        subject known to the staff, not to the public."""
        from records.models import PublicRecord

        on_pages = Exists(PublicRecord.objects.filter(subject=OuterRef("pk")))
        known = Q(kind=SubjectKind.AGENCY) | Q(verification=Verification.VERIFIED)
        shown = Case(When(known, then=True), default=on_pages)
        bodies: SubjectQuerySet = self.public().annotate(shown=shown).filter(shown=True)
        return bodies

    def agencies(self) -> "SubjectQuerySet":
        return self.filter(kind="agency")

    def matching(self, query: str) -> "SubjectQuerySet":
        """Any two characters of any name, former ones included, or of a code."""
        return self.filter(terms__has=query)

    def found_by(self, query: str) -> "SubjectQuerySet":
        """As `matching`, and whoever something that matches was merged into."""
        merged = self.model._default_manager.filter(merged_into__isnull=False).matching(query)
        survivors = list(merged.values_list("merged_into", flat=True)[:MOST_MERGED])
        return self.filter(Q(terms__has=query) | Q(pk__in=survivors)) if survivors else self.matching(query)

    def visible_to(self, actor: Actor) -> "SubjectQuerySet":
        """Bodies are shared reference data; people only to the agencies that decided about them."""
        if actor.has(*DISTRICT_WIDE):
            return self.all()
        if not actor.has("clerk", "reviewer", "agency_admin"):
            return self.none()
        from records.models import Tenure

        mine = Q(records__agency__in=sorted(actor.unit_ids))
        # Officials: the agencies that they work or worked for.
        own = Q(pk__in=Tenure.objects.filter(agency__in=sorted(actor.unit_ids)).values("official"))
        return self.filter(~Q(kind__in=sorted(PERSONAL_KINDS)) | mine | own).distinct()

    def standing(self) -> "SubjectQuerySet":
        """Subjects in their own right: those that turned out to be another are read as that one."""
        return self.filter(merged_into__isnull=True)

    def family(self, *pks: int) -> "SubjectQuerySet":
        """These subjects and whatever was merged into them."""
        return self.filter(Q(pk__in=pks) | Q(merged_into__in=pks))


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

    def decided_by_policy(self) -> "CreditRecordQuerySet":
        """Records about which a rule change can still say something: approved, public or not, and not ended."""
        return self.filter(status__in=[RecordStatus.APPROVED, RecordStatus.PUBLISHED])

    def found_by(self, query: str) -> "CreditRecordQuerySet":
        """Staff search: document number in any bracket style, or any two characters of the subject's names."""
        by_number = Q(document_number_folded=fold_document_number(query))
        if len(fold_text(query)) < 2:
            return self.filter(by_number)
        from records.models import Subject

        subjects = Subject.objects.matching(query).values("pk")[:1000]
        return self.filter(by_number | Q(subject__in=subjects))


class PublicationRuleQuerySet(models.QuerySet[Any]):
    def approved(self) -> "PublicationRuleQuerySet":
        """Those that decide; proposed and refused ones never do."""
        return self.filter(status=RuleStatus.APPROVED)

    def to_apply(self, day: "date") -> "PublicationRuleQuerySet":
        """Approved versions whose day has come and that the sweep has not yet carried out on earlier records."""
        return self.approved().filter(applies_to_earlier=True, applied_on__isnull=True, in_force_from__lte=day)


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

    def withdrawals_of(self, batch_id: int) -> "ChangeRequestQuerySet":
        """Withdrawals of one import batch's records that nobody has decided yet."""
        return self.filter(record__batch_id=batch_id, kind=ChangeKind.WITHDRAW, status=ChangeStatus.PROPOSED)


class MembershipQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> "MembershipQuerySet":
        """The security administrator sees who works where, to grant roles by it; no business data comes with it."""
        return self.all() if actor.has("security_admin") else self.filter(of_agencies(actor, "agency"))


class ImportBatchQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> "ImportBatchQuerySet":
        return self.filter(of_agencies(actor, "agency"))

    def approving(self) -> "ImportBatchQuerySet":
        """整批审核 in the background: not done yet, or not carried out while something still waits."""
        from records.models import CreditRecord

        waiting = CreditRecord.objects.waiting().filter(batch=OuterRef("pk"))
        told = Q(approval_by__isnull=False) | ~Q(approval_problem="") & Exists(waiting)
        return self.filter(told, approval_at__isnull=False)


class ApiKeyQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> "ApiKeyQuerySet":
        return self.filter(of_agencies(actor, "agency"))


class EntryDraftQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> "EntryDraftQuerySet":
        """The agency's clerks only: what is not finished is nobody else's business yet, the credit office's neither."""
        if not actor.has("clerk"):
            return self.none()
        return self.filter(agency__in=sorted(actor.unit_ids))


class AgencyProfileQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(of_agencies(actor, "subject"))


class SuccessionQuerySet(models.QuerySet[Any]):
    def touching(self, pks: "Iterable[int]") -> Self:
        keys = list(pks)
        return self.filter(Q(predecessor__in=keys) | Q(successor__in=keys))


class OfficialProfileQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> Self:
        """The agencies that somebody works or worked for, the credit office and the auditors."""
        if actor.has(*DISTRICT_WIDE):
            return self.all()
        if not actor.has("clerk", "reviewer", "agency_admin"):
            return self.none()
        from records.models import Tenure

        return self.filter(subject__in=Tenure.objects.filter(agency__in=sorted(actor.unit_ids)).values("official"))


class TenureQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> Self:
        return self.filter(of_agencies(actor, "agency"))

    def on(self, day: "date") -> Self:
        """Held on that day: with `heads()`, who was responsible."""
        return self.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=day), started_on__lte=day)

    def heads(self) -> Self:
        """主要负责人, over time."""
        return self.filter(is_head=True)
