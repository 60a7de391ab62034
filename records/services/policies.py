"""公示规则 change by new dated rows, proposed by one person of the credit office and approved by another.

A row that has decided anything is never edited; a proposal may be changed by its proposer while it waits.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from core import acts, audit, formats
from core.actors import Actor
from core.errors import Invalid, NotAllowed, NotFound, WrongState
from core.locks import locked, locked_many, one_at_a_time
from records.choices import PERSONAL_KINDS, STANDING, RuleStatus, Visibility
from records.kinds import kind_of, registered
from records.lifecycle import PROPOSAL
from records.models import DryRun, PublicationProposal, PublicationRule
from records.permissions import keeps_policy, may_change_proposal
from records.policy import SHOWN
from records.projection import ALL_FIELDS

TURN = "records.publication_rules"
CONTENT = (
    "kind", "subject_kind", "category", "tier", "title", "visibility", "fields", "min_months", "max_months",
    "in_force_from", "applies_to_earlier", "basis", "edition", "certainty",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What a proposed row says, for the class of records kind × subject kind × category × tier ("" = every)."""

    kind: str
    subject_kind: str
    tier: str
    title: str
    visibility: str
    fields: tuple[str, ...]
    min_months: int | None
    max_months: int | None
    in_force_from: date
    basis: str
    edition: str
    certainty: str = ""
    applies_to_earlier: bool = False
    category: str = ""


def content_digest(rules: Iterable[PublicationRule]) -> str:
    """What a proposal says, in one word: a dry run and an approval name it, so that both are of the same text."""
    rows = sorted(json.dumps([str(getattr(r, n)) for n in CONTENT], ensure_ascii=False) for r in rules)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


@transaction.atomic
def propose_rules(
    versions: Sequence[NewVersion], *, title: str, reason: str, actor: Actor, today: date | None = None
) -> PublicationProposal:
    """提出公示规则: one proposal of one or more versions. Nothing changes until a second person approves it."""
    if why_not := keeps_policy(None, actor):
        raise NotAllowed("not_allowed", why_not)
    missing = {"title": title, "reason": reason}
    if errors := {n: ["请填写，批准人据此审查。"] for n, text in missing.items() if not text.strip()}:
        raise Invalid("proposal", "请写明提案名称和提出的理由。", fields=errors)
    proposal = PublicationProposal.objects.create(
        title=title.strip(), reason=reason.strip(), proposed_by_id=actor.user_id, proposed_at=actor.now()
    )
    audit.record("records.policy_proposed", proposal, actor=actor, reason=reason)
    for version in versions:
        _add(proposal, version, actor, today or timezone.localdate(actor.now()))
    return proposal


@transaction.atomic
def add_version(proposal_id: int, version: NewVersion, *, actor: Actor, today: date | None = None) -> PublicationRule:
    """One more version in a proposal that waits; an earlier dry run of it no longer counts."""
    proposal = _changeable(proposal_id, actor)
    return _add(proposal, version, actor, today or timezone.localdate(actor.now()))


@transaction.atomic
def remove_version(proposal_id: int, rule_id: int, *, actor: Actor) -> None:
    """Takes a version out again; it has decided nothing, so its row goes."""
    proposal = _changeable(proposal_id, actor)
    rule = proposal.rules.filter(pk=rule_id).first()
    if rule is None:
        raise NotFound("not_found", "该提案中没有这条规则，可能已被移除，请刷新页面。")
    if proposal.rules.count() == 1:
        raise WrongState("last_version", "提案中至少要有一条规则。不再需要的提案，请由批准人退回。")
    audit.record("records.policy_version_removed", proposal, actor=actor, changes={"rule": [rule.title, None]})
    rule.delete()


def _changeable(proposal_id: int, actor: Actor) -> PublicationProposal:
    proposal = locked(PublicationProposal.objects.all(), proposal_id)
    if why_not := may_change_proposal(proposal, actor):
        raise NotAllowed("not_allowed", why_not)
    if proposal.status != RuleStatus.PROPOSED:
        raise WrongState("decided", f"该提案{proposal.get_status_display()}，不能再修改。请另行提出。")
    return proposal


