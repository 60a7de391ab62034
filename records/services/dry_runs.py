"""试算: the sweep of a day, planned and not carried out, with a proposal in force or as the rules stand.

The same `redecision.plan` answers; here its outcomes are kept as rows. One pass over the ledger in the order of the
keys, only through the classes of records that the rules are about and what the calendar ends, chunk by chunk.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from core import audit
from core.actors import Actor
from core.bulk import insert_rows
from core.errors import Invalid, NotAllowed, NotFound
from core.locks import locked
from core.models import AuditEvent
from records.choices import RecordStatus
from records.models import CreditRecord, DryRun, DryRunRow, PublicationProposal, PublicationRule
from records.permissions import keeps_policy
from records.policy import PublicationPolicy
from records.querysets import CreditRecordQuerySet, in_class_of
from records.services.policies import content_digest
from records.services.redecision import Outcome, plan

CHUNK = 5_000
AT_ONCE = 2_000  # candidates that a page may wait for; more are a worker's
CAP = 1_000
YEARS_AHEAD = timedelta(days=3660)
# Acts after which an earlier answer may no longer be the whole one.
MOVING = (
    "records.approved", "records.published", "records.corrected", "records.withdrawn", "records.repaired",
    "records.expired", "records.rule_changed", "records.rule_closed", "records.publication_rule_approved",
    "records.publication_rule_revoked",
)  # fmt: skip


def start_dry_run(proposal_id: int | None, day: date, *, actor: Actor, today: date | None = None) -> DryRun:
    """试算 for `day`: done at once when little is to be looked at, else by a worker. Without a proposal: what ends."""
    if why_not := keeps_policy(None, actor):
        raise NotAllowed("not_allowed", why_not)
    today = today or timezone.localdate(actor.now())
    if not today <= day <= today + YEARS_AHEAD:
        raise Invalid("bad_day", "试算日期须在今天至十年以内。", fields={"day": ["请选择今天至十年以内的日期。"]})
    run, large = _created(proposal_id, day, actor)
    if not large:
        finish_dry_run(run.pk)
    run.refresh_from_db()
    return run


@transaction.atomic
def _created(proposal_id: int | None, day: date, actor: Actor) -> tuple[DryRun, bool]:
    proposal = PublicationProposal.objects.filter(pk=proposal_id).first() if proposal_id else None
    if proposal_id and proposal is None:
        raise NotFound("not_found", "没有找到该提案，请从提案列表重新进入。")
    run = DryRun(
        proposal=proposal,
        day=day,
        proposal_digest=content_digest(proposal.rules.all()) if proposal else "",
        ledger_mark=AuditEvent.objects.aggregate(last=Max("pk"))["last"] or 0,
        asked_by_id=actor.user_id,
        asked_at=actor.now(),
        last_key=CreditRecord.objects.aggregate(last=Max("pk"))["last"] or 0,
        summary={"groups": [], "fields": {}},
    )
    run.save()
    audit.record("records.dry_run_started", run, actor=actor, changes={"day": [None, day.isoformat()]})
    large = candidates(run).order_by()[: AT_ONCE + 1].count() > AT_ONCE
    if large:
        from records.tasks import dry_run  # the task calls this room's services

        dry_run.delay_on_commit(run.pk)  # type: ignore[attr-defined]
    return run, large


def rules_to_carry_out(run: DryRun) -> list[PublicationRule]:
    """What reaches back and is due by that day: approved and not yet through, and the proposal's own."""
    due = list(PublicationRule.objects.to_apply(run.day))
    if run.proposal_id:
        due += _proposed(run).filter(applies_to_earlier=True, in_force_from__lte=run.day)
    return due


def _proposed(run: DryRun) -> Any:
    """The proposal's versions that are not among the approved ones already."""
    return PublicationRule.objects.filter(proposal=run.proposal_id).exclude(status="approved")


def candidates(run: DryRun, due: Sequence[PublicationRule] | None = None) -> CreditRecordQuerySet:
    """Every record that the sweep of that day can possibly touch."""
    due = rules_to_carry_out(run) if due is None else due
    rows: CreditRecordQuerySet = CreditRecord.objects.decided_by_policy()
    by_calendar = Q(status=RecordStatus.PUBLISHED, publish_until__lt=run.day) | Q(
        status=RecordStatus.APPROVED, publish_from__lte=run.day
    )
    return rows.filter(by_calendar | in_class_of(due))


