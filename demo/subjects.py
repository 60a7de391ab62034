"""Agencies, parties and two working accounts as rows of the ledger, for `dataset`; `story` goes through services."""

from collections.abc import Iterable, Sequence
from datetime import date

from accounts.choices import Role
from accounts.models import RoleGrant, User
from core.bulk import insert_rows
from core.search import terms_literal
from core.text import fold_text
from demo.agencies import agencies
from demo.parties import Party
from demo.places import DISTRICT_CODE
from disclosure.validation.party import RESIDENT_CARD, identity_index
from records.choices import SubjectKind, Verification
from records.models import Membership, Subject, SubjectName

CLERK, REVIEWER = "dataset-clerk", "dataset-reviewer"
SUBJECT = (
    "id", "kind", "name", "name_folded", "code", "verification", "region_code", "address", "representative",
    "id_type", "id_number", "id_number_index", "terms", "created_at",
)  # fmt: skip


def create_agencies() -> dict[str, Subject]:
    """The district's agencies by key; those that are there already are left as they are."""
    found = {s.code: s for s in Subject.objects.filter(code__in=[a.code for a in agencies()])}
    made: dict[str, Subject] = {}
    for agency in agencies():
        subject = found.get(agency.code)
        if subject is None:
            folded = fold_text(agency.name)
            subject = Subject.objects.create(
                kind=SubjectKind.AGENCY,
                name=agency.name,
                name_folded=folded,
                code=agency.code,
                verification=Verification.VERIFIED,
                region_code=agency.town.code if agency.town else DISTRICT_CODE,
                contact="0752-0000000（演示）",
                parent=made.get(agency.parent),
                terms=terms_literal([folded, fold_text(agency.code)]),
            )
            SubjectName.objects.create(subject=subject, name=agency.name, name_folded=folded)
        made[agency.key] = subject
    return made


def create_workers(units: Iterable[Subject]) -> tuple[User, User]:
    """A clerk and a reviewer for all agencies; nobody can sign in as either."""
    made = []
    for username, name, role in ((CLERK, "数据集经办人", Role.CLERK), (REVIEWER, "数据集审核人", Role.REVIEWER)):
        user, new = User.objects.get_or_create(username=username, defaults={"display_name": name, "is_staff": True})
        if new:
            user.set_unusable_password()
            user.save()
            RoleGrant.objects.create(user=user, role=role)
            Membership.objects.bulk_create(Membership(user=user, agency=unit, since=date(2015, 1, 1)) for unit in units)
        made.append(user)
    return made[0], made[1]


def subject_of(pk: int, party: Party, *, created: object = None) -> Subject:
    """The party as an unsaved row."""
    folded = fold_text(party.name)
    parts = [folded, *(fold_text(name) for name, _ in party.former_names), party.code.lower()]
    return Subject(
        id=pk,
        kind=party.kind,
        name=party.name,
        name_folded=folded,
        code=party.code or None,
        verification=Verification.VERIFIED if party.code else Verification.UNVERIFIED,
        region_code=party.region_code,
        address=party.address,
        representative=party.representative,
        id_type=RESIDENT_CARD if party.id_number else "",
        id_number=party.id_number,
        id_number_index=identity_index(party.id_number) if party.id_number else None,
        terms=terms_literal([p for p in parts if p]),
        created_at=created,
    )


def insert_subjects(subjects: Sequence[Subject], parties: Sequence[Party]) -> None:
    insert_rows(Subject, SUBJECT, [[getattr(s, f) for f in SUBJECT] for s in subjects])
    insert_rows(SubjectName, ("subject", "name", "name_folded", "valid_from", "valid_to"), _names(subjects, parties))


def _names(subjects: Sequence[Subject], parties: Sequence[Party]) -> Iterable[tuple[object, ...]]:
    for subject, party in zip(subjects, parties, strict=True):
        since = None
        for name, until in party.former_names:
            yield subject.pk, name, fold_text(name), since, until
            since = until
        yield subject.pk, party.name, subject.name_folded, since, None
