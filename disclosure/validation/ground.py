"""What the rules need to know besides the row: whose table it is, what day it is, and which rules hold."""

from dataclasses import dataclass, field
from datetime import date

from core.calendar import WorkCalendar
from core.errors import NotFound
from core.rules import RuleTimeline
from core.text import fold_text
from records.choices import SubjectKind
from records.models import Subject, SubjectName


@dataclass(frozen=True, slots=True)
class Authority:
    """An agency as a decision may name it; `former` when the name is no longer in use."""

    name: str
    code: str
    former: bool = False


@dataclass(slots=True)
class Ground:
    """Loaded once per table. `own` and `others` are found by folded name and by code."""

    agency_id: int
    agency: Authority
    today: date
    own: dict[str, Authority]
    others: dict[str, Authority]
    deadline: RuleTimeline
    tiers: RuleTimeline
    calendar: WorkCalendar
    _no_rule: dict[date, str] = field(default_factory=dict)

    @classmethod
    def load(cls, agency: Subject, *, today: date) -> "Ground":
        own, others = _authorities(agency)
        return cls(
            agency_id=agency.pk,
            agency=Authority(agency.name, agency.code or ""),
            today=today,
            own=own,
            others=others,
            deadline=RuleTimeline("disclosure.deadline"),
            tiers=RuleTimeline("penalty.tier"),
            calendar=WorkCalendar.load(),
        )

    def rule_missing(self, day: date) -> str | None:
        """Why no deadline can be counted from this day; None when one can."""
        if day not in self._no_rule:
            try:
                self.deadline.on(day)
                self._no_rule[day] = ""
            except NotFound as error:
                self._no_rule[day] = error.message
        return self._no_rule[day] or None


def _authorities(agency: Subject) -> tuple[dict[str, Authority], dict[str, Authority]]:
    """The agency with its subordinate bodies, and every other agency of the district."""
    agencies = {s.pk: s for s in Subject.objects.filter(kind=SubjectKind.AGENCY)} | {agency.pk: agency}
    family = _family(agency.pk, agencies)
    own: dict[str, Authority] = {}
    others: dict[str, Authority] = {}
    names = SubjectName.objects.filter(subject__in=list(agencies)).values_list("subject_id", "name", "name_folded")
    for pk, name, folded in names:
        known = agencies[pk]
        former = folded != known.name_folded
        (own if pk in family else others).setdefault(folded, Authority(name, known.code or "", former))
    for pk, known in agencies.items():
        found = own if pk in family else others
        authority = Authority(known.name, known.code or "")
        found[fold_text(known.name)] = authority
        if known.code:
            found[known.code] = authority
    return own, others


def _family(root: int, agencies: dict[int, Subject]) -> set[int]:
    family, waiting = {root}, [root]
    while waiting:
        parent = waiting.pop()
        for pk, known in agencies.items():
            if known.parent_id == parent and pk not in family:
                family.add(pk)
                waiting.append(pk)
    return family
