"""Claims: who works on which deliveries. Every function here is one short transaction, never around HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from records.models import Revision
from sharing.choices import AttemptOutcome
from sharing.choices import DeliveryState as S
from sharing.lifecycle import supersede
from sharing.models import Attempt, Delivery, Platform
from sharing.payload import Parcel, Public

SEND, ASK = "send", "ask"


@dataclass(frozen=True, slots=True)
class Batch:
    """What this attempt holds; when it is to be sent, with the projections by delivery."""

    attempt: Attempt
    parcels: Sequence[Parcel]
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
        rows, limit = due.order_by("attempts", "id"), full
        tried = rows.values_list("attempts", flat=True).first()
        if tried is None:
            continue
        if purpose == SEND:
            rows, limit = rows.filter(attempts=tried), limit_after(tried, full)
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        if ids := list(rows.values_list("pk", flat=True)[:limit]):
            return _claim(platform, purpose, ids, worker, now)
    return None


PARCEL = ("pk", "record_id", "version", "operation", "state", "attempts", "resends", "accepted_at", "digest")


def _claim(platform: Platform, purpose: str, ids: list[int], worker: str, now: datetime) -> Batch:
    attempt = Attempt.objects.create(platform=platform, purpose=purpose, worker=worker, size=len(ids), started_at=now)
    mine = Delivery.objects.filter(pk__among=ids)
    mine.update(claimed_at=now, next_try_at=None, attempt=attempt)
    rows = list(mine.order_by("pk").values_list("revision_id", *PARCEL))
    publics: dict[int, Public] = {}
    if purpose == SEND:
        revisions = Revision.objects.filter(pk__among=[row[0] for row in rows])
        by_revision = dict(revisions.values_list("pk", "public"))
        publics = {row[1]: by_revision[row[0]] for row in rows}
    return Batch(attempt, [Parcel(*row[1:]) for row in rows], publics)


def still_ours(batch: Batch) -> set[int]:
    """Lock and return the deliveries that this attempt still holds; a claim may have been taken for stale."""
    rows = Delivery.objects.claimed_by(batch.attempt).order_by("pk")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    return set(rows.values_list("pk", flat=True))


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
