"""What will happen when a record is approved, before it is: the policy's answer and the public projection to come."""

from collections import Counter
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any

from core import formats
from records.choices import PublicState, Visibility
from records.kinds import kind_of
from records.models import CreditRecord, Subject
from records.policy import Decision, PublicationPolicy
from records.projection import project


@dataclass(frozen=True, slots=True)
class Preview:
    """The decision to come, in one sentence; `public` is what readers would see, None when nothing."""

    decision: Decision | None
    public: dict[str, Any] | None
    sentence: str


def preview(record: CreditRecord, detail: Any, *, today: date, state: str = PublicState.PUBLISHED) -> Preview:
    """As if `record` (which need not be saved) were published today."""
    decision = PublicationPolicy().decide(record, record.subject.kind, on=today)
    when = "认定生效后" if kind_of(record.kind).found else "审核通过后"
    sentence = _sentence(decision, today, when)
    if decision is None or not decision.shown_on(today):
        return Preview(decision, None, sentence)
    future = copy(record)
    future.version += 1
    future.published_on = record.published_on or today
    future.publish_until, future.repairable_from = decision.until, decision.repairable_from
    public = project(
        future,
        detail,
        kind=kind_of(record.kind),
        subject=record.subject,
        agency=record.agency,
        rule=decision.rule,
        state=state,
    )
    return Preview(decision, public, sentence)


def _sentence(decision: Decision | None, today: date, when: str) -> str:
    if decision is None:
        return f"没有公示规则覆盖该类信息，{when}不公示，仅作内部保存。"
    basis = f"依据{decision.rule.basis}"
    if decision.shown_on(today):
        until = f"最长公示至{formats.day(decision.until)}" if decision.until else "在有效期内持续公示"
        return f"{when}立即公示，{until}。{basis}。"
    if decision.until is not None and decision.until < today:
        return f"最长公示期已于{formats.day(decision.until)}届满，{when}不公示，仅作内部保存。{basis}。"
    kept = "供授权查询" if decision.visibility == Visibility.AUTHORISED else "仅作内部保存"
    return f"按公示规则“{decision.rule.title}”，{when}不公示，{kept}。{basis}。"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What approving a set of records will do: how many appear, and how many do not, by reason."""

    shown: int
    withheld: dict[str, int]


def outlook(records: Iterable[CreditRecord], *, today: date) -> Outlook:
    """The same for many records, with two queries."""
    found = list(records)
    policy = PublicationPolicy()
    kinds = dict(Subject.objects.filter(pk__in={r.subject_id for r in found}).values_list("pk", "kind"))
    shown, withheld = 0, Counter[str]()
    for record in found:
        decision = policy.decide(record, kinds[record.subject_id], on=today)
        if decision is not None and decision.shown_on(today):
            shown += 1
        elif decision is None:
            withheld["没有公示规则覆盖"] += 1
        elif decision.until is not None and decision.until < today:
            withheld["最长公示期已届满"] += 1
        else:
            withheld[decision.rule.title] += 1
    return Outlook(shown, dict(withheld))
