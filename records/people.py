"""Accounts as actors: who is acting, for which agencies, with which roles."""

from datetime import date
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import RoleGrant, User
from core.actors import Actor, Door
from core.compiled import CompiledQuery
from records.models import Membership

# As much as the trail keeps of the names of a person's agencies.
UNIT = 200


def _agencies(user: int, today: date) -> Any:
    open_now = Q(until__isnull=True) | Q(until__gte=today)
    memberships = Membership.objects.filter(open_now, user=user, since__lte=today).order_by("since")
    return memberships.values_list("agency_id", "agency__name")


# Read by every page of the staff and every call of the department API.
AGENCIES = CompiledQuery(_agencies)
ROLES = CompiledQuery(lambda user: RoleGrant.objects.filter(user=user).order_by().values_list("role"))


def actor_for(user: User, *, door: str = Door.STAFF, request_id: str = "") -> Actor:
    """The actor behind an account today; two queries, never cached beyond the request."""
    agencies = AGENCIES(user.pk, timezone.localdate())
    return Actor(
        user_id=user.pk,
        name=user.display_name or user.username,
        unit="、".join(name for _, name in agencies)[:UNIT],
        roles=frozenset(role for (role,) in ROLES(user.pk)),
        unit_ids=frozenset(pk for pk, _ in agencies),
        door=door,
        request_id=request_id,
    )


def actor_of(request: HttpRequest, *, door: str = Door.STAFF) -> Actor:
    """The actor of this request, computed once per request."""
    known = getattr(request, "_actor", None)
    if known is None:
        user = request.user
        request_id = getattr(request, "request_id", "")
        known = (
            actor_for(user, door=door, request_id=request_id)
            if isinstance(user, User)
            else Actor(user_id=None, name="访客", door=Door.PORTAL, request_id=request_id)
        )
        request._actor = known  # type: ignore[attr-defined]
    return known
