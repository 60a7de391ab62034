"""How publication ends: 撤下, 公示期满, 信用修复. The public row goes, a tombstone revision tells why.

Only this room ends publication: a withdrawal needs the accepted request of two people (services.changes), expiry
needs the day (`expire_due`), repair its own procedure. `end_publication` is therefore no service of the room.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import F

from core import acts, audit
from core.actors import Actor, system_actor
from core.bulk import update_rows
from core.errors import NotAllowed
from core.locks import locked_many
from records.choices import ChangeKind, ChangeStatus, RevisionAct
from records.deadlines import OBJECT
from records.lifecycle import RECORD
from records.models import ChangeRequest, CreditRecord
from records.projection import tombstone
from records.services.publication import CHUNK, Outgoing, write_revisions

ENDINGS = {
    "withdraw": (RevisionAct.WITHDRAWN, "records.withdrawn"),
    "expire": (RevisionAct.EXPIRED, "records.expired"),
    "repair": (RevisionAct.REPAIRED, "records.repaired"),
}


@dataclass(frozen=True, slots=True)
class Ending:
    """One record whose publication ends, and what its public tombstone says."""

    record: CreditRecord
    reason: str
    basis: str = ""


@transaction.atomic
def end_publication(endings: Sequence[Ending], transition: str, *, actor: Actor, today: date) -> int:
    """withdraw | expire | repair, set-based; recipients are made to forget. The records are locked by the caller."""
    act, action = ENDINGS[transition]
    if transition == "withdraw":
        _needs_two_people([e.record for e in endings])
    for e in endings:
        RECORD.check(e.record, transition, actor=actor)
        RECORD.move(e.record, transition)
        e.record.disputed = False
        e.record.version += 1
    now = actor.now()
    update_rows(
        CreditRecord,
        ["status", "disputed", "version", "updated_at"],
        [(e.record.pk, e.record.status, False, e.record.version, now) for e in endings],
    )
    rows = [
        Outgoing(
            e.record,
            tombstone(e.record, act=act, reason=e.reason, basis=e.basis, on=today),
            reason=e.reason,
            basis=e.basis,
        )
        for e in endings
    ]
    write_revisions(rows, act, actor=actor)
    trail = [audit.Entry(e.record.pk, str(e.record), None, e.reason) for e in endings]
    audit.record_many(action, OBJECT, trail, actor=actor)
    announce_ended(endings, actor=actor, today=today)
    return len(endings)


def announce_ended(endings: Sequence[Ending], *, actor: Actor, today: date) -> None:
    """Upper rooms end what follows from these records, in this transaction: key → why it ended."""
    acts.announce("records.ended", reasons={e.record.pk: e.reason for e in endings}, actor=actor, today=today)


@transaction.atomic
def void(endings: Sequence[Ending], *, actor: Actor, today: date) -> int:
    """撤下 of records that are not public, set-based: no reader loses a page, so there is no revision to write."""
    _needs_two_people([e.record for e in endings])
    for e in endings:
        RECORD.check(e.record, "void", actor=actor)
        RECORD.move(e.record, "void")
        e.record.version += 1
    now = actor.now()
    update_rows(
        CreditRecord,
        ["status", "disputed", "version", "updated_at"],
        [(e.record.pk, e.record.status, False, e.record.version, now) for e in endings],
    )
    trail = [audit.Entry(e.record.pk, str(e.record), None, e.reason) for e in endings]
    audit.record_many("records.withdrawn", OBJECT, trail, actor=actor)
    announce_ended(endings, actor=actor, today=today)
    return len(endings)


def _needs_two_people(records: Sequence[CreditRecord]) -> None:
    """Whoever calls: nothing is withdrawn but what one person asked for and another agreed to, for this version."""
    agreed = ChangeRequest.objects.filter(
        record__in=[r.pk for r in records],
        kind=ChangeKind.WITHDRAW,
        status=ChangeStatus.ACCEPTED,
        base_version=F("record__version"),
        decided_by__isnull=False,
    )
    missing = {r.pk for r in records} - set(agreed.values_list("record_id", flat=True))
    if missing:
        raise NotAllowed(
            "two_people",
            f"撤下须先提出申请，再由另一位工作人员同意。有{len(missing)}条记录没有已同意的撤下申请，均未撤下。",
        )


@transaction.atomic
def expire_due(*, today: date, actor: Actor | None = None, limit: int = CHUNK) -> int:
    """公示期满: at most `limit` records whose last public day is past; call again until it returns 0."""
    ids = list(CreditRecord.objects.expired_on(today).order_by("pk").values_list("pk", flat=True)[:limit])
    records = [r for r in locked_many(CreditRecord.objects.all(), ids) if r.expires_on_or_before(today)]
    if not records:
        return 0
    ended = [Ending(r, "最长公示期已届满，停止公示。") for r in records]
    return end_publication(ended, "expire", actor=actor or system_actor(), today=today)
