"""From sealed revisions to deliveries: set-based, in the order of `seq`, each revision once per entitled platform."""

from collections.abc import Sequence
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
    moment = now or timezone.now()
    made, last = 0, last_sealed()
    while (chunk := _begin_chunk(platform_id, moment)) is not None:
        made += chunk
    while (chunk := _fan_out_chunk(platform_id, last, moment)) is not None:
        made += chunk
    return made


@transaction.atomic
def _begin_chunk(platform_id: int, now: datetime) -> int | None:
    """What lies behind the cursor of kinds that are new to this platform. None when no kind is (or it is switched off).

    Of each record that is public the newest version goes, no earlier one; of what ended meanwhile the recall, if the
    platform had the record before the kind was taken from it.
    """
    platform = locked(Platform.objects.all(), platform_id)
    if not platform.enabled or set(platform.kinds) == set(platform.begun_kinds):
        return None
    new = sorted(set(platform.kinds) - set(platform.begun_kinds))
    made = _insert(platform, new, _BEHIND, [platform.cursor_seq, platform.cursor_seq, *[platform.pk] * 2], now)
    supersede(Delivery.objects.filter(platform=platform, record__kind__in=new))
    if made < CHUNK:  # nothing is left of them
        platform.begun_kinds = sorted(platform.kinds)
        platform.save(update_fields=["begun_kinds"])
    return made


@transaction.atomic
def _fan_out_chunk(platform_id: int, last: int, now: datetime) -> int | None:
    """One chunk; None when the platform has been given everything (or is switched off)."""
    platform = locked(Platform.objects.all(), platform_id)
    first = platform.cursor_seq
    if first >= last or not platform.enabled:
        return None
    upto = min(first + CHUNK, last)
    made = _insert(platform, platform.kinds, "r.seq > %s AND r.seq <= %s", [first, upto], now)
    if made >= CHUNK // 4:
        _refresh_statistics()
    _supersede(platform, first, upto)
    platform.cursor_seq = upto
    platform.save(update_fields=["cursor_seq"])
    return made


_REVISIONS, _DELIVERIES = Revision._meta.db_table, Delivery._meta.db_table
_ENDINGS = sorted(map(str, ENDING_ACTS))
_IS_ENDING = "r.act IN ({})".format(", ".join(f"'{act}'" for act in _ENDINGS))
# The newest version up to the cursor, not given yet, and public (or known there, and to be recalled).
_BEHIND = f"""r.seq <= %s
    AND NOT EXISTS (
        SELECT 1 FROM {_REVISIONS} n WHERE n.record_id = r.record_id AND n.version > r.version AND n.seq <= %s)
    AND NOT EXISTS (
        SELECT 1 FROM {_DELIVERIES} d WHERE d.platform_id = %s AND d.record_id = r.record_id AND d.version = r.version)
    AND (NOT {_IS_ENDING}
        OR EXISTS (SELECT 1 FROM {_DELIVERIES} e WHERE e.platform_id = %s AND e.record_id = r.record_id))"""  # noqa: S608


def _insert(platform: Platform, given: Sequence[str], where: str, values: Sequence[int], now: datetime) -> int:
    """Deliveries for the revisions of these kinds that `where` finds, at most a chunk, in the order of `seq`."""
    if not given:
        return 0
    kinds = ", ".join(["%s"] * len(given))
    when = connection.ops.adapt_datetimefield_value(now)
    sql = f"""
        INSERT INTO {_DELIVERIES} (
            platform_id, record_id, revision_id, version, operation, state, attempts, next_try_at, resends,
            receipt_code, receipt_column, receipt_text, digest, created_at
        )
        SELECT %s, r.record_id, r.id, r.version,
            CASE WHEN {_IS_ENDING} THEN %s ELSE %s END,
            CASE WHEN {_IS_ENDING} THEN %s ELSE %s END,
            0, %s, 0, '', '', '', '', %s
        FROM {_REVISIONS} r
        JOIN {CreditRecord._meta.db_table} c ON c.id = r.record_id
        WHERE c.kind IN ({kinds}) AND {where}
        ORDER BY r.seq LIMIT {CHUNK}
        ON CONFLICT (record_id, platform_id, version) DO NOTHING
    """  # noqa: S608 - table names and acts of our own, all values are parameters
    parameters = [
        platform.pk,
        Operation.RECALL, Operation.UPSERT,
        INITIAL[Operation.RECALL], INITIAL[Operation.UPSERT],
        when, when,
        *given, *values,
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
