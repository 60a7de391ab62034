"""Publication policy (公示规则) applied: one answer per record, from dated rows that can be cited.

信用修复管理办法 (2026-04-01), before it 令58 (2023-05-01) and 发改办财金〔2019〕527号; a record is judged by the rule
that held on its decision day. Days are counted from the decision day.
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


class PublicationPolicy:
    """All publication rules in memory; `decide` picks the most specific one in force on the decision day.

    A record that no rule covers stays internal: nothing is public without a rule that says so.
    """

    def __init__(self, rules: Iterable[PublicationRule] | None = None) -> None:
        found = PublicationRule.objects.all() if rules is None else rules
        # More specific first; among equals the later one.
        self.rules = sorted(found, key=lambda r: (bool(r.subject_kind), bool(r.tier), r.in_force_from), reverse=True)

    def rule_for(self, kind: str, subject_kind: str, tier: str, day: date) -> PublicationRule | None:
        for rule in self.rules:
            if (
                rule.kind == kind
                and rule.subject_kind in ("", subject_kind)
                and rule.tier in ("", tier)
                and rule.in_force_from <= day
                and (rule.in_force_to is None or day <= rule.in_force_to)
                # A person's record is never opened by a rule written for everybody.
                and (subject_kind not in PERSONAL_KINDS or rule.subject_kind == subject_kind)
            ):
                return rule
        return None

    def decide(self, record: CreditRecord, subject_kind: str) -> Decision | None:
        rule = self.rule_for(record.kind, subject_kind, record.tier, record.decided_on)
        if rule is None:
            return None
        limit = rule.max_months
        until = record.effective_to if limit is None else add_months(record.decided_on, limit)
        if until is not None and until >= LONG_TERM:
            until = None
        repairable = None if rule.min_months is None else add_months(record.decided_on, rule.min_months)
        return Decision(rule, rule.visibility, until, repairable)
