"""Accounts as actors: who is acting, for which agencies, with which roles."""

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from core.actors import Actor, Door

# As much as the trail keeps of the names of a person's agencies.
UNIT = 200


def actor_for(user: User, *, door: str = Door.STAFF, request_id: str = "") -> Actor:
    """The actor behind an account today; two queries, never cached beyond the request."""
    today = timezone.localdate()
    open_now = Q(until__isnull=True) | Q(until__gte=today)
    memberships = list(user.memberships.filter(open_now, since__lte=today).order_by("since").select_related("agency"))
    return Actor(
        user_id=user.pk,
        name=user.display_name or user.username,
        unit="、".join(m.agency.name for m in memberships)[:UNIT],
        roles=frozenset(user.role_grants.values_list("role", flat=True)),
        unit_ids=frozenset(m.agency_id for m in memberships),
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
