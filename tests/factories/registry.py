"""Agencies, officials and posts for tests, made by the services."""

from datetime import date
from typing import Any

from core.actors import Actor, system_actor
from core.identifiers import make_resident_id, make_uscc
from records.models import Subject, Tenure
from records.rosters import Post
from records.services.agencies import save_agency
from records.services.officials import enter_post
from tests.factories.records import make_subject, numbers

SYSTEM = system_actor()
TODAY = date(2026, 11, 25)


def make_agency(name: str = "", **profile: Any) -> Subject:
    n = next(numbers)
    agency = make_subject(name or f"惠城区示例第{n}局", kind="agency", code=make_uscc(f"11441302MB3{n:06d}"))
    if profile:
        save_agency(agency.pk, profile, actor=SYSTEM)
    return agency


def id_number(n: int) -> str:
    return make_resident_id("441302", date(1980, 1 + n % 12, 1 + n % 28), n % 1000)


def post(agency: Subject, n: int, started_on: date, **fields: Any) -> Post:
    """A post of made-up person number `n`."""
    return Post(agency.pk, **{"post": "科长", "name": f"欧阳示例{n}", "id_number": id_number(n), **fields},
                started_on=started_on)  # fmt: skip


def make_tenure(agency: Subject, n: int, started_on: date, *, actor: Actor = SYSTEM, **fields: Any) -> Tenure:
    comparison = enter_post(post(agency, n, started_on, **fields), actor=actor, today=TODAY)
    return Tenure.objects.get(pk=comparison.tenure_id)
