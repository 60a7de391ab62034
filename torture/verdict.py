"""What must be true when everything has come to rest."""

import json
import urllib.request
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q

from core.models import AuditEvent, Clock
from records.choices import ENDING_ACTS, RowStatus
from records.models import CreditRecord, ImportBatch, PublicRecord, Revision
from sharing.choices import AttemptOutcome, DeliveryState
from sharing.client import PlatformClient, signer_of
from sharing.models import Attempt, Delivery, Platform
from sharing.payload import Parcel, PlatformTables, record_key
from sharing.services import reconcile

SETTLED = (DeliveryState.STORED, DeliveryState.RECALLED, DeliveryState.SUPERSEDED)


def at_rest() -> bool:
    """Everything that was written is sealed, given to every platform and settled there."""
    last = Revision.objects.aggregate(last=Max("seq"))["last"] or 0
    return not (
        Revision.objects.filter(seq=None).exists()
        or Platform.objects.behind(last).exists()
        or Delivery.objects.filter(Q(next_try_at__isnull=False) | Q(claimed_at__isnull=False)).exists()
    )


def ledger(followed: list[int] | None = None) -> list[str]:
    """Our own books."""
    wrong = []
    numbers = list(Revision.objects.order_by("seq").values_list("seq", flat=True))
    if numbers != list(range(1, len(numbers) + 1)):
        wrong.append("the revisions' numbers have gaps or doubles")
    if followed is not None and followed != numbers:
        wrong.append(f"the feed gave {len(followed)} revisions ({len(set(followed))} different) of {len(numbers)}")
    counted = CreditRecord.objects.annotate(n=Count("revisions"), last=Max("revisions__version"))
    wrong += [
        f"record {pk}: version {version}, {n} revisions up to {last}"
        for pk, version, n, last in counted.values_list("pk", "version", "n", "last")
        if not version == n == (last or 0)
    ]
    shown = set(PublicRecord.objects.values_list("pk", flat=True))
    public = set(CreditRecord.objects.filter(status="published").values_list("pk", flat=True))
    if shown != public:
        wrong.append(f"public rows and published records differ: {sorted(shown ^ public)[:10]}")
    return wrong


def platform(code: str) -> list[str]:
    """One receiver: the last version of every record, exactly once, in order; and reconciliation says equal."""
    mine = Platform.objects.get(code=code)
    wrong = [f"{code}: {text}" for text in _journal(mine)]
    wrong += [f"{code}: {text}" for text in _manifest(mine)]
    run = reconcile(mine.pk)
    if (run.state, run.differences, run.moving) != ("finished", 0, 0):
        wrong.append(f"{code}: reconciliation {run.state}, {run.differences} differ, {run.moving} moving {run.message}")
    unsettled = (
        Delivery.objects.filter(platform=mine).exclude(state__in=SETTLED).values_list("state").annotate(n=Count("*"))
    )
    if unsettled:
        wrong.append(f"{code}: deliveries {dict(unsettled)}")
    if open_ := Attempt.objects.filter(platform=mine, outcome=AttemptOutcome.OPEN).count():
        wrong.append(f"{code}: {open_} attempts never ended")
    return wrong


def _journal(mine: Platform) -> list[str]:
    """What the receiver did, in the order in which it did it."""
    wrong, once, last = [], Counter[tuple[str, int]](), dict[str, int]()
    for row in _journal_rows(mine):
        if row["status"] != "stored":
            wrong.append(f"{row['key']} {row['status']} {row['text']}")
            continue
        once[row["record"], row["version"]] += 1
        if row["version"] <= last.get(row["record"], 0):
            wrong.append(f"{row['record']}: version {row['version']} after {last[row['record']]}")
        last[row["record"]] = row["version"]
    wrong += [f"{key} stored {n} times" for key, n in once.items() if n > 1]
    return wrong[:20]


def _journal_rows(mine: Platform) -> Iterator[dict[str, Any]]:
    after = 0
    while True:
        with urllib.request.urlopen(f"{mine.address}/journal?after={after}", timeout=60) as answer:
            page = json.loads(answer.read())
        if not page:
            return
        yield from page
        after = page[-1]["id"]