def finish_dry_run(run_id: int) -> bool:
    """Chunk after chunk until the end; a run that somebody else is at is shared, not done twice."""
    try:
        while continue_dry_run(run_id):
            pass
    except Exception as error:
        DryRun.objects.filter(pk=run_id).update(
            problem=f"试算中断（{type(error).__name__}），没有得出结果。请重新试算；再次中断的，请联系系统管理员。"
        )
        raise
    return True


@transaction.atomic
def continue_dry_run(run_id: int, *, limit: int = CHUNK) -> bool:
    """The next chunk and the counters with it; False when there is nothing more to do."""
    run = locked(DryRun.objects.all(), run_id)
    if run.finished_at is not None:
        return False
    due = rules_to_carry_out(run)
    rows = candidates(run, due).filter(pk__gt=run.cursor, pk__lte=run.last_key).order_by("pk")
    records = list(rows[:limit])
    run.heartbeat_at, run.problem = timezone.now(), ""
    if not records:
        run.finished_at, run.cursor = run.heartbeat_at, run.last_key
        run.save()
        _forget_older(run)
        return False
    policy = PublicationPolicy(proposed=_proposed(run) if run.proposal_id else ())
    last = records[-1].pk
    outcomes = [o for o in plan(records, day=run.day, policy=policy, due=due) if o.effect]
    insert_rows(DryRunRow, ROW, [_row(run.pk, o) for o in outcomes])
    run.summary = _summed(run.summary, outcomes)
    run.digest = _chained(run.digest, outcomes)
    run.cursor, run.checked, run.affected = last, run.checked + len(records), run.affected + len(outcomes)
    run.save()
    return True


ROW = (
    "run", "record", "effect", "kind", "agency", "subject_kind", "tier", "rule_before", "rule_after", "until_before",
    "until_after", "fields_added", "fields_removed", "fields_altered",
)  # fmt: skip


def _row(run_id: int, o: Outcome) -> tuple[Any, ...]:
    r = o.record
    return (
        run_id, r.pk, o.effect, r.kind, r.agency_id, o.subject_kind, r.tier, o.rule_before, r.publication_rule_id,
        o.until_before, r.publish_until, o.added, o.removed, o.altered,
    )  # fmt: skip


def _summed(summary: dict[str, Any], outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """The counts so far and these: by effect × kind × agency × subject kind × category × tier, and by field."""
    groups = Counter({tuple(row[:-1]): row[-1] for row in summary["groups"]})
    fields: dict[str, dict[str, list[int]]] = summary["fields"]
    for o in outcomes:
        r = o.record
        groups[str(o.effect), r.kind, r.agency_id, o.subject_kind, r.category, r.tier] += 1
        counts = fields.setdefault(r.kind, {})
        for place, names in enumerate((o.added, o.removed, o.altered)):
            for name in names:
                counts.setdefault(name, [0, 0, 0])[place] += 1
    return {"groups": [[*key, count] for key, count in sorted(groups.items())], "fields": fields}


def _chained(digest: str, outcomes: Iterable[Outcome]) -> str:
    """A digest over every row in the order of the keys, whatever the chunks were."""
    for o in outcomes:
        digest = hashlib.sha256("|".join([digest, *map(str, _row(0, o))]).encode()).hexdigest()
    return digest


def _forget_older(run: DryRun) -> None:
    """The rows of earlier runs of the same question; their parameters, counts and digest stay."""
    earlier = DryRun.objects.filter(proposal=run.proposal_id, pk__lt=run.pk)
    rows = DryRunRow.objects.filter(run__in=earlier.values("pk"))
    rows._raw_delete(rows.db)


def latest_dry_run(proposal: PublicationProposal) -> DryRun | None:
    found: DryRun | None = proposal.dry_runs.first()
    return found


def moved_since(run: DryRun) -> int:
    """Acts in the ledger and the rules since the run began, counted up to CAP."""
    events = AuditEvent.objects.filter(pk__gt=run.ledger_mark, action__in=MOVING)
    return int(events.order_by()[:CAP].count())


def unattended() -> Iterator[int]:
    """Runs that should go on and do not: their worker is gone, or the message was lost."""
    stale = timezone.now() - timedelta(seconds=settings.IMPORT_CLAIM_SECONDS)
    waiting = DryRun.objects.filter(finished_at__isnull=True, problem="", heartbeat_at__lt=stale)
    yield from waiting.order_by("pk").values_list("pk", flat=True)


def progress(run: DryRun) -> int:
    """Per cent of the ledger's keys that were passed."""
    return 100 if run.finished_at else min(99, 100 * run.cursor // max(1, run.last_key))
