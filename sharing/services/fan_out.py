"""From sealed revisions to deliveries: set-based, in the order of `seq`, each revision once per entitled platform."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from core.locks import locked
from records.choices import ENDING_ACTS
from records.models import CreditRecord, Revision
from sharing.choices import Operation
from sharing.lifecycle import INITIAL, supersede
from sharing.models import Delivery, Platform

# Revisions per transaction: short enough not to hold up the workers.
CHUNK = 20_000


def last_sealed() -> int:
    return Revision.objects.aggregate(last=Max("seq"))["last"] or 0


def fan_out(platform_id: int, *, now: datetime | None = None) -> int:
    """Deliveries for all sealed revisions that this platform has not been given; returns how many were made.

    Repeating it adds nothing: the cursor moves in the same transaction, and (record, platform, version) is unique.
    """
    made, last = 0, last_sealed()
    while True:
        chunk = _fan_out_chunk(platform_id, last, now or timezone.now())
        if chunk is None:
            return made
        made += chunk


@transaction.atomic
def _fan_out_chunk(platform_id: int, last: int, now: datetime) -> int | None:
    """One chunk; None when the platform has been given everything (or is switched off)."""
    platform = locked(Platform.objects.all(), platform_id)
    first = platform.cursor_seq
    if first >= last or not platform.enabled:
        return None
    upto = min(first + CHUNK, last)
    made = _insert(platform, first, upto, now) if platform.kinds else 0
    if made >= CHUNK // 4:
        _refresh_statistics()
    _supersede(platform, first, upto)
    platform.cursor_seq = upto
    platform.save(update_fields=["cursor_seq"])
    return made


def _insert(platform: Platform, first: int, upto: int, now: datetime) -> int:
    kinds = ", ".join(["%s"] * len(platform.kinds))
    endings = sorted(ENDING_ACTS)
    acts = ", ".join(["%s"] * len(endings))
    when = connection.ops.adapt_datetimefield_value(now)
    sql = f"""
        INSERT INTO {Delivery._meta.db_table} (
            platform_id, record_id, revision_id, version, operation, state, attempts, next_try_at, resends,
            receipt_code, receipt_column, receipt_text, digest, created_at
        )
        SELECT %s, r.record_id, r.id, r.version,
            CASE WHEN r.act IN ({acts}) THEN %s ELSE %s END,
            CASE WHEN r.act IN ({acts}) THEN %s ELSE %s END,
            0, %s, 0, '', '', '', '', %s
        FROM {Revision._meta.db_table} r
        JOIN {CreditRecord._meta.db_table} c ON c.id = r.record_id
        WHERE r.seq > %s AND r.seq <= %s AND c.kind IN ({kinds})
        ORDER BY r.seq
        ON CONFLICT (record_id, platform_id, version) DO NOTHING
    """  # noqa: S608 - table names of our own models, all values are parameters
    parameters = [
        platform.pk,
        *endings, Operation.RECALL, Operation.UPSERT,
        *endings, INITIAL[Operation.RECALL], INITIAL[Operation.UPSERT],
        when, when,
        first, upto, *platform.kinds,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql, [str(p) if isinstance(p, str) else p for p in parameters])
        return int(cursor.rowcount)


def _supersede(platform: Platform, first: int, upto: int) -> None:
    """What waits, is not on its way and has a newer version among the revisions just given."""
    newer = Revision.objects.filter(seq__gt=first, seq__lte=upto, version__gt=1)
    if newer.exists():
        waiting = Delivery.objects.filter(platform=platform, record__in=newer.values("record"))
        supersede(waiting)


def _refresh_statistics() -> None:
    """After a bulk load the planner must know that the table is no longer small, before autovacuum says so."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {Delivery._meta.db_table}")
