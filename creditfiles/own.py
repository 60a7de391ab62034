"""本人查阅: what the code's rule allows, what proves whose file it is, and the subject as the services see it."""

import hmac
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils import timezone

from core.actors import Actor, Door
from core.encryption import blind_index
from core.identifiers import normalise_code
from core.models import Rule
from core.rules import rule_on
from creditfiles.choices import Projection, Purpose
from creditfiles.entitlement import entitlement
from creditfiles.file import Scope
from creditfiles.models import OwnAccess, QueryLog
from records.choices import SubjectKind
from records.matching import identity_index
from records.models import Subject, SubjectIdentifier
from records.rosters import official_index

RULE = "lookup.own_access"
PURPOSE = Purpose.SUBJECT_REQUEST


@dataclass(frozen=True, slots=True)
class Terms:
    """The rule `lookup.own_access`: `days` a code is good for, `failures` that lock it, `minutes` of one opening."""

    rule: Rule
    days: int
    failures: int
    minutes: int


def address() -> str:
    """Where the subject goes with its code, as it stands on the slip."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/own/"


def terms_of(rule: Rule) -> Terms:
    return Terms(rule, int(rule.value["days"]), int(rule.value["failures"]), int(rule.value["minutes"]))


def terms_on(day: date) -> Terms:
    return terms_of(rule_on(RULE, day))


def digest_of(code: str) -> str:
    """Keyed, though the code has 80 random bits: whoever reads the table cannot even try."""
    return blind_index(code, "own_access")


def _known(subject: Subject) -> set[str]:
    """What the subject may prove itself by: of people the blind index of the identity number; of bodies their codes."""
    members = Subject.objects.family(subject.pk)
    if subject.is_person:
        return set(members.values_list("id_number_index", flat=True)) - {None, ""}
    codes = set(members.values_list("code", flat=True)) - {None, ""}
    # Only where there is no unified code do the older ones count.
    return codes or set(SubjectIdentifier.objects.filter(subject__in=members).values_list("value", flat=True))


def provable(subject: Subject) -> bool:
    return bool(_known(subject))


def proves(subject: Subject, typed: str) -> bool:
    """Whether what was typed is this subject's own number, in full."""
    number = normalise_code(typed)
    if subject.kind == SubjectKind.OFFICIAL:
        number = official_index(number)
    elif subject.is_person:
        number = identity_index(number)
    return bool(number) and any(hmac.compare_digest(known.encode(), number.encode()) for known in _known(subject))


def owner_of(access: OwnAccess) -> Subject:
    """Whose file the code opens: the subject, or the one that it turned out to be."""
    return access.subject.merged_into or access.subject


def actor_of(access: OwnAccess, scope: Scope, *, request_id: str = "") -> Actor:
    """The subject itself: no account, no role of the staff; `unit_ids` are the subjects for which it speaks."""
    return Actor(
        user_id=None,
        name=f"主体本人（{access}）",
        roles=frozenset({"subject"}),
        unit_ids=frozenset(scope.subject_ids),
        door=Door.PORTAL,
        request_id=request_id,
    )


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that its subject has open: the look as logged, the code, and the subject as an actor."""

    access: OwnAccess
    query: QueryLog
    actor: Actor
    scope: Scope

    @property
    def way(self) -> str:
        """How this subject proved itself, for whoever has to rely on what it says."""
        a = self.access
        return f"凭{a}在门户提交（{a.issuer}签发，{a.get_identity_check_display()}：{a.evidence}）"


def opened(access_id: int, query_id: int, *, day: date, request_id: str = "") -> Opened | None:
    """The look that was opened with this code; None when the code no longer opens anything, or the day is over."""
    access = OwnAccess.objects.with_owner().filter(pk=access_id).first()
    looks = QueryLog.objects.select_related("subject").defer("subject__id_number")
    query = looks.filter(pk=query_id, projection=Projection.OWN, user=None).first()
    if access is None or query is None or not access.opens_on(day) or query.subject_id != owner_of(access).pk:
        return None
    if timezone.localdate(query.at) != day:
        return None
    scope = entitlement(query.purpose, day).scope(query.subject)
    return Opened(access, query, actor_of(access, scope, request_id=request_id), scope)
