"""How sanctions end by themselves: with their cause, with a correction of it, with their last day. Set-based: thousands
end with as many statements as one, and each has its audit row all the same."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from core import audit
from core.actors import Actor, system_actor
from core.bulk import update_rows
from core.formats import day
from core.locks import locked_many
from records.models import CreditRecord
from sanctions import policy
from sanctions.choices import STANDING, LiftGround, SanctionStatus
from sanctions.lifecycle import SANCTION
from sanctions.models import Sanction

OBJECT = Sanction._meta.label_lower
CHUNK = 5_000


@dataclass(slots=True)
class Change:
    """One sanction and what becomes of it: `until` where it is only shortened."""

    sanction: Sanction
    reason: str
    ground: str = LiftGround.CAUSE_ENDED
    until: date | None = None


@transaction.atomic
def end_with_causes(*, reasons: Mapping[int, str], actor: Actor, today: date) -> None:
    """records.ended: what stands because of these records is lifted, what waits is dropped. The caller locked them."""
    _end([_over(s, today) or Change(s, _because(reasons[s.cause_id])) for s in _standing(reasons)], actor, today)


@transaction.atomic
def follow_corrections(*, reasons: Mapping[int, str], actor: Actor, today: date) -> None:
    """records.corrected: what can no longer stand is lifted, what would outlast its cause is shortened."""
    found = _standing(reasons)
    causes = CreditRecord.objects.in_bulk({s.cause_id for s in found}) if found else {}
    _end([c for s in found if (c := _follow(s, causes[s.cause_id], reasons[s.cause_id], today))], actor, today)


def _standing(reasons: Iterable[int]) -> list[Sanction]:
    """Locked. Nothing is locked, and nothing more is asked, where nothing stands: most records have no sanction."""
    ids = list(Sanction.objects.because_of(reasons).filter(status__in=STANDING).values_list("pk", flat=True))
    rows = Sanction.objects.filter(status__in=STANDING).select_related("measure", "subject")
    return locked_many(rows, ids) if ids else []


def _because(reason: str) -> str:
    return f"原因记录终止：{reason}"


def _over(sanction: Sanction, today: date) -> Change | None:
    if sanction.ends_on is None or sanction.ends_on >= today:
        return None
    return Change(sanction, f"到{day(sanction.ends_on)}期满，自动解除。", LiftGround.EXPIRED)


def _follow(sanction: Sanction, cause: CreditRecord, reason: str, today: date) -> Change | None:
    last = policy.last_day(cause)
    if cause.subject_id != sanction.subject_id:
        return Change(sanction, f"原因记录更正后不再是对该主体的记录：{reason}")
    if problem := policy.cause_problem(cause, max(sanction.starts_on, today)):
        return _over(sanction, today) or Change(sanction, f"{_because(reason)}{problem}")
    if last and (sanction.ends_on is None or sanction.ends_on > last):
        return Change(sanction, f"原因记录更正，惩戒到{day(last)}为止：{reason}", until=last)
    return None


def _end(changes: Sequence[Change], actor: Actor, today: date) -> None:
    waiting = [c for c in changes if c.sanction.status == SanctionStatus.PROPOSED]
    running = [c for c in changes if c.sanction.status == SanctionStatus.ACTIVE]
    # Acts of the system: whoever changed the record did not decide about what followed from it.
    system = system_actor(actor.door, at=actor.at)
    _write([c for c in waiting if c.until is None], "drop", system, actor, today)
    _write([c for c in running if c.until is None], "lift", system, actor, today)
    _write([c for c in (*waiting, *running) if c.until], "shorten", system, actor, today)


def _dropped(c: Change, today: date, actor: Actor) -> tuple[object, ...]:
    return (c.sanction.pk, c.sanction.status, actor.now(), c.reason)


def _lifted(c: Change, today: date, actor: Actor) -> tuple[object, ...]:
    return (c.sanction.pk, c.sanction.status, today, c.ground, c.reason)


def _shortened(c: Change, today: date, actor: Actor) -> tuple[object, ...]:
    return (c.sanction.pk, c.until)


Writer = Callable[[Change, date, Actor], tuple[object, ...]]
WRITES: dict[str, tuple[str, Sequence[str], Writer]] = {
    "drop": ("sanctions.declined", ("status", "decided_at", "decision_reason"), _dropped),
    "lift": ("sanctions.lifted", ("status", "lifted_on", "lift_ground", "lift_reason"), _lifted),
    "shorten": ("sanctions.shortened", ("ends_on",), _shortened),
}


def _write(changes: Sequence[Change], transition: str, system: Actor, actor: Actor, today: date) -> None:
    if not changes:
        return
    action, columns, values = WRITES[transition]
    for change in changes:
        if not (transition == "shorten" and change.sanction.status == SanctionStatus.PROPOSED):
            SANCTION.check(change.sanction, transition, actor=system)
            SANCTION.move(change.sanction, transition)
    update_rows(Sanction, columns, [values(c, today, actor) for c in changes])
    entries = [
        audit.Entry(
            c.sanction.pk,
            str(c.sanction),
            {"执行截止日": [_iso(c.sanction.ends_on), _iso(c.until)]} if c.until else None,
            c.reason,
        )
        for c in changes
    ]
    audit.record_many(action, OBJECT, entries, actor=actor)


def _iso(on: date | None) -> str | None:
    return on.isoformat() if on else None


@transaction.atomic
def lift_due(*, today: date, actor: Actor | None = None, limit: int = CHUNK) -> int:
    """到期: at most `limit` sanctions whose last day is past; call again until it returns 0."""
    ids = list(Sanction.objects.over_on(today).order_by("pk").values_list("pk", flat=True)[:limit])
    rows = locked_many(Sanction.objects.over_on(today).select_related("measure", "subject"), ids) if ids else []
    changes = [change for s in rows if (change := _over(s, today))]
    _end(changes, actor or system_actor(), today)
    return len(changes)


def lift_all_due(*, today: date) -> int:
    """What the night does; twice changes nothing."""
    lifted = 0
    while count := lift_due(today=today):
        lifted += count
    return lifted
