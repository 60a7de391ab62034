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
        rows = list(due.values_list("revision_id", *Parcel._fields)[:full])
        if rows:
            return _claim(platform, SEND, _alike(rows, full), worker, now)
    asked = Delivery.objects.unconfirmed(platform, now).order_by("id")
    rows = list(asked.values_list("revision_id", *Parcel._fields)[:full])
    return _claim(platform, ASK, rows, worker, now) if rows else None


Row = tuple[Any, ...]


def _alike(rows: list[Row], full: int) -> list[Row]:
    """Those that were tried as often as the first, as many as may then travel together."""
    tries = Parcel(*rows[0][1:]).attempts
    return [row for row in rows if Parcel(*row[1:]).attempts == tries][: limit_after(tries, full)]


def _claim(platform: Platform, purpose: str, rows: list[Row], worker: str, now: datetime) -> Batch:
    parcels = [Parcel(*row[1:]) for row in rows]
    attempt = Attempt.objects.create(platform=platform, purpose=purpose, worker=worker, size=len(rows), started_at=now)
    mine = Delivery.objects.filter(pk__among=[parcel.id for parcel in parcels], next_try_at__isnull=False)
    if mine.update(claimed_at=now, next_try_at=None, attempt=attempt) != len(rows):
        raise RuntimeError("deliveries left the queue although their platform is locked")
    publics: dict[int, str] = {}
    if purpose == SEND:
        wanted = Revision.objects.filter(pk__among=[row[0] for row in rows])
        by_revision = dict(wanted.values_list("pk", Cast("public", models.TextField())))
        publics = {parcel.id: by_revision[row[0]] for parcel, row in zip(parcels, rows, strict=True)}
    return Batch(attempt, parcels, publics)


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
