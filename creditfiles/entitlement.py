"""Who may look into whose file, for what, and how much it opens: dated rules `lookup.<purpose>`, never constants."""

from dataclasses import dataclass
from datetime import date

from core.actors import Actor
from core.errors import NotFound
from core.models import Rule
from core.rules import rule_on
from creditfiles.choices import Projection, Purpose
from creditfiles.file import Scope, family
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

    def refusal(self, subject: Subject, actor: Actor) -> str | None:
        """Why this person may not open this file for this purpose; None when allowed."""
        value, label = self.rule.value, Purpose(self.purpose).label
        own_unit = subject.pk in actor.unit_ids and actor.has(*value.get("own_unit", ()))
        if not actor.has(*value["roles"]) and not own_unit:
            return f"您的角色不能以“{label}”为目的查询。可用的目的见下拉列表；确需查询的，请联系信用办。"
        subjects = value.get("subjects")
        if subjects is not None and subject.kind not in subjects:
            return f"以“{label}”为目的不能查询{subject.get_kind_display()}的档案（依据：{self.rule.basis}）。"
        return None


def entitlement(purpose: str, day: date) -> Entitlement:
    return Entitlement(purpose, rule_on(f"lookup.{purpose}", day), day)


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
