"""Claims: who works on which deliveries. Every function here is one short transaction, never around HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from records.models import Revision
from sharing.choices import AttemptOutcome
from sharing.choices import DeliveryState as S
from sharing.lifecycle import advance
from sharing.models import Attempt, Delivery, Platform
from sharing.payload import Public

SEND, ASK = "send", "ask"


@dataclass(frozen=True, slots=True)
class Batch:
    """Deliveries that this attempt holds, with the projections they carry."""

    attempt: Attempt
    deliveries: Sequence[Delivery]
    publics: dict[int, Public]


def limit_after(attempts: int, full: int) -> int:
    """Batches shrink by four with every failed try, so that one bad item ends up alone and the rest go on."""
    return max(1, full >> (2 * min(attempts, 8)))


@transaction.atomic
def claim_batch(platform: Platform, *, worker: str, now: datetime) -> Batch | None:
    """The next batch: recalls before reports, reports before questions about accepted ones. None: nothing is due.

    Compare-and-set under row locks that others skip; deliveries of one record never travel at the same time.
    """
    full = 1 if platform.probing(now) else settings.SHARING_BATCH
    choices = (
        (SEND, Delivery.objects.sendable(platform, S.RECALLING, now)),
        (SEND, Delivery.objects.sendable(platform, S.PENDING, now)),
        (ASK, Delivery.objects.unconfirmed(platform, now)),
    )
    for purpose, due in choices:
        # What never failed goes first, so that an item that always fails cannot stand in the way of the others.
        tried = due.order_by("attempts", "id").values_list("attempts", flat=True).first()
        if tried is None:
            continue
        rows, limit = due.order_by("attempts", "id"), full
        if purpose == SEND:
            rows, limit = rows.filter(attempts=tried), limit_after(tried, full)
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        if deliveries := list(rows[:limit]):
            return _claim(platform, purpose, deliveries, worker, now)
    return None


def _claim(platform: Platform, purpose: str, deliveries: Sequence[Delivery], worker: str, now: datetime) -> Batch:
    attempt = Attempt.objects.create(
        platform=platform, purpose=purpose, worker=worker, size=len(deliveries), started_at=now
    )
    Delivery.objects.filter(pk__in=[d.pk for d in deliveries]).update(claimed_at=now, attempt=attempt)
    wanted = [d.revision_id for d in deliveries] if purpose == SEND else []
    publics = dict(Revision.objects.filter(pk__in=wanted).values_list("pk", "public"))
    return Batch(attempt, deliveries, publics)


def still_ours(batch: Batch) -> list[int]:
    """Lock and return the deliveries that this attempt still holds; a claim may have been taken for stale."""
    rows = Delivery.objects.filter(
        pk__in=[d.pk for d in batch.deliveries], attempt=batch.attempt, claimed_at__isnull=False
    ).order_by("pk")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    return list(rows.values_list("pk", flat=True))


@transaction.atomic
def release_stale(*, now: datetime) -> int:
    """Free what dead workers held. They may have sent it: the idempotency key makes sending again harmless."""
    stale = Delivery.objects.claimed_before(now - timedelta(seconds=settings.SHARING_CLAIM_SECONDS))
    attempts = set(stale.values_list("attempt", flat=True))
    freed = stale.update(claimed_at=None)
    Attempt.objects.filter(pk__in=attempts, outcome=AttemptOutcome.OPEN).update(
        outcome=AttemptOutcome.ABANDONED, finished_at=now, message="执行进程中断，已释放，将重新报送"
    )
    advance(Delivery.objects.filter(attempt__in=attempts).outdated(), "supersede")
    return freed
