"""Who may look into whose file, for what, and how much it opens: dated rules `lookup.<purpose>`, never constants."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from core.actors import Actor
from core.errors import NotFound
from core.models import Rule
from core.rules import rule_on
from creditfiles.choices import LookupAbout, Projection, Purpose, Reach
from creditfiles.file import Scope, family
from creditfiles.models import Lookup
from records.choices import PERSONAL_KINDS, RecordKindCode, SubjectKind
from records.models import Subject


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What a purpose opens on a day, read off its rule.

    Value: `roles` that may ask; `own_unit`: roles that may ask about their own agency; `subjects` and `kinds` it
    opens (null: all); `internal`: also what rules keep from others; `own`: it gives the subject's own version;
    `daily_limit`: files a person may open a day.
    """

    purpose: str
    rule: Rule
    day: date

    @property
    def projection(self) -> str:
        return Projection.OWN if self.rule.value.get("own") else Projection.AUTHORISED

    @property
    def daily_limit(self) -> int:
        return int(self.rule.value["daily_limit"])

    def scope(self, subject: Subject) -> Scope:
        kinds = self.rule.value.get("kinds")
        return Scope(
            family(subject, self.day),
            self.projection,
            frozenset(kinds) if kinds is not None else None,
            bool(self.rule.value.get("internal")),
        )

    def role_refusal(self, actor: Actor) -> str | None:
        """Why nobody with these roles may ask for this purpose; None when they may."""
        if actor.has(*self.rule.value["roles"]):
            return None
        label = Purpose(self.purpose).label
        return f"您的角色不能以“{label}”为目的查询。可用的目的见下拉列表；确需查询的，请联系信用办。"

    def refusal(self, subject: Subject, actor: Actor) -> str | None:
        """Why this person may not open this file for this purpose; None when allowed."""
        value, label = self.rule.value, Purpose(self.purpose).label
        own_unit = subject.pk in actor.unit_ids and actor.has(*value.get("own_unit", ()))
        if not own_unit and (reason := self.role_refusal(actor)):
            return reason
        subjects = value.get("subjects")
        if subjects is not None and subject.kind not in subjects:
            return f"以“{label}”为目的不能查询{subject.get_kind_display()}的档案（依据：{self.rule.basis}）。"
        return None


def entitlement(purpose: str, day: date) -> Entitlement:
    return Entitlement(purpose, rule_on(f"lookup.{purpose}", day), day)


ABOUT = {
    LookupAbout.OFFICIALS: frozenset({SubjectKind.OFFICIAL}),
    LookupAbout.PERSONS: frozenset({SubjectKind.NATURAL_PERSON}),
    LookupAbout.BODIES: frozenset(SubjectKind.values) - PERSONAL_KINDS,
}


@dataclass(frozen=True, slots=True)
class ListEntitlement:
    """What a purpose opens to a whole list on a day: its entitlement, and the dated rule `lookup.list.<purpose>`.

    Value: `keys`: whether departments' systems may ask; `most_lines` of one list; `daily_lines` of one person, or of
    one agency's systems; `uncounted_kinds` of record that say nothing against anybody; `passing_kinds` that count only
    until their effect has ended; `shown`: fields of a record that the answer gives; `reach`: which people an agency
    finds (`Reach`, its own when the rule does not say).
    """

    single: Entitlement
    rule: Rule
    about: str

    @property
    def label(self) -> str:
        return str(Purpose(self.single.purpose).label)

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of subject that such a list may be about."""
        opened = self.single.rule.value.get("subjects")
        mine = ABOUT[LookupAbout(self.about)]
        return frozenset(mine) if opened is None else frozenset(mine).intersection(opened)

    @property
    def most_lines(self) -> int:
        return int(self.rule.value["most_lines"])

    @property
    def daily_lines(self) -> int:
        return int(self.rule.value["daily_lines"])

    @property
    def reach(self) -> Reach:
        """The narrower one, whatever else a rule says."""
        return Reach.BY_NUMBER if self.rule.value.get("reach") == Reach.BY_NUMBER else Reach.OWN

    @property
    def shown(self) -> frozenset[str]:
        return frozenset(self.rule.value["shown"])

    def scope(self, subject_ids: Iterable[int]) -> Scope:
        """The records about these subjects that count."""
        value = self.single.rule.value
        kinds = frozenset(RecordKindCode.values if value.get("kinds") is None else value["kinds"])
        counted = kinds.difference(self.rule.value["uncounted_kinds"])
        passing = frozenset(self.rule.value["passing_kinds"])
        internal = bool(value.get("internal"))
        return Scope(tuple(subject_ids), self.single.projection, counted, internal, passing, self.single.day)

    def refusal(self, actor: Actor) -> str | None:
        """Why this person, or this system, may not ask about such a list for this purpose; None when they may."""
        if actor.user_id is None:
            if not self.rule.value["keys"]:
                return f"接口密钥不能以“{self.label}”为目的查询名单，请由有权的工作人员在工作台查询。"
        elif reason := self.single.role_refusal(actor):
            return reason
        if not self.kinds:
            return f"以“{self.label}”为目的不能查询{LookupAbout(self.about).label}（依据：{self.single.rule.basis}）。"
        return None


def list_entitlement(purpose: str, about: str, day: date) -> ListEntitlement:
    """NotFound when lists may not be looked up for this purpose."""
    return ListEntitlement(entitlement(purpose, day), rule_on(f"lookup.list.{purpose}", day), about)


def entitled(lookup: Lookup) -> ListEntitlement:
    """What a list was asked under, whatever the rules say today."""
    return ListEntitlement(Entitlement(lookup.purpose, lookup.rule, lookup.day), lookup.list_rule, lookup.about)


def lists_open_to(actor: Actor, day: date) -> list[tuple[str, str]]:
    """Purposes for which this person may look up lists."""
    listed = set(Rule.objects.filter(code__startswith="lookup.list.").in_force(day).values_list("code", flat=True))
    roles = {
        code: set(value["roles"])
        for code, value in Rule.objects.filter(code__in=[f"lookup.{purpose}" for purpose in Purpose.values])
        .in_force(day)
        .order_by("in_force_from")
        .values_list("code", "value")
    }
    return [
        (purpose, str(label))
        for purpose, label in Purpose.choices
        if f"lookup.list.{purpose}" in listed and actor.roles & roles.get(f"lookup.{purpose}", set())
    ]


def reaching_elsewhere(purposes: Iterable[str], day: date) -> list[str]:
    """Labels of those purposes for which an agency's list may find people of other agencies."""
    rules = {f"lookup.list.{purpose}": purpose for purpose in purposes}
    found = Rule.objects.filter(code__in=rules).in_force(day).order_by("in_force_from").values_list("code", "value")
    reaches = {code: value.get("reach") for code, value in found}
    return [str(Purpose(rules[code]).label) for code in rules if reaches.get(code) == Reach.BY_NUMBER]


def open_to(actor: Actor, day: date) -> list[tuple[str, str]]:
    """Purposes that this person can choose from."""
    found = []
    for purpose, label in Purpose.choices:
        try:
            value = entitlement(purpose, day).rule.value
        except NotFound:
            continue
        if actor.has(*value["roles"], *value.get("own_unit", ())):
            found.append((purpose, str(label)))
    return found
