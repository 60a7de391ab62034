"""What a day does to records already decided: rules that reach back, periods that end, start days that come.

`plan` says it and changes nothing; the daily sweep carries it out and a dry run lists it, so that both are the same
answer. Records that ended (repaired, withdrawn, expired) stay ended, whatever a later rule says.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction

from core import acts, audit
from core.actors import Actor, system_actor
from core.bulk import update_rows
from core.locks import locked, locked_many
from records.choices import Effect, RecordStatus, RevisionAct
from records.deadlines import OBJECT
from records.lifecycle import RECORD
from records.models import CreditRecord, PublicationRule, PublicRecord, Subject
from records.policy import SHOWN, Decision, PublicationPolicy, is_about
from records.projection import tombstone
from records.querysets import in_class_of
from records.services.publication import Outgoing, corrected_among, project_records, write_revisions

CHUNK = 5_000


@dataclass(slots=True)
class Outcome:
    """One record before and after. `record` carries what is to be saved; without `effect` readers see no difference."""

    record: CreditRecord
    subject_kind: str
    rule_before: int | None
    until_before: date | None
    visibility_before: str
    effect: str = ""
    rule: PublicationRule | None = None
    shown: Outgoing | None = None
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)


def plan(
    records: Sequence[CreditRecord], *, day: date, policy: PublicationPolicy, due: Iterable[PublicationRule]
) -> list[Outcome]:
    """What the sweep of `day` does to these records, `due` being the rules it has to carry out. Fixed queries."""
    due = list(due)
    kinds = dict(Subject.objects.filter(pk__in={r.subject_id for r in records}).values_list("pk", "kind"))
    outcomes = []
    for record in records:
        kind = kinds[record.subject_id]
        outcome = Outcome(record, kind, record.publication_rule_id, record.publish_until, record.visibility)
        if any(_touches(rule, record, kind) for rule in due):
            _by_rule(outcome, policy.decide(record, kind, on=day), day)
        else:
            _by_calendar(outcome, policy, day)
        outcomes.append(outcome)
    _show(outcomes, policy)
    return [o for o in outcomes if o.effect or o.rule_before != o.record.publication_rule_id or _moved(o)]


def _touches(rule: PublicationRule, record: CreditRecord, subject_kind: str) -> bool:
    ended = rule.in_force_to is not None and record.decided_on > rule.in_force_to
    return not ended and is_about(rule, record.kind, subject_kind, record.tier, record.category)


def _moved(outcome: Outcome) -> bool:
    """Whether more than the effect needs saving: what staff and later sweeps read."""
    record = outcome.record
    return outcome.until_before != record.publish_until or outcome.visibility_before != record.visibility


def _by_rule(outcome: Outcome, decision: Decision | None, day: date) -> None:
    """The policy's answer of the day replaces the stored one."""
    record = outcome.record
    repairable_before = record.repairable_from
    outcome.rule = decision.rule if decision else None
    record.publication_rule_id = decision.rule.pk if decision else None
    record.visibility = decision.visibility if decision else "internal"
    record.publish_until = decision.until if decision else None
    record.repairable_from = decision.repairable_from if decision else None
    if record.status == RecordStatus.APPROVED:
        if decision and decision.shown_on(day) and (record.publish_from is None or record.publish_from <= day):
            _appear(outcome, day)
        return
    if decision is None or decision.visibility not in SHOWN:
        outcome.effect = Effect.VANISHES
        record.publish_from = record.opened_on = None
    elif not decision.shown_on(day):
        outcome.effect = Effect.EXPIRES
    elif outcome.rule_before != decision.rule.pk or _moved(outcome) or repairable_before != record.repairable_from:
        outcome.effect = Effect.TERMS  # FIELDS when the content turns out to differ


