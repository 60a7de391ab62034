"""What is made up must look like the real thing to every check of ours, and be the same for the same seed."""

from collections import Counter
from datetime import date
from random import Random

import pytest

from core.identifiers import check_resident_id, check_uscc
from demo.agencies import agencies, by_key
from demo.catalogue import Case, licences, penalties
from demo.decisions import Decision, Maker
from demo.parties import BUSINESSES, code_of, make_parties
from demo.places import TOWNS
from demo.subjects import create_agencies
from disclosure.validation import Ground, Validator
from records.choices import RecordKindCode, SubjectKind

TODAY = date(2026, 11, 23)


def test_every_code_passes_the_checksum_and_stands_for_its_kind() -> None:
    for agency in agencies():
        assert check_uscc(agency.code) == [], agency
        assert agency.code.startswith("11441302"), agency
    for party in make_parties(Random(1), range(1, 500), today=TODAY):
        if party.code:
            assert check_uscc(party.code) == [], party
        else:
            assert not [f for f in check_resident_id(party.id_number, today=TODAY) if f.level == "error"], party


def test_codes_of_a_million_parties_are_all_different() -> None:
    codes = {code_of(SubjectKind.ENTERPRISE, n)[:17] for n in range(0, 1_000_000, 7)}
    assert len(codes) == len(range(0, 1_000_000, 7))


def test_the_district_has_its_towns_and_departments_and_none_of_the_zone() -> None:
    names = [agency.name for agency in agencies()]
    assert len(TOWNS) == 13 and len(names) > 13 + 25
    assert len(set(names)) == len({agency.code for agency in agencies()}) == len(names)
    assert not [name for name in names for zone in ("惠环", "陈江", "潼湖", "沥林", "潼侨") if zone in name]


def test_the_same_seed_makes_the_same_decisions() -> None:
    def some(seed: int) -> list[Decision]:
        random = Random(seed)
        maker = Maker(random, make_parties(random, range(1, 200), today=TODAY), agencies())
        return [maker.between(date(2025, 1, 1), TODAY) for _ in range(300)]

    assert some(3) == some(3)
    assert some(3) != some(4)


def test_numbers_of_one_agency_are_never_given_twice() -> None:
    random = Random(5)
    maker = Maker(random, make_parties(random, range(1, 200), today=TODAY), agencies())
    made = [maker.between(date(2024, 1, 1), TODAY) for _ in range(4000)]
    counted = Counter((d.agency.key, d.kind, d.document_number) for d in made)
    assert [key for key, n in counted.items() if n > 1] == []


def test_every_kind_of_party_and_agency_that_decides_appears() -> None:
    random = Random(11)
    people = make_parties(random, range(1, 2000), today=TODAY)
    maker = Maker(random, people, agencies())
    made = [maker.between(date(2024, 1, 1), TODAY) for _ in range(8000)]
    assert {p.kind for p in people} == {
        SubjectKind.ENTERPRISE, SubjectKind.SOLE_TRADER, SubjectKind.INSTITUTION, SubjectKind.SOCIAL_ORGANISATION,
        SubjectKind.VILLAGE_COLLECTIVE, SubjectKind.NATURAL_PERSON,
    }  # fmt: skip
    deciding = {a.key for a in agencies() if a.kinds}
    assert {d.agency.key for d in made} == deciding
    assert any(d.lag > 7 for d in made) and any(p.former_names for p in people)


def cases() -> list[Case]:
    return [*licences(), *penalties()]


def test_a_case_names_lines_of_business_that_exist() -> None:
    known = {business.key for business in BUSINESSES}
    assert [c for c in cases() if not known.issuperset(c.businesses)] == []


@pytest.mark.django_db
def test_every_case_passes_the_validator_of_its_agency() -> None:
    units = create_agencies()
    random = Random(2)
    made = make_parties(random, range(1, 1500), today=TODAY)
    maker = Maker(random, made, agencies())
    grounds = {key: Ground.load(unit, today=TODAY) for key, unit in units.items()}
    refused = []
    for case in cases():
        for agency in case.agencies()[:2]:
            for _ in range(4):
                decision = maker.make(case, agency, maker.parties.draw(random, case), date(2026, 10, 30))
                form = {k: v for k, v in decision.as_form().items() if v}
                outcome = Validator(decision.kind, grounds[agency.key]).check(form)
                refused += [(agency.key, decision.document_number, e["message"]) for e in outcome.errors]
    assert refused == []


def test_a_penalty_decided_on_the_spot_is_small() -> None:
    random = Random(3)
    maker = Maker(random, make_parties(random, range(1, 300), today=TODAY), [by_key()["market"], by_key()["tax"]])
    maker.cases.only(RecordKindCode.PENALTY)
    simple = [d for d in (maker.on(TODAY) for _ in range(500)) if d.details["simple_procedure"]]
    assert simple
    assert all(d.details["fine_amount"] is None or d.details["fine_amount"] * 10_000 <= 200 for d in simple)
