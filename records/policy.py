"""Publication policy (公示规则) applied: one answer per record, from dated rows that can be cited.

信用修复管理办法 (2026-04-01), before it 令58 (2023-05-01) and 发改办财金〔2019〕527号; a record is judged by the rule
that held on its decision day, or by a later one that reaches back to it. Days are counted from the decision day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from dateutil.relativedelta import relativedelta

from records.choices import PERSONAL_KINDS, Visibility
from records.models.ledger import CreditRecord
from records.models.policy import PublicationRule

LONG_TERM = date(2099, 12, 31)
SHOWN = frozenset({Visibility.PUBLIC, Visibility.MASKED})


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy says about one record. `until` is the last public day; None = as long as it has effect."""

    rule: PublicationRule
    visibility: str
    until: date | None
    repairable_from: date | None

    def shown_on(self, day: date) -> bool:
        return self.visibility in SHOWN and (self.until is None or day <= self.until)


@lru_cache(maxsize=10_000)
def add_months(day: date, months: int) -> date:
    moved: date = day + relativedelta(months=months)
    return moved


def is_about(rule: PublicationRule, kind: str, subject_kind: str, tier: str, category: str) -> bool:
    """Whether the rule was written for this class of records; querysets.in_class_of says the same in SQL."""
    return (
        rule.kind == kind
        and rule.subject_kind in ("", subject_kind)
        and rule.category in ("", category)
        and rule.tier in ("", tier)
        # A person's record is never opened by a rule written for everybody.
        and (subject_kind not in PERSONAL_KINDS or rule.subject_kind == subject_kind)
    )


def reaches(rule: PublicationRule, decided_on: date, *, on: date) -> bool:
    """Whether on day `on` the rule decides what was decided on `decided_on`."""
    if rule.in_force_to is not None and decided_on > rule.in_force_to:
        return False
    return rule.in_force_from <= (on if rule.applies_to_earlier else decided_on)


class PublicationPolicy:
    """All approved publication rules in memory; `decide` picks the most specific one that reaches the record.

    A record that no rule covers stays internal: nothing is public without a rule that says so. `proposed`: versions
    that count as if they were approved, for dry runs.
    """

    def __init__(
        self, rules: Iterable[PublicationRule] | None = None, *, proposed: Iterable[PublicationRule] = ()
    ) -> None:
        found = PublicationRule.objects.approved() if rules is None else rules
        # More specific first; among equals the later one.
        self.rules: list[PublicationRule] = sorted(
            [*found, *proposed],
            key=lambda r: (bool(r.subject_kind), bool(r.category), bool(r.tier), r.in_force_from, r.pk or 0),
            reverse=True,
        )

    def rule_for(
        self, kind: str, subject_kind: str, tier: str, decided_on: date, *, on: date, category: str = ""
    ) -> PublicationRule | None:
        """`category` "": a record that has none, which no rule about one sub-kind is about."""
        for rule in self.rules:
            if is_about(rule, kind, subject_kind, tier, category) and reaches(rule, decided_on, on=on):
                return rule
        return None

    def decide(self, record: CreditRecord, subject_kind: str, *, on: date) -> Decision | None:
        """The answer on day `on`: it changes only when a rule that reaches back comes into force."""
        rule = self.rule_for(record.kind, subject_kind, record.tier, record.decided_on, on=on, category=record.category)
        if rule is None:
            return None
        limit = rule.max_months
        until = record.effective_to if limit is None else add_months(record.decided_on, limit)
        if until is not None and until >= LONG_TERM:
            until = None
        repairable = None if rule.min_months is None else add_months(record.decided_on, rule.min_months)
        personal = subject_kind in PERSONAL_KINDS and rule.visibility == Visibility.PUBLIC
        return Decision(rule, Visibility.MASKED if personal else rule.visibility, until, repairable)