def _by_calendar(outcome: Outcome, policy: PublicationPolicy, day: date) -> None:
    """No rule to carry out: the period ends, or a start day has come."""
    record = outcome.record
    if record.status == RecordStatus.PUBLISHED:
        if record.expires_on_or_before(day):
            outcome.effect = Effect.EXPIRES
    elif record.publish_from is not None and record.publish_from <= day:
        decision = policy.decide(record, outcome.subject_kind, on=day)
        if decision and decision.shown_on(day):
            outcome.rule = decision.rule
            record.publication_rule_id, record.visibility = decision.rule.pk, decision.visibility
            record.publish_until, record.repairable_from = decision.until, decision.repairable_from
            _appear(outcome, day, opened=False)


def _appear(outcome: Outcome, day: date, *, opened: bool = True) -> None:
    record = outcome.record
    outcome.effect = Effect.APPEARS
    record.publish_from = record.published_on = day
    if opened:
        record.opened_on = day


def _show(outcomes: Sequence[Outcome], policy: PublicationPolicy) -> None:
    """The content to come of what is public then, and how it differs from what is public now."""
    changed = [o for o in outcomes if o.effect]
    now = _public_now([o.record.pk for o in changed if o.effect != Effect.APPEARS])
    shown = [o for o in changed if o.effect in (Effect.APPEARS, Effect.FIELDS, Effect.TERMS)]
    for outcome in changed:
        outcome.record.version += 1
    corrected = corrected_among(o.record.pk for o in shown)
    rows = project_records([o.record for o in shown], corrected=corrected, policy=policy)
    found = {row.record.pk: row for row in rows}
    for outcome in shown:
        outcome.shown = found[outcome.record.pk]
    for outcome in changed:
        _compare(outcome, now.get(outcome.record.pk))


def _public_now(ids: Sequence[int]) -> dict[int, Any]:
    rows = PublicRecord.objects.filter(pk__in=ids).values_list("pk", "revision__public")
    return dict(rows)


def _compare(outcome: Outcome, before: Mapping[str, Any] | None) -> None:
    old = _values(before) if before else {}
    new = _values(outcome.shown.public) if outcome.shown else {}
    outcome.added = [name for name in new if name not in old]
    outcome.removed = [name for name in old if name not in new]
    outcome.altered = [name for name in new if name in old and new[name] != old[name]]
    if outcome.effect == Effect.TERMS and (outcome.added or outcome.removed or outcome.altered):
        outcome.effect = Effect.FIELDS


def _values(public: Mapping[str, Any]) -> dict[str, str]:
    """What a reader sees, by field; name and title too, which masking changes."""
    return {
        "subject": public["subject"]["name"],
        "title": public["title"],
        **{f["name"]: f["value"] for f in public["fields"]},
    }


# ---------------------------------------------------------------- carrying it out


TRANSITIONS = {
    Effect.APPEARS: ("publish", RevisionAct.PUBLISHED, "records.published"),
    Effect.FIELDS: ("conform", RevisionAct.RULE_CHANGED, "records.rule_changed"),
    Effect.TERMS: ("conform", RevisionAct.RULE_CHANGED, "records.rule_changed"),
    Effect.VANISHES: ("close", RevisionAct.RULE_CLOSED, "records.rule_closed"),
    Effect.EXPIRES: ("expire", RevisionAct.EXPIRED, "records.expired"),
}
SAVED = (
    "status", "disputed", "visibility", "publication_rule", "repairable_from", "publish_from", "publish_until",
    "published_on", "opened_on", "version", "updated_at",
)  # fmt: skip


def carry_out(outcomes: Sequence[Outcome], *, actor: Actor, today: date) -> int:
    """Save what `plan` said, with a revision and an audit row each. The records are locked by the caller."""
    now = actor.now()
    for outcome in outcomes:
        if outcome.effect:
            name = TRANSITIONS[Effect(outcome.effect)][0]
            RECORD.check(outcome.record, name, actor=actor)
            RECORD.move(outcome.record, name)
            if outcome.shown is None:
                outcome.record.disputed = False
    rows = [o.record for o in outcomes]
    update_rows(
        CreditRecord,
        SAVED,
        [
            (r.pk, r.status, r.disputed, r.visibility, r.publication_rule_id, r.repairable_from, r.publish_from,
             r.publish_until, r.published_on, r.opened_on, r.version, now)
            for r in rows
        ],
    )  # fmt: skip
    groups: dict[tuple[str, int | None], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.effect, outcome.record.publication_rule_id].append(outcome)
    for (effect, _), group in groups.items():
        if effect:
            _announce(Effect(effect), group, actor=actor, today=today)
        else:
            _note(group, actor)
        # Upper rooms end, or shorten, what follows from these records.
        act = "records.ended" if effect == Effect.EXPIRES else "records.corrected"
        reasons = {o.record.pk: _reason(Effect(effect), group[0].rule) if effect else "公示规则变更。" for o in group}
        acts.announce(act, reasons=reasons, actor=actor, today=today)
    return sum(bool(o.effect) for o in outcomes)


