"""Sending: claim (commit) → HTTP without a transaction → record (commit), until nothing is due or time is up.

While a full batch is on its way, the next one is claimed and built: the platform's time and ours pass together. There
is one line, so batches arrive one after the other, and the next one leaves only when the one before it was answered.
"""

import json
import os
import socket
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from orjson import loads

from core.signing import BadKey
from sharing.client import Answer, PlatformClient, Unreachable, signer_of
from sharing.models import Platform
from sharing.payload import Item, PlatformTables, body_of
from sharing.services import outcomes
from sharing.services.claims import ASK, Batch, claim_batch, give_back


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[:100]


def push(platform_id: int, *, seconds: float = 60, now: datetime | None = None) -> Counter[str]:
    """Send what is due to one platform; counts by result. `now` fixes the clock (for replays and tests).

    Stops at the first failure of the platform: the sweep comes back when the waits are over.
    """
    platform = Platform.objects.get(pk=platform_id)
    if not platform.enabled or not platform.address:
        return Counter()
    try:
        signer = signer_of(platform.code)
        client = PlatformClient(platform.address, signer, settings.SHARING_TIMEOUT_SECONDS)
    except (BadKey, Unreachable) as error:
        outcomes.pause(platform_id, str(error), now=now or timezone.now())
        return Counter()
    tables = PlatformTables(platform, settings.DISTRICT["code"])
    with client, ThreadPoolExecutor(1, "platform") as line:
        return _Road(platform_id, client, tables, line, now).travel(time.monotonic() + seconds)


@dataclass(frozen=True, slots=True)
class _Load:
    """A claimed batch, built. Items that lack a required value are not sent: they are refused here."""

    batch: Batch
    items: list[Item]
    incomplete: list[Item]
    body: bytes
    claimed_at: float

    def late(self) -> bool:
        """So old that its claim might end before its request does (sharing.checks)."""
        age = time.monotonic() - self.claimed_at
        return age > settings.SHARING_CLAIM_SECONDS - settings.SHARING_TIMEOUT_SECONDS


Reply = Answer | Unreachable | None


class _Road:
    """One push: what is on its way, and what goes next."""

    def __init__(
        self,
        platform_id: int,
        client: PlatformClient,
        tables: PlatformTables,
        line: ThreadPoolExecutor,
        now: datetime | None,
    ):
        self.platform_id, self.client, self.tables, self.line, self.fixed = platform_id, client, tables, line, now
        self.total: Counter[str] = Counter()

    def travel(self, end: float) -> Counter[str]:
        sent = self._sent(self._load())
        while sent is not None:
            load, reply = sent
            # A batch that is not full is the last one, or feels the way: nothing is claimed before its answer is known.
            ahead = len(load.batch.parcels) >= settings.SHARING_BATCH and time.monotonic() < end
            following = self._load() if ahead else None
            result = outcomes.Result(reply.result(), load.items, load.incomplete)
            verdict = outcomes.judge(result, load.batch.attempt.purpose)
            if following and (not verdict.go_on or following.late()):
                give_back(following.batch, now=self._now())
                following = None
            sent = self._sent(following)
            self.total += outcomes.record(load.batch, result, verdict, now=self._now())
            if sent is None and verdict.go_on and time.monotonic() < end:
                sent = self._sent(self._load())
        return self.total

    def _now(self) -> datetime:
        return self.fixed or timezone.now()

    def _load(self) -> _Load | None:
        claimed_at = time.monotonic()
        batch = claim_batch(self.platform_id, worker=worker_name(), now=self._now())
        if batch is None:
            return None
        if batch.attempt.purpose == ASK:
            items = [self.tables.question(parcel) for parcel in batch.parcels]
            body = json.dumps({"keys": [item.key for item in items]}).encode()
            return _Load(batch, items, [], body, claimed_at)
        items = [self.tables.item(parcel, loads(batch.publics[parcel.id])) for parcel in batch.parcels]
        ready = [item for item in items if item.missing is None]
        incomplete = [item for item in items if item.missing is not None]
        return _Load(batch, ready, incomplete, body_of(ready), claimed_at)

    def _sent(self, load: _Load | None) -> "tuple[_Load, Future[Reply]] | None":
        return None if load is None else (load, self.line.submit(self._talk, load))

    def _talk(self, load: _Load) -> Reply:
        """In the line's thread: no database here. Signed at the last moment, for the signature bears the time."""
        if not load.items:
            return None
        try:
            return self.client.post("/v1/receipts" if load.batch.attempt.purpose == ASK else "/v1/records", load.body)
        except Unreachable as error:
            return error