def _add(proposal: PublicationProposal, new: NewVersion, actor: Actor, today: date) -> PublicationRule:
    one_at_a_time(TURN)
    if new.kind not in {kind.code for kind in registered()}:
        raise Invalid("unknown_kind", "没有这种信用记录，请刷新页面后重选。", fields={"kind": ["请重新选择。"]})
    code = code_of(new.kind, new.subject_kind, new.category, new.tier)
    if errors := _errors(code, new, today):
        raise Invalid("publication_rule", "公示规则有需要修改的地方。", fields=errors)
    rule = PublicationRule.objects.create(
        code=code, proposal=proposal, fields=list(new.fields),
        **{name: getattr(new, name) for name in CONTENT if name != "fields"},
    )  # fmt: skip
    changes = {"rule": [None, rule.title], "in_force_from": [None, rule.in_force_from.isoformat()]}
    audit.record("records.publication_rule_added", rule, actor=actor, changes=changes, reason=new.basis)
    return rule


def code_of(kind: str, subject_kind: str, category: str, tier: str) -> str:
    """The code of the rules of a class: that of those it has already."""
    known = PublicationRule.objects.filter(kind=kind, subject_kind=subject_kind, category=category, tier=tier)
    found = known.order_by("pk").values_list("code", flat=True).first()
    return found or ".".join(part for part in (kind, subject_kind, category, tier) if part)


def _errors(code: str, new: NewVersion, today: date) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    latest = PublicationRule.objects.filter(code=code, status__in=STANDING).order_by("-in_force_from")
    if new.in_force_from <= today:
        errors["in_force_from"] = ["施行日期须晚于今天：规则自施行日起适用，不能改变已经作出的公示决定。"]
    elif (last := latest.first()) and new.in_force_from <= last.in_force_from:
        held = "已有" if last.status == RuleStatus.APPROVED else "已有待批准的"
        errors["in_force_from"] = [
            f"同一类信息{held}{formats.day(last.in_force_from)}起施行的版本，施行日期须晚于该日。"
        ]
    if new.min_months is not None and new.max_months is not None and new.min_months > new.max_months:
        errors["max_months"] = ["最长公示期不能短于最短公示期。"]
    if new.subject_kind in PERSONAL_KINDS and new.visibility == Visibility.PUBLIC:
        errors["visibility"] = ["公务员和自然人的信息只能“脱敏公开”，不能原样公开。请改选后再提出。"]
    kind = kind_of(new.kind)
    if problem := kind.category_problem(new.category):
        errors["category"] = [problem]
    known = {field.name for field in kind.fields} | {ALL_FIELDS}
    if set(new.fields) - known:
        errors["fields_"] = ["所选字段中有该种类标准之外的，请刷新页面后重选。"]
    elif new.visibility in SHOWN and not new.fields:
        errors["fields_"] = ["公开的规则至少要选一个公开字段。"]
    return errors


@transaction.atomic
def approve_proposal(
    proposal_id: int, *, actor: Actor, opinion: str = "", seen: str = "", today: date | None = None
) -> PublicationProposal:
    """批准: all versions of the proposal decide from their days on.

    `seen`: digest of what the approver read. Raises NotAllowed (own proposal), WrongState (decided, changed since it
    was read or tried, never tried, or a day has come meanwhile).
    """
    one_at_a_time(TURN)
    proposal = locked(PublicationProposal.objects.all(), proposal_id)
    PROPOSAL.check(proposal, "ratify", actor=actor)
    rules = locked_many(proposal.rules.all(), proposal.rules.values_list("pk", flat=True))
    _may_come_into_force(proposal, rules, seen, today or timezone.localdate(actor.now()))
    for rule in rules:
        PROPOSAL.move(rule, "ratify")
        rule.save(update_fields=["status"])
        audit.record("records.publication_rule_approved", rule, actor=actor, reason=rule.basis)
    _decide(proposal, "ratify", actor, opinion)
    acts.announce("policy.decided")
    return proposal


