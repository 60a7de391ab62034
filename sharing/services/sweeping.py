"""The sweep: finds everything that is due, whatever message was lost. Running it twice changes nothing."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from sharing.choices import AttemptOutcome
from sharing.models import Attempt, Delivery, Platform
from sharing.querysets import OPEN
from sharing.services.claims import release_stale
from sharing.services.fan_out import fan_out


def sweep(*, enqueue: Callable[[int], Any], now: datetime | None = None) -> dict[str, int]:
    """Fan out, free what dead workers held, and `enqueue` one push per platform with work and a free slot.

    What is not sealed yet comes with the next sweep: numbering is the ledger's own work (records.services.seal).
    """
    moment = now or timezone.now()
    freed = release_stale(now=moment)
    made = sum(fan_out(platform.pk, now=moment) for platform in Platform.objects.enabled())
    woken = 0
    for platform in Platform.objects.enabled():
        if platform.address and not platform.paused(moment) and _has_room(platform) and has_work(platform, moment):
            enqueue(platform.pk)
            woken += 1
    return {"deliveries": made, "freed": freed, "pushed": woken}


def has_work(platform: Platform, now: datetime) -> bool:
    # A state at a time: each is one range of the index of due deliveries.
    return any(Delivery.objects.free(platform, now).filter(state=state).exists() for state in OPEN)


def _has_room(platform: Platform) -> bool:
    running = Attempt.objects.filter(platform=platform, outcome=AttemptOutcome.OPEN)
    # A worker may have two batches open: one on its way, the next one ready.
    return running.order_by().values("worker").distinct().count() < settings.SHARING_PUSHERS
