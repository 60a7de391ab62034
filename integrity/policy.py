"""The dated rules of this room: which measures there are on a day, and how long each has effect."""

from datetime import date

from core.models import Rule
from core.rules import rule_on
from integrity.choices import Source
from integrity.effects import Measure

PREFIX = "integrity.measure."
STATEMENT_RULE, DEADLINE_RULE, SEVERAL_RULE = "integrity.statement", "integrity.deadline", "integrity.several"


def measures_on(day: date, subject_kind: str) -> dict[str, tuple[Measure, Rule]]:
    """Measures that may be taken against this kind of subject by what holds on that day, in the rulebook's order."""
    found: dict[str, tuple[Measure, Rule]] = {}
    for rule in Rule.objects.filter(code__startswith=PREFIX).in_force(day).order_by("pk"):
        measure = measure_of(rule)
        if subject_kind in measure.whose:
            found[measure.code] = (measure, rule)
    return found


def measure_of(rule: Rule) -> Measure:
    return Measure.of(rule.code.removeprefix(PREFIX), rule.value)


def named(measure: Measure) -> str:
    """纪律处分：记过; a measure that is called like its source, once."""
    source = source_of(measure.code).label
    return measure.label if measure.label == source else f"{source}：{measure.label}"


def source_of(code: str) -> Source:
    """`discipline.demerit` → 纪律处分."""
    return Source(code.partition(".")[0])


def cap_on(day: date) -> int:
    """How many months equal 处分 may reach together (政务处分法 15)."""
    return int(rule_on(SEVERAL_RULE, day).value["cap_months"])
