"""Claims: who works on which deliveries. Every function here is one short transaction, never around HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Cast

from core.locks import locked
from records.models import Revision
from sharing.choices import AttemptOutcome
from sharing.choices import DeliveryState as S
from sharing.lifecycle import supersede
from sharing.models import Attempt, Delivery, Platform
from sharing.payload import Parcel

SEND, ASK = "send", "ask"


@dataclass(frozen=True, slots=True)
class Batch:
    """What this attempt holds; when it is to be sent, with the projections (as JSON text) by delivery."""

    attempt: Attempt
    parcels: Sequence[Parcel]
    publics: dict[int, str]


def limit_after(attempts: int, full: int) -> int:
    """Batches shrink by four with every failed try, so that one bad item ends up alone and the rest go on."""
    return max(1, full >> (2 * min(attempts, 8)))


@transaction.atomic
def claim_batch(platform_id: int, *, worker: str, now: datetime) -> Batch | None:
    """The next batch: recalls before reports, reports before questions about accepted ones. None: nothing is due.

    Claims of one platform are serialised by the lock on its row, and so against its fan-out: deliveries of one record
    never travel at the same time. Other writers touch only rows that are claimed or settled.
    """
    platform = locked(Platform.objects.all(), platform_id)
    if platform.paused(now) or not platform.enabled:
        return None
    full = 1 if platform.probing(now) else settings.SHARING_BATCH
    for state in (S.RECALLING, S.PENDING):
        # What never failed goes first, so that an item that always fails cannot stand in the way of the others.
        due = Delivery.objects.sendable(platform, state, now).order_by("attempts", "id")
        parcels = _parcels(due[:full])
        if parcels:
            return _claim(platform, SEND, _alike(parcels, full), worker, now)
    asked = Delivery.objects.unconfirmed(platform, now).order_by("id")
    parcels = _parcels(asked[:full])
    return _claim(platform, ASK, parcels, worker, now) if parcels else None


def _parcels(rows: models.QuerySet[Any]) -> list[Parcel]:
    return list(map(Parcel._make, rows.values_list(*Parcel._fields)))


def _alike(parcels: list[Parcel], full: int) -> list[Parcel]:
    """Those that were tried as often as the first, as many as may then travel together."""
    tries = parcels[0].attempts
    return [parcel for parcel in parcels if parcel.attempts == tries][: limit_after(tries, full)]


def _claim(platform: Platform, purpose: str, parcels: list[Parcel], worker: str, now: datetime) -> Batch:
    size = len(parcels)
    attempt = Attempt.objects.create(platform=platform, purpose=purpose, worker=worker, size=size, started_at=now)
    revisions = {parcel.id: parcel.revision_id for parcel in parcels}
    mine = Delivery.objects.filter(pk__among=revisions.keys(), next_try_at__isnull=False)
    if mine.update(claimed_at=now, next_try_at=None, attempt=attempt) != size:
        raise RuntimeError("deliveries left the queue although their platform is locked")
    publics: dict[int, str] = {}
    if purpose == SEND:
        wanted = Revision.objects.filter(pk__among=revisions.values())
        by_revision = dict(wanted.values_list("pk", Cast("public", models.TextField())))
        publics = {key: by_revision[revision] for key, revision in revisions.items()}
    return Batch(attempt, parcels, publics)


@transaction.atomic
def give_back(batch: Batch, *, now: datetime) -> None:
    """Put what was claimed and not sent back into the queue, where it had been: not a try."""
    mine = Delivery.objects.filter(pk__among=[parcel.id for parcel in batch.parcels], attempt=batch.attempt)
    if mine.filter(claimed_at__isnull=False).update(claimed_at=None, next_try_at=now):
        supersede(mine)
    Attempt.objects.filter(pk=batch.attempt.pk, outcome=AttemptOutcome.OPEN).update(
        outcome=AttemptOutcome.ABANDONED, finished_at=now, message="未发送：上一批没有送达，已退回队列，稍后自动报送"
    )


@transaction.atomic
def release_stale(*, now: datetime) -> int:
    """Free what dead workers held. They may have sent it: the idempotency key makes sending again harmless."""
    stale = Delivery.objects.claimed_before(now - timedelta(seconds=settings.SHARING_CLAIM_SECONDS))
    attempts = set(stale.values_list("attempt", flat=True))
    freed = stale.update(claimed_at=None, next_try_at=now)
    Attempt.objects.filter(pk__in=attempts, outcome=AttemptOutcome.OPEN).update(
        outcome=AttemptOutcome.ABANDONED, finished_at=now, message="执行进程中断，已释放，将重新报送"
    )
    if freed:
        supersede(Delivery.objects.all())
    return freed
