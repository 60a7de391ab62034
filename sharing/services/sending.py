"""Sending: claim (commit) → HTTP without a transaction → record (commit), until nothing is due or time is up."""

import json
import os
import socket
import time
from collections import Counter
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from orjson import loads

from core.signing import BadKey
from sharing.client import Answer, PlatformClient, Unreachable, signer_of
from sharing.models import Platform
from sharing.payload import PlatformTables, body_of
from sharing.services import outcomes
from sharing.services.claims import ASK, Batch, claim_batch


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[:100]


def push(platform_id: int, *, seconds: float = 60, now: datetime | None = None) -> Counter[str]:
    """Send what is due to one platform; counts by result. `now` fixes the clock (for replays and tests).

    Stops at the first failure of the platform: the sweep comes back when the waits are over.
    """
    total: Counter[str] = Counter()
    platform = Platform.objects.get(pk=platform_id)
    if not platform.enabled or not platform.address:
        return total
    try:
        signer = signer_of(platform.code)
        client = PlatformClient(platform.address, signer, settings.SHARING_TIMEOUT_SECONDS)
    except (BadKey, Unreachable) as error:
        outcomes.pause(platform_id, str(error), now=now or timezone.now())
        return total
    tables = PlatformTables(platform, settings.DISTRICT["code"])
    end = time.monotonic() + seconds
    with client:
        while time.monotonic() < end and _push_batch(platform_id, client, tables, total, now):
            pass
    return total


def _push_batch(
    platform_id: int, client: PlatformClient, tables: PlatformTables, total: Counter[str], now: datetime | None
) -> bool:
    """One batch; whether to go on."""
    moment = now or timezone.now()
    batch = claim_batch(platform_id, worker=worker_name(), now=moment)
    if batch is None:
        return False
    result = _ask(batch, client, tables) if batch.attempt.purpose == ASK else _send(batch, client, tables)
    counts, go_on = outcomes.record(batch, result, now=now or timezone.now())
    total.update(counts)
    return go_on


def _send(batch: Batch, client: PlatformClient, tables: PlatformTables) -> outcomes.Result:
    """Build, sign once, post. Items that lack a required value are not sent: they are refused here."""
    items = [tables.item(parcel, loads(batch.publics[parcel.id])) for parcel in batch.parcels]
    ready = [item for item in items if item.missing is None]
    incomplete = [item for item in items if item.missing is not None]
    answer = _talk(client, "/v1/records", body_of(ready)) if ready else None
    return outcomes.Result(answer, ready, incomplete)


def _ask(batch: Batch, client: PlatformClient, tables: PlatformTables) -> outcomes.Result:
    """What became of items that were only accepted."""
    items = [tables.question(parcel) for parcel in batch.parcels]
    body = json.dumps({"keys": [item.key for item in items]}).encode()
    return outcomes.Result(_talk(client, "/v1/receipts", body), items, [])


def _talk(client: PlatformClient, target: str, body: bytes) -> Answer | Unreachable:
    try:
        return client.post(target, body)
    except Unreachable as error:
        return error
