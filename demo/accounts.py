"""Accounts of the demonstration: people who can sign in with one password made for this installation, and for every
other agency a clerk and a reviewer whom the history needs and nobody can sign in as."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.choices import Role
from accounts.models import RoleGrant, User
from core import audit
from core.actors import system_actor
from demo import names
from demo.agencies import agencies
from records.models import Membership, Subject


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    name: str
    role: Role
    agency: str = ""  # key in demo.agencies


MAIN_AGENCY, SECOND_AGENCY = "market", "city"
# The first three are the ones that `make run` prints.
CAST = (
    Person("clerk", "陈曦禾", Role.CLERK, MAIN_AGENCY),
    Person("reviewer", "林知远", Role.REVIEWER, MAIN_AGENCY),
    Person("office", "黄砚秋", Role.CREDIT_OFFICE, "reform"),
    Person("clerk2", "张栖云", Role.CLERK, MAIN_AGENCY),
    Person("agency-admin", "刘沐晴", Role.AGENCY_ADMIN, MAIN_AGENCY),
    Person("city-clerk", "曾望舒", Role.CLERK, SECOND_AGENCY),
    Person("city-reviewer", "钟景行", Role.REVIEWER, SECOND_AGENCY),
    Person("office2", "谢听澜", Role.CREDIT_OFFICE, "reform"),
    Person("auditor", "叶清和", Role.AUDITOR),
    Person("system-admin", "吴屿", Role.SYSTEM_ADMIN),
    Person("security-admin", "邓朗", Role.SECURITY_ADMIN),
    Person("audit-admin", "徐衡", Role.AUDIT_ADMIN),
)
PRINTED = CAST[:3]


def create_accounts(units: Mapping[str, Subject], password: str, random: Random, *, at: datetime) -> dict[str, User]:
    """Everybody by username; `at` is when they were created."""
    known, now = make_password(password), timezone.now()
    people = [(person, known) for person in CAST]
    people += [(person, make_password(None)) for person in _others(random)]
    users = User.objects.bulk_create(
        User(
            username=p.username,
            display_name=p.name,
            is_staff=True,
            password=secret,
            date_joined=at,
            password_changed_at=now,
        )
        for p, secret in people
    )
    RoleGrant.objects.bulk_create(
        RoleGrant(user=user, role=p.role, granted_at=at) for user, (p, _) in zip(users, people, strict=True)
    )
    since = date(at.year, at.month, 1)
    Membership.objects.bulk_create(
        Membership(user=user, agency=units[p.agency], since=since)
        for user, (p, _) in zip(users, people, strict=True)
        if p.agency
    )
    entries = [audit.Entry(user.pk, str(user)) for user in users]
    audit.record_many("accounts.created", User._meta.label_lower, entries, actor=system_actor("command", at=at))
    return {user.username: user for user in users}


def _others(random: Random) -> list[Person]:
    """A clerk and a reviewer for each agency that has none yet."""
    staffed = {p.agency for p in CAST if p.role in (Role.CLERK, Role.REVIEWER)}
    return [
        Person(f"{agency.key}-{role}", names.person(random), role, agency.key)
        for agency in agencies()
        if agency.key not in staffed
        for role in (Role.CLERK, Role.REVIEWER)
    ]


def clerk_of(agency: str) -> str:
    """Username of the agency's clerk."""
    return "clerk" if agency == MAIN_AGENCY else f"{agency}-clerk"


def reviewer_of(agency: str) -> str:
    return "reviewer" if agency == MAIN_AGENCY else f"{agency}-reviewer"
