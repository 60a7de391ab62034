"""核对: our list of what a platform should hold against its manifest of what it holds, by key, version and digest.

Two sorted streams are merged, so memory stays constant whatever the size of the ledger. What differs is put in the
queue again; what we cannot put right (a newer version there, a record that we do not know) is shown to people.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.errors import Invalid
from core.signing import BadKey
from sharing.choices import REQUEUED, DeliveryState, DifferenceKind, RunState
from sharing.client import PlatformClient, Unreachable, signer_of
from sharing.lifecycle import DELIVERY, advance, supersede
from sharing.models import Delivery, Platform, ReconciliationDifference, ReconciliationRun
from sharing.payload import record_key

PAGE = 5_000
# Rows kept per run; the totals count on.
KEPT_ROWS = 2_000
SETTLED = frozenset({DeliveryState.STORED, DeliveryState.RECALLED})
MOVING = frozenset({DeliveryState.PENDING, DeliveryState.ACCEPTED, DeliveryState.RECALLING})


@dataclass(frozen=True, slots=True)
class Theirs:
    key: str
    version: int
    digest: str
    recalled: bool


@dataclass(frozen=True, slots=True)
class Ours:
    """The last settled delivery of a record; `moving`: something newer is on its way, or it settled just now."""

    key: str
    record_id: int
    delivery_id: int | None
    version: int
    digest: str
    recalled: bool
    moving: bool


@dataclass(frozen=True, slots=True)
class Difference:
    kind: DifferenceKind
    key: str
    ours: Ours | None
    theirs: Theirs | None


def reconcile(platform_id: int, *, now: datetime | None = None) -> ReconciliationRun:
    """Compare everything with one platform, queue what differs, and keep the run with its rows.

    A platform that cannot be read to the end leaves a run marked 未完成; what was found until then stands.
    Raises Invalid when the platform has no address here.
    """
    platform = Platform.objects.get(pk=platform_id)
    if not platform.address:
        raise Invalid("platform_without_address", f"没有配置{platform.name}的地址，无法核对，请先在环境变量中设置。")
    run = ReconciliationRun.objects.create(platform=platform, started_at=now or timezone.now())
    try:
        signer = signer_of(platform.code)
        with PlatformClient(platform.address, signer, settings.SHARING_TIMEOUT_SECONDS) as client:
            _walk(run, _their_items(client), _our_items(platform, run.started_at))
        run.state = RunState.FINISHED
    except (Unreachable, BadKey) as error:
        run.state, run.message = RunState.FAILED, str(error)[:500]
    run.finished_at = timezone.now()
    run.save()
    return run


def _walk(run: ReconciliationRun, theirs: Iterator[Theirs], ours: Iterator[Ours]) -> None:
    found: list[Difference] = []
    for mine, other in merged(ours, theirs):
        if mine is not None and mine.moving:
            run.moving += 1
            continue
        run.compared += 1
        kind = compare(mine, other)
        if kind is None:
            run.equal += 1
            continue
        found.append(Difference(kind, (mine or other).key, mine, other))  # type: ignore[union-attr]
        if len(found) >= PAGE:
            _keep(run, found)
            found = []
    _keep(run, found)


def merged(ours: Iterable[Ours], theirs: Iterable[Theirs]) -> Iterator[tuple[Ours | None, Theirs | None]]:
    """Pairs by key; both sides come in ascending order of keys."""
    left, right = iter(ours), iter(theirs)
    mine, other = next(left, None), next(right, None)
    while mine is not None or other is not None:
        if other is None or (mine is not None and mine.key < other.key):
            yield mine, None
            mine = next(left, None)
        elif mine is None or other.key < mine.key:
            yield None, other
            other = next(right, None)
        else:
            yield mine, other
            mine, other = next(left, None), next(right, None)


def compare(mine: Ours | None, other: Theirs | None) -> DifferenceKind | None:
    """What differs, or None."""
    if mine is None or mine.delivery_id is None:
        return None if other is None or (mine is not None and other.recalled) else DifferenceKind.UNKNOWN
    if other is None:
        # A platform may forget recalled records altogether; it must not lack public ones.
        return None if mine.recalled else DifferenceKind.MISSING
    if other.version != mine.version:
        return DifferenceKind.NEWER if other.version > mine.version else DifferenceKind.OLDER
    if mine.recalled != other.recalled:
        return DifferenceKind.NOT_RECALLED if mine.recalled else DifferenceKind.WRONGLY_RECALLED
    return None if mine.recalled or mine.digest == other.digest else DifferenceKind.CONTENT


# --- the two streams ---------------------------------------------------------------------------------------------


def _their_items(client: PlatformClient) -> Iterator[Theirs]:
    after, last = "", ""
    while True:
        answer = client.get(f"/v1/manifest?after={quote(after, safe='')}&limit={PAGE}")
        if answer.status != 200 or not isinstance((answer.body or {}).get("items"), list):
            raise Unreachable(f"平台没有给出清单：{answer.message}")
        body: dict[str, Any] = answer.body or {}
        for item in body["items"]:
            theirs = _their_item(item)
            if theirs.key <= last:
                raise Unreachable("平台清单没有按记录编号排序，无法核对。")
            last = theirs.key
            yield theirs
        following = body.get("next")
        if not following:
            return
        if not isinstance(following, str) or following <= after:
            raise Unreachable("平台清单的翻页标记有误，无法核对。")
        after = following


def _their_item(item: Any) -> Theirs:
    try:
        key, version, digest, recalled = item
        return Theirs(str(key), int(version), str(digest), bool(recalled))
    except (TypeError, ValueError):
        raise Unreachable("平台清单中有无法读取的项，无法核对。") from None


FIELDS = ("record_id", "pk", "version", "state", "digest", "receipt_at")


def _our_items(platform: Platform, started: datetime) -> Iterator[Ours]:
    """Per record, in the order of keys; pages by key, so that no cursor stays open over HTTP."""
    after = 0
    deliveries = Delivery.objects.filter(platform=platform).order_by("record_id", "version")
    while True:
        ids = list(
            deliveries.filter(record_id__gt=after).order_by("record_id").values_list("record_id", flat=True)[:PAGE]
        )
        if not ids:
            return
        rows = deliveries.filter(record_id__gt=after, record_id__lte=ids[-1]).values_list(*FIELDS)
        for record_id, group in groupby(rows, key=lambda row: row[0]):
            yield _our_item(record_id, list(group), started)
        after = ids[-1]


def _our_item(record_id: int, rows: list[tuple[Any, ...]], started: datetime) -> Ours:
    key = record_key(record_id, settings.DISTRICT["code"])
    settled = [row for row in rows if row[3] in SETTLED]
    newest = rows[-1]
    moving = any(row[3] in MOVING for row in rows) or (newest[5] is not None and newest[5] >= started)
    if not settled:  # nothing of it was ever stored there
        return Ours(key, record_id, None, newest[2], "", False, moving)
    _, pk, version, state, digest, _ = settled[-1]
    return Ours(key, record_id, pk, version, digest, state == DeliveryState.RECALLED, moving)


# --- putting right -----------------------------------------------------------------------------------------------


@transaction.atomic
def _keep(run: ReconciliationRun, found: list[Difference]) -> None:
    requeued = _requeue([d.ours.delivery_id for d in found if d.kind in REQUEUED and d.ours and d.ours.delivery_id])
    room = max(0, KEPT_ROWS - run.differences)
    ReconciliationDifference.objects.bulk_create(
        ReconciliationDifference(
            run=run,
            kind=d.kind,
            record_key=d.key[:64],
            record_id=d.ours.record_id if d.ours else None,
            our_version=d.ours.version if d.ours and d.ours.delivery_id else None,
            their_version=d.theirs.version if d.theirs else None,
            requeued=d.ours is not None and d.ours.delivery_id in requeued,
        )
        for d in found[:room]
    )
    run.differences += len(found)
    run.requeued += len(requeued)
    run.save()


def _requeue(delivery_ids: list[int]) -> set[int]:
    """Send these again under a new idempotency key, but for those that moved on meanwhile."""
    done: set[int] = set()
    for name in ("restore", "chase"):
        sources = DELIVERY.transition(name).sources
        ids = list(Delivery.objects.filter(pk__among=delivery_ids, state__in=sources).values_list("pk", flat=True))
        rows = Delivery.objects.filter(pk__among=ids)
        advance(rows, name, resends=F("resends") + 1, attempts=0, next_try_at=timezone.now(), accepted_at=None)
        supersede(rows)  # a newer version may have come while the lists were compared
        done.update(ids)
    return done
