"""Who acts for which agency: added and ended, never deleted."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core import audit
from core.actors import Actor
from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.locks import locked
from records.models import Membership, Subject


def agencies_of(actor: Actor) -> list[tuple[int, str]]:
    """Agencies whose members this actor keeps: their own, or all for the credit office."""
    rows = Subject.objects.agencies().order_by("name")
    if not actor.has("credit_office", "system"):
        rows = rows.filter(pk__in=actor.unit_ids if actor.has("agency_admin") else [])
    return list(rows.values_list("pk", "name"))


def _may_keep(agency_id: int, actor: Actor) -> None:
    if actor.has("credit_office", "system") or (actor.has("agency_admin") and agency_id in actor.unit_ids):
        return
    raise NotAllowed("not_allowed", "只有本单位的部门管理员或信用办可以维护单位成员。")


@transaction.atomic
def add(username: str, agency_id: int, *, actor: Actor, since: date) -> Membership:
    """增加成员."""
    _may_keep(agency_id, actor)
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise Invalid("unknown_account", "没有此账号。", fields={"username": ["没有此登录名，或该账号已停用。"]})
    agency = Subject.objects.agencies().filter(pk=agency_id).first()
    if agency is None:
        raise NotFound("not_found", "没有找到该单位。")
    if Membership.objects.filter(user=user, agency=agency, until__isnull=True).exists():
        raise Invalid("already_member", "该账号已是此单位成员。", fields={"username": ["该账号已是此单位成员。"]})
    membership = Membership.objects.create(user=user, agency=agency, since=since)
    audit.record("records.member_added", membership, actor=actor)
    return membership


@transaction.atomic
def end(membership_id: int, *, actor: Actor, reason: str) -> Membership:
    """结束任职: from today on the person does not act for the agency."""
    membership: Membership = locked(Membership.objects.visible_to(actor), membership_id)
    _may_keep(membership.agency_id, actor)
    yesterday = timezone.localdate() - timedelta(days=1)
    if membership.until is not None and membership.until <= yesterday:
        raise WrongState("wrong_state", "该任职已经结束，请刷新后查看。")
    before, membership.until = membership.until, max(yesterday, membership.since - timedelta(days=1))
    membership.save(update_fields=["until"])
    changes = audit.difference({"until": before}, {"until": membership.until})
    audit.record("records.member_ended", membership, actor=actor, changes=changes, reason=reason)
    return membership