def _may_come_into_force(
    proposal: PublicationProposal, rules: Sequence[PublicationRule], seen: str, today: date
) -> None:
    digest = content_digest(rules)
    if not rules:
        raise WrongState("empty", "该提案中没有规则，请退回，由提案人重新提出。")
    if seen and seen != digest:
        raise WrongState("proposal_changed", "您打开页面之后，提案人修改过该提案。请返回重新查看后再决定。")
    tried = DryRun.objects.filter(proposal=proposal, finished_at__isnull=False).first()
    if tried is None or tried.proposal_digest != digest:
        raise WrongState("no_dry_run", "该提案还没有试算，或试算之后又有修改。请先试算，看清公示变化后再批准。")
    for rule in rules:
        if rule.in_force_from <= today:
            raise WrongState(
                "day_has_come",
                f"“{rule.title}”的施行日期{formats.day(rule.in_force_from)}已到，不能再批准。请退回，由提案人改期后重新提出。",
            )
        later = PublicationRule.objects.approved().filter(code=rule.code, in_force_from__gte=rule.in_force_from)
        if later.exists():
            raise WrongState("overtaken", f"“{rule.title}”所属类别已有施行日期更晚的规则，请退回后重新提出。")


@transaction.atomic
def refuse_proposal(proposal_id: int, *, actor: Actor, opinion: str) -> PublicationProposal:
    """退回提案 with an opinion; the rules stay as they are."""
    if not opinion.strip():
        raise Invalid("reason_required", "请填写退回的意见。", fields={"opinion": ["请填写退回的意见。"]})
    proposal = locked(PublicationProposal.objects.all(), proposal_id)
    PROPOSAL.check(proposal, "reject", actor=actor)
    for rule in locked_many(proposal.rules.all(), proposal.rules.values_list("pk", flat=True)):
        PROPOSAL.move(rule, "reject")
        rule.save(update_fields=["status"])
    _decide(proposal, "reject", actor, opinion)
    return proposal


@transaction.atomic
def revoke_proposal(proposal_id: int, *, actor: Actor, reason: str, today: date | None = None) -> PublicationProposal:
    """撤销 of what was approved and has decided nothing yet: the rules that stand go on.

    Raises Invalid (no reason), NotAllowed, WrongState (not approved, or the first day of one of its rules has come).
    """
    if not reason.strip():
        raise Invalid("reason_required", "请填写撤销的理由。", fields={"reason": ["请填写撤销的理由。"]})
    one_at_a_time(TURN)
    proposal = locked(PublicationProposal.objects.all(), proposal_id)
    PROPOSAL.check(proposal, "revoke", actor=actor)
    rules = locked_many(proposal.rules.all(), proposal.rules.values_list("pk", flat=True))
    today = today or timezone.localdate(actor.now())
    if begun := next((rule for rule in rules if rule.in_force_from <= today), None):
        since = formats.day(begun.in_force_from)
        raise WrongState(
            "day_has_come", f"“{begun.title}”已于{since}施行，不能撤销。需要改变的，请提出新的规则，经批准后施行。"
        )
    for rule in rules:
        PROPOSAL.move(rule, "revoke")
        rule.save(update_fields=["status"])
        audit.record("records.publication_rule_revoked", rule, actor=actor, reason=reason)
    PROPOSAL.move(proposal, "revoke")
    proposal.revoked_by_id, proposal.revoked_at, proposal.revoke_reason = actor.user_id, actor.now(), reason.strip()
    proposal.save()
    audit.record("records.policy_revoked", proposal, actor=actor, reason=reason)
    acts.announce("policy.decided")
    return proposal


def _decide(proposal: PublicationProposal, transition: str, actor: Actor, opinion: str) -> None:
    PROPOSAL.move(proposal, transition)
    proposal.decided_by_id, proposal.decided_at = actor.user_id, actor.now()
    proposal.decision_reason = opinion.strip()
    proposal.save()
    action = "records.policy_approved" if transition == "ratify" else "records.policy_refused"
    audit.record(action, proposal, actor=actor, reason=opinion)