def _announce(effect: Effect, group: Sequence[Outcome], *, actor: Actor, today: date) -> None:
    _, act, action = TRANSITIONS[effect]
    rule = group[0].rule
    basis = rule.basis if rule else ""
    reason = _reason(effect, rule)
    rows = [
        o.shown or Outgoing(o.record, tombstone(o.record, act=act, reason=reason, basis=basis, on=today)) for o in group
    ]
    for row in rows:
        row.reason, row.basis = reason, basis
    write_revisions(rows, act, actor=actor)
    entries = [audit.Entry(o.record.pk, str(o.record), _changes(o), reason) for o in group]
    audit.record_many(action, OBJECT, entries, actor=actor)


def _note(group: Sequence[Outcome], actor: Actor) -> None:
    """Not public before or after: no revision, but whoever may look it up can have changed."""
    entries = [
        audit.Entry(o.record.pk, str(o.record), _changes(o))
        for o in group
        if o.visibility_before != o.record.visibility
    ]
    audit.record_many("records.rule_changed", OBJECT, entries, actor=actor)


def _reason(effect: Effect, rule: PublicationRule | None) -> str:
    if rule is None:
        return "公示规则变更，该类信息不再公示。"
    since = f"{rule.in_force_from.year}年{rule.in_force_from.month}月{rule.in_force_from.day}日"
    said = f"公示规则变更：自{since}起适用“{rule.title}”"
    endings = {Effect.EXPIRES: "，按新规则最长公示期已届满。", Effect.VANISHES: "，停止公示。"}
    return said + endings.get(effect, "。")


def _changes(o: Outcome) -> dict[str, Any]:
    return audit.difference(
        {"visibility": o.visibility_before, "publication_rule": o.rule_before, "publish_until": o.until_before},
        {
            "visibility": o.record.visibility,
            "publication_rule": o.record.publication_rule_id,
            "publish_until": o.record.publish_until,
        },
    )


@transaction.atomic
def apply_due_rules(*, today: date, actor: Actor | None = None, limit: int = CHUNK) -> int | None:
    """Carry out the oldest rule that reaches back and is due, on its next `limit` records; None when none is left.

    A rule's place is saved with each chunk: a sweep that was killed goes on there, and one that runs again finds
    nothing to do.
    """
    actor = actor or system_actor()
    first = PublicationRule.objects.to_apply(today).order_by("in_force_from", "pk").values_list("pk", flat=True).first()
    if first is None:
        return None
    rule = locked(PublicationRule.objects.all(), first)
    if rule.applied_on is not None:
        return 0  # another sweep finished it while this one waited
    open_ones = CreditRecord.objects.decided_by_policy()
    following = open_ones.filter(in_class_of([rule]), pk__gt=rule.cursor).order_by("pk").values_list("pk", flat=True)
    ids = list(following[:limit])
    if not ids:
        rule.applied_on = today
        rule.save(update_fields=["applied_on"])
        audit.record("records.publication_rule_applied", rule, actor=actor, reason=rule.basis)
        return 0
    records = locked_many(open_ones, ids)
    outcomes = plan(records, day=today, policy=PublicationPolicy(), due=[rule])
    count = carry_out(outcomes, actor=actor, today=today)
    rule.cursor = ids[-1]
    rule.save(update_fields=["cursor"])
    return count
