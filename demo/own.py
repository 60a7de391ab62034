"""One own-access code of the demonstration, so that whoever starts it can open a file as its subject does: of the first
agency, which was told a finding and still has time to answer."""

from datetime import date

from accounts.choices import Role
from accounts.models import User
from creditfiles.choices import IdentityCheck
from creditfiles.services import issue_own_access
from demo.accounts import CAST, MAIN_AGENCY
from demo.agencies import by_key
from records.models import Subject
from records.people import actor_for

OFFICE = next(p.username for p in CAST if p.role == Role.CREDIT_OFFICE)


def hand_out(today: date) -> dict[str, str]:
    """Issued by the credit office like any other; the code is nowhere but in what this returns."""
    subject = Subject.objects.agencies().get(code=by_key()[MAIN_AGENCY].code)
    access, code = issue_own_access(
        subject.pk, identity_check=IdentityCheck.UNIT_LETTER, evidence="单位公函（演示）",
        actor=actor_for(User.objects.get(username=OFFICE)), today=today,
    )  # fmt: skip
    return {
        "subject": subject.name, "number": subject.code or "", "code": code, "last_day": access.last_day.isoformat(),
    }  # fmt: skip
