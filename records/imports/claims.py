"""One worker per batch: a claim with a heartbeat, given back at the end and taken over when its holder is gone."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from records.models import ImportBatch
from records.querysets import ImportBatchQuerySet


class ClaimLostError(Exception):
    """Another worker took over, or somebody abandoned the batch; what this one had in hand is rolled back."""


@dataclass(slots=True)
class Claim:
    """The right to work on a batch, proved anew in every chunk's transaction."""

    batch_id: int
    token: str
    status: str

    def _mine(self) -> ImportBatchQuerySet:
        mine: ImportBatchQuerySet = ImportBatch.objects.filter(pk=self.batch_id, claim=self.token, status=self.status)
        return mine

    def advance(self, **counts: int) -> None:
        """Add to the counters and show a sign of life; ClaimLostError when the batch is no longer ours."""
        changes = {name: F(name) + count for name, count in counts.items()}
        self.write(**changes)

    def write(self, **fields: object) -> None:
        if not self._mine().update(heartbeat_at=timezone.now(), **fields):
            raise ClaimLostError(f"batch {self.batch_id}")

    def finish(self, status: str, **fields: object) -> None:
        """Leave the batch in another state."""
        self.write(status=status, claim="", finished_at=timezone.now(), **fields)


def stale_before() -> datetime:
    return timezone.now() - timedelta(seconds=settings.IMPORT_CLAIM_SECONDS)


def take(batch_id: int, status: str) -> Claim | None:
    """The claim, or None when the batch is in another state or a living worker has it."""
    free = Q(claim="") | Q(heartbeat_at__lt=stale_before())
    claim = Claim(batch_id, uuid.uuid4().hex, status)
    taken = ImportBatch.objects.filter(free, pk=batch_id, status=status).update(
        claim=claim.token, heartbeat_at=timezone.now()
    )
    return claim if taken else None


@contextmanager
def released(claim: Claim) -> Iterator[Claim]:
    """Give the claim back when the work stops before its end, so that the next worker need not wait."""
    try:
        yield claim
    finally:
        ImportBatch.objects.filter(pk=claim.batch_id, claim=claim.token).update(claim="")


def unattended() -> list[tuple[int, str]]:
    """Batches that should be worked on and are not: (id, "checking", "committing" or "approving")."""
    running = ImportBatch.objects.filter(status__in=["checking", "committing"])
    found = list(running.filter(heartbeat_at__lt=stale_before()).order_by("pk").values_list("pk", "status"))
    asked = ImportBatch.objects.filter(approval_by__isnull=False, approval_at__lt=stale_before())
    return found + [(pk, "approving") for pk in asked.order_by("pk").values_list("pk", flat=True)]