def _manifest(mine: Platform) -> list[str]:
    """What the receiver holds, against what the last revision of each record says it must."""
    held: dict[str, list[Any]] = {}
    with PlatformClient(mine.address, signer_of(mine.code), 60) as client:
        after: str | None = ""
        while after is not None:
            body = client.get(f"/v1/manifest?after={after}&limit=5000").body or {}
            held |= {key: rest for key, *rest in body["items"]}
            after = body["next"]
    wanted = dict(_wanted(mine))
    wrong = [f"{key} is held and should not be" for key in held.keys() - wanted.keys()]
    for key, (version, digest, recalled) in wanted.items():
        found = held.get(key)
        # A record that was withdrawn before it was ever sent need not be known there.
        if found is None and not recalled:
            wrong.append(f"{key} is missing")
        elif found is not None and found != [version, found[1] if recalled else digest, recalled]:
            wrong.append(f"{key} is {found}, should be {[version, digest, recalled]}")
    return wrong[:20]


def _wanted(mine: Platform) -> Iterator[tuple[str, tuple[int, str, bool]]]:
    district = settings.DISTRICT["code"]
    tables = PlatformTables(mine, district)
    newest = Revision.objects.order_by("record_id", "-version")
    seen = 0
    for revision in newest.values_list("record_id", "version", "act", "public").iterator(chunk_size=2_000):
        record, version, act, public = revision
        if record == seen:
            continue
        seen = record
        if recalled := act in ENDING_ACTS:
            yield record_key(record, district), (version, "", recalled)
        else:
            parcel = Parcel(
                id=0, revision_id=0, record_id=record, version=version, operation="upsert", state="pending", attempts=0,
                resends=0, accepted_at=None, digest="",
            )  # fmt: skip
            yield record_key(record, district), (version, tables.item(parcel, public).digest, recalled)


def promises(batches: list[int], acts: Counter[int]) -> list[str]:
    """What people were told had been done."""
    waiting = CreditRecord.objects.filter(batch__in=batches, status="submitted").count()
    wrong = [f"{waiting} records were said to be approved and are not"] if waiting else []
    versions = dict(CreditRecord.objects.filter(pk__in=list(acts)).values_list("pk", "version"))
    wrong += [
        f"record {pk}: {count} acts were confirmed, version {versions.get(pk)}"
        for pk, count in acts.items()
        if versions.get(pk, 0) < count + 1
    ]
    return wrong


def imports(rows: int) -> list[str]:
    """Workbooks: every row is in the ledger, once, with its clock and its line of the trail."""
    wrong = []
    batches = ImportBatch.objects.filter(key="").order_by("pk")
    records = CreditRecord.objects.filter(batch__in=batches)
    counted = {
        "records": records.count(),
        "document numbers": records.values("document_number_folded").distinct().count(),
        "clocks": Clock.objects.filter(object_type="records.creditrecord", object_id__in=records.values("pk")).count(),
        "lines of the trail": AuditEvent.objects.filter(action="records.entered").count(),
    }
    wrong += [f"{found} {what}, not {rows}" for what, found in counted.items() if found != rows]
    for batch in batches:
        statuses = dict(batch.rows.order_by().values_list("status").annotate(n=Count("*")))
        committed = statuses.get(RowStatus.COMMITTED, 0)
        if (
            batch.status != "committed"
            or batch.committed_rows != committed
            or set(statuses) - {"committed", "duplicate"}
        ):
            wrong.append(f"batch {batch.pk}: {batch.status}, counter {batch.committed_rows}, rows {statuses}")
        linked = set(batch.rows.filter(status=RowStatus.COMMITTED).values_list("record_id", flat=True))
        if len(linked) != committed or linked != set(batch.records.values_list("pk", flat=True)):
            wrong.append(f"batch {batch.pk}: {len(linked)} records named by {committed} committed rows")
    return wrong


def summary() -> str:
    """In one line, for the person who reads the end."""
    attempts = dict(Attempt.objects.values_list("outcome").annotate(n=Count("*")).order_by())
    return f"批次 {attempts}"


def was_hit() -> bool:
    """A batch lost its worker, or its answer, on the way."""
    return Attempt.objects.filter(outcome__in=(AttemptOutcome.ABANDONED, AttemptOutcome.UNREACHABLE)).exists()
