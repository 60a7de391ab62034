"""上级平台: how we stand with each, what was tried, what the nightly comparison found."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.choices import Role
from core import desk
from core.actors import Actor
from core.admin import actor_of
from core.pages import render
from sharing.admin.words import RUN, outcome_badge, platform_badge
from sharing.choices import REQUEUED, DeliveryState, RunState
from sharing.models import Delivery, Platform, ReconciliationDifference, ReconciliationRun
from sharing.permissions import may_run_platforms
from sharing.services.fan_out import last_sealed

CAP = 9_999
PAGE = 100
QUEUES = (DeliveryState.PENDING, DeliveryState.ACCEPTED, DeliveryState.RECALLING)
# The system administrator keeps the lines open; the records themselves are none of that role's business.
sees_platforms = desk.roles(Role.CREDIT_OFFICE, Role.AUDITOR, Role.SYSTEM_ADMIN)
sees_differences = desk.roles(Role.CREDIT_OFFICE, Role.AUDITOR)


@desk.page("platforms/", "platforms", may=sees_platforms)
def platforms(request: HttpRequest) -> HttpResponseBase:
    now, last = timezone.now(), last_sealed()
    rows = [overview(platform, now, last) for platform in Platform.objects.all()]
    return render(request, "admin/sharing/platforms.html", {"title": "上级平台", "rows": rows, "now": now})


def overview(platform: Platform, now: datetime, last: int) -> dict[str, Any]:
    run = platform.reconciliations.exclude(state=RunState.RUNNING).first()
    return {
        "platform": platform,
        "badge": platform_badge(platform, now),
        "queues": [(state.label, state.value, _count(platform, state)) for state in QUEUES],
        "refused": capped(Delivery.objects.filter(platform=platform).refused()),
        "behind": max(0, last - platform.cursor_seq),
        "run": run,
        "run_badge": RUN[RunState(run.state)] if run else None,
    }


def _count(platform: Platform, state: DeliveryState) -> str:
    """Waiting or out with a worker; both parts are ranges of small indexes."""
    rows = Delivery.objects.filter(platform=platform, state=state)
    waiting = rows.filter(next_try_at__isnull=False)[: CAP + 1].count()
    claimed = rows.filter(claimed_at__isnull=False)[: CAP + 1].count()
    return _plus(waiting + claimed)


def capped(rows: Any) -> str:
    return _plus(rows.order_by()[: CAP + 1].count())


def _plus(count: int) -> str:
    return f"{CAP:,}+" if count > CAP else f"{count:,}"


@desk.page("platforms/<slug:code>/", "platform", may=sees_platforms)
def platform(request: HttpRequest, code: str) -> HttpResponseBase:
    actor, now = actor_of(request), timezone.now()
    found = the_platform(code)
    attempts = found.attempts.order_by("-id")[:50]
    context = overview(found, now, last_sealed()) | {
        "title": found.name,
        "attempts": [{"attempt": one, "badge": outcome_badge(one.outcome)} for one in attempts],
        "runs": [{"run": one, "badge": RUN[RunState(one.state)]} for one in found.reconciliations.all()[:30]],
        "tables": tables_of(found),
        "acts": acts_of(found, actor, now),
        "sees_differences": sees_differences(actor),
    }
    return render(request, "admin/sharing/platform.html", context)


def the_platform(code: str) -> Platform:
    found: Platform | None = Platform.objects.filter(code=code).first()
    if found is None:
        raise Http404
    return found


def acts_of(found: Platform, actor: Actor, now: datetime) -> dict[str, bool]:
    """Which buttons this actor gets."""
    may = may_run_platforms(found, actor) is None
    return {
        "retry": may and (found.paused(now) or found.failures > 0),
        "reconcile": may and bool(found.address),
        "switch": may,
    }


def tables_of(found: Platform) -> list[dict[str, Any]]:
    """The field maps, table by table."""
    tables: dict[tuple[str, str], dict[str, Any]] = {}
    for row in found.field_maps.order_by("kind", "party", "position"):
        head = {"table": row.table, "kind": row.get_kind_display(), "party": row.get_party_display(), "rows": []}
        tables.setdefault((row.kind, row.party), head)["rows"].append(row)
    return list(tables.values())


@desk.page("reconciliations/<int:pk>/", "reconciliation", may=sees_differences)
def reconciliation(request: HttpRequest, pk: int) -> HttpResponseBase:
    run = ReconciliationRun.objects.select_related("platform").filter(pk=pk).first()
    if run is None:
        raise Http404
    after = request.GET.get("after", "")
    rows = run.rows.select_related("record", "record__subject").order_by("pk")
    if after.isascii() and after.isdigit():
        rows = rows.filter(pk__gt=int(after[:18]))
    page: list[ReconciliationDifference] = list(rows[: PAGE + 1])
    context = {
        "title": f"核对：{run.platform.name}",
        "run": run,
        "badge": RUN[RunState(run.state)],
        "rows": [{"row": row, "repaired": row.kind in REQUEUED} for row in page[:PAGE]],
        "following": page[PAGE - 1].pk if len(page) > PAGE else "",
    }
    return render(request, "admin/sharing/reconciliation.html", context)
