"""A fixed cast: two agencies, their clerks and reviewers, the credit office, an auditor, three administrators."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from accounts.choices import Role
from accounts.models import RoleGrant, User
from core.actors import Actor
from core.identifiers import make_uscc
from records.models import Membership, Subject
from records.people import actor_for
from tests.factories.records import make_subject

PASSWORD = "Lantern-Rhythm-7421"


@dataclass
class Cast:
    """Made once per test class; `actor(name)` reads roles and memberships as a request would."""

    agency: Subject
    other_agency: Subject
    users: dict[str, User]

    def actor(self, name: str, **changes: object) -> Actor:
        return replace(actor_for(self.users[name]), **changes)  # type: ignore[arg-type]

    @cached_property
    def clerk(self) -> Actor:
        return self.actor("clerk")

    @cached_property
    def reviewer(self) -> Actor:
        return self.actor("reviewer")

    @cached_property
    def other_clerk(self) -> Actor:
        return self.actor("other_clerk")

    @cached_property
    def other_reviewer(self) -> Actor:
        return self.actor("other_reviewer")

    @cached_property
    def office(self) -> Actor:
        return self.actor("office")

    @cached_property
    def second_office(self) -> Actor:
        return self.actor("second_office")

    @cached_property
    def auditor(self) -> Actor:
        return self.actor("auditor")


PLACES = {
    "clerk": ("agency", Role.CLERK),
    "second_clerk": ("agency", Role.CLERK),
    "reviewer": ("agency", Role.REVIEWER),
    "agency_admin": ("agency", Role.AGENCY_ADMIN),
    "other_clerk": ("other", Role.CLERK),
    "other_reviewer": ("other", Role.REVIEWER),
    "office": (None, Role.CREDIT_OFFICE),
    "second_office": (None, Role.CREDIT_OFFICE),
    "auditor": (None, Role.AUDITOR),
    "system_admin": (None, Role.SYSTEM_ADMIN),
    "security_admin": (None, Role.SECURITY_ADMIN),
    "audit_admin": (None, Role.AUDIT_ADMIN),
}


def make_cast() -> Cast:
    agency = make_subject("惠城区市场监督管理局", kind="agency", code=make_uscc("11441302MB2D00001"))
    other = make_subject("惠城区城市管理和综合执法局", kind="agency", code=make_uscc("11441302MB2D00002"))
    units = {"agency": agency, "other": other}
    users = {}
    for name, (place, role) in PLACES.items():
        user = User.objects.create_user(name, password=PASSWORD, display_name=f"示例{role.label}", is_staff=True)
        RoleGrant.objects.create(user=user, role=role)
        if place:
            Membership.objects.create(user=user, agency=units[place], since=date(2020, 1, 1))
        users[name] = user
    return Cast(agency, other, users)
