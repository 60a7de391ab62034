"""The rule on a date: services ask here, and store the key of the rule they used."""

from collections.abc import Iterable
from datetime import date

from core.errors import NotFound
from core.models import Rule


def rule_on(code: str, day: date) -> Rule:
    """The version of rule `code` that holds on `day`. NotFound (with what to do) when the rulebook has none."""
    rule = Rule.objects.filter(code=code).in_force(day).order_by("-in_force_from").first()
    if rule is None:
        raise NotFound(
            "rule_missing", f"规则库中没有 {day:%Y年%m月%d日} 有效的规则“{code}”，请信用办在“规则与日历”中补充后重试。"
        )
    return rule


class RuleTimeline:
    """All versions of one rule in memory, for set-based work over many dates."""

    def __init__(self, code: str, rules: Iterable[Rule] | None = None) -> None:
        self.code = code
        found = Rule.objects.filter(code=code) if rules is None else rules
        self.rules = sorted(found, key=lambda r: r.in_force_from, reverse=True)

    def on(self, day: date) -> Rule:
        for rule in self.rules:
            if rule.in_force_from <= day and (rule.in_force_to is None or day <= rule.in_force_to):
                return rule
        return rule_on(self.code, day)  # raises with the sentence
