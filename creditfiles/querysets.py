"""Named reads of looks and reports."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from core.actors import Actor
from core.models import AppendOnlyQuerySet
from creditfiles.choices import IdentityCheck
from records.models import Tenure

# Who sees every look: supervision (审计、信用办). Others see their own.
SEE_ALL = ("auditor", "credit_office", "system")


class QueryLogQuerySet(AppendOnlyQuerySet):
    def visible_to(self, actor: Actor) -> "QueryLogQuerySet":
        """Auditors and the credit office all; an agency's administrator what concerned the agency; else one's own."""
        if actor.has(*SEE_ALL):
            return self.all()
        mine = Q(user=actor.user_id)
        if actor.has("agency_admin"):
            mine |= Q(subject__in=sorted(actor.unit_ids))
        return self.filter(mine)


class CreditReportQuerySet(AppendOnlyQuerySet):
    def visible_to(self, actor: Actor) -> "CreditReportQuerySet":
        """Who ordered it, and the auditors."""
        if actor.has("auditor", "system"):
            return self.all()
        mine = Q(query__user=actor.user_id) | Q(order__ordered_by=actor.user_id) | Q(lookup__user=actor.user_id)
        return self.filter(mine)


class LookupQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> "LookupQuerySet":
        """Whoever asked; what an agency's system asked, the agency's administrator; supervision reads all."""
        if actor.has(*SEE_ALL):
            return self.all()
        mine = Q(user=actor.user_id) if actor.user_id is not None else Q(pk__in=[])
        if actor.has("agency_admin"):
            mine |= Q(agency__in=sorted(actor.unit_ids))
        return self.filter(mine)

    def asked_by(self, actor: Actor) -> "LookupQuerySet":
        """What counts towards the daily limit of this person, or of this agency's systems."""
        if actor.user_id is not None:
            return self.filter(user=actor.user_id)
        return self.filter(user=None, agency__in=sorted(actor.unit_ids))


class ReportOrderQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> "ReportOrderQuerySet":
        return self.all() if actor.has("auditor", "system") else self.filter(ordered_by=actor.user_id)


class LookupLineQuerySet(models.QuerySet[Any]):
    def with_subjects(self) -> "LookupLineQuerySet":
        """For reading: the subject's name, and nothing of it that would have to be deciphered."""
        return self.select_related("subject").defer("subject__id_number", "subject__terms")


class OwnAccessQuerySet(models.QuerySet[Any]):
    def with_owner(self) -> "OwnAccessQuerySet":
        """With the rule and whose file it opens, and nothing of them that would have to be deciphered."""
        owners = self.select_related("rule", "subject__merged_into")
        return owners.defer("subject__id_number", "subject__merged_into__id_number")

    def visible_to(self, actor: Actor) -> "OwnAccessQuerySet":
        """Supervision all; an agency's administrator those that an administrator issued to officials who work there:
        what somebody fetched at the credit office is no business of the agency's."""
        if actor.has(*SEE_ALL):
            return self.all()
        if not actor.has("agency_admin"):
            return self.none()
        posts = Tenure.objects.on(timezone.localdate()).filter(agency__in=sorted(actor.unit_ids))
        return self.filter(identity_check=IdentityCheck.AGENCY, subject__in=posts.values("official"))
