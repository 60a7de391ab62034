"""How one decision is made up: an agency, one of its cases, a party whose business it is, a day, and the words."""

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from random import Random
from typing import Any

from demo.agencies import Agency
from demo.catalogue import Case, LicenceCase, PenaltyCase, licences, penalties
from demo.parties import Party
from demo.places import TOWNS, address
from disclosure.choices import LicenceState
from records.choices import RecordKindCode, SubjectKind

LONG_TERM = date(2099, 12, 31)
TEN_THOUSAND = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Decision:
    """One licence or penalty. `details`: the remaining columns of its table, as the detail model stores them.

    `lag`: working days from the decision to its first report; more than seven is late.
    """

    kind: str
    agency: Agency
    party: Party
    document_number: str
    decided_on: date
    effective_from: date | None
    effective_to: date
    details: dict[str, Any]
    lag: int

    def party_columns(self) -> dict[str, str]:
        """Columns about the party and the agency, the same in both tables."""
        party, agency = self.party, self.agency
        return {
            "party_name": party.name,
            "uscc": party.code,
            "representative": party.representative,
            "party_id_type": "身份证" if party.id_number else "",
            "party_id_number": party.id_number,
            "authority": agency.name,
            "authority_code": agency.code,
            "source_unit": agency.name,
            "source_unit_code": agency.code,
        }

    def as_form(self) -> dict[str, str]:
        """What a clerk would type, by column name of disclosure.standard."""
        typed = {name: _typed(value) for name, value in self.details.items()}
        if "state" in typed:
            typed["state"] = str(LicenceState(typed["state"]).label)
        return {
            **self.party_columns(),
            **typed,
            "party_category": self.party.category,
            "document_number": self.document_number,
            "decided_on": self.decided_on.isoformat(),
            **({"effective_from": self.effective_from.isoformat()} if self.effective_from else {}),
            "effective_to": self.effective_to.isoformat(),
        }


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return "" if value is None else str(value)


@dataclass(slots=True)
class Numbers:
    """Document and certificate numbers in sequence, from `first` on, by agency, kind and year."""

    first: int = 1
    _next: dict[Any, int] = field(default_factory=dict)

    def __call__(self, *key: Any) -> int:
        number = self._next.get(key, self.first)
        self._next[key] = number + 1
        return number


@dataclass(slots=True)
class Parties:
    """Parties by line of business; the first of each are met much more often than the last."""

    everybody: Sequence[Party]
    bodies: dict[str, list[Party]] = field(default_factory=lambda: defaultdict(list))
    people: list[Party] = field(default_factory=list)

    def __post_init__(self) -> None:
        for party in self.everybody:
            if party.kind == SubjectKind.NATURAL_PERSON:
                self.people.append(party)
            else:
                self.bodies[party.business].append(party)
                self.bodies[""].append(party)

    def draw(self, random: Random, case: Case) -> Party:
        if case.persons and self.people and random.random() < 0.5:
            return _one_of(random, self.people)
        business = random.choice(case.businesses) if case.businesses else ""
        return _one_of(random, self.bodies.get(business) or self.bodies[""])


def _one_of(random: Random, parties: Sequence[Party]) -> Party:
    return parties[int(len(parties) * random.random() ** 1.6)]


class Cases:
    """All cases of some agencies, to be drawn by weight. Licences are twice as frequent as penalties."""

    def __init__(self, agencies: Iterable[Agency]) -> None:
        wanted = {a.key for a in agencies}
        self.pairs: list[tuple[Case, Agency]] = []
        weights: list[float] = []
        for kind, cases, share in (("licence", licences(), 2.0), ("penalty", penalties(), 1.0)):
            mine = [(c, a) for c in cases for a in c.agencies() if a.key in wanted and kind in a.kinds]
            total = sum(c.weight / len(c.agencies()) for c, _ in mine) or 1
            self.pairs += mine
            weights += [share * c.weight / len(c.agencies()) / total for c, _ in mine]
        self.cumulative = list(accumulate(weights))

    def only(self, kind: str) -> None:
        """Leave the other kind out from now on."""
        wanted = LicenceCase if kind == RecordKindCode.LICENCE else PenaltyCase
        steps = zip(self.cumulative, [0.0, *self.cumulative], strict=False)
        kept = [(pair, a - b) for pair, (a, b) in zip(self.pairs, steps, strict=True) if isinstance(pair[0], wanted)]
        self.pairs = [pair for pair, _ in kept]
        self.cumulative = list(accumulate(weight for _, weight in kept))

    def draw(self, random: Random) -> tuple[Case, Agency]:
        return self.pairs[bisect(self.cumulative, random.random() * self.cumulative[-1], hi=len(self.pairs) - 1)]


class Maker:
    """Makes up decisions one after the other; `first_number` keeps several makers' documents apart."""

    def __init__(self, random: Random, parties: Sequence[Party], agencies: Iterable[Agency], first_number: int = 1):
        self.random = random
        self.parties = Parties(parties)
        self.cases = Cases(agencies)
        self.numbers = Numbers(first_number)

    def between(self, first: date, last: date) -> Decision:
        """A decision of some day, weekends left out."""
        return self.on(first + timedelta(days=self.random.randint(0, (last - first).days)))

    def on(self, day: date) -> Decision:
        day -= timedelta(days=max(0, day.weekday() - 4))
        case, agency = self.cases.draw(self.random)
        return self.make(case, agency, self.parties.draw(self.random, case), day)

    def make(self, case: Case, agency: Agency, party: Party, day: date) -> Decision:
        words = self._words(case, agency, party, day)
        if isinstance(case, LicenceCase):
            return self._licence(case, agency, party, day, words)
        if isinstance(case, PenaltyCase):
            return self._penalty(case, agency, party, day, words)
        raise TypeError(case)

    def _words(self, case: Case, agency: Agency, party: Party, day: date) -> dict[str, Any]:
        random = self.random
        found = day - timedelta(days=random.randint(10, 80))
        town = agency.town or TOWNS[party.town]
        return {
            "party": party.name if party.code else "当事人",
            "day": f"{found.year}年{found.month}月{found.day}日",
            "address": party.address or address(town, random),
            "town": town.name,
            "count": random.randint(2, 99) if random.random() < 0.8 else random.randint(100, 4000),
            **{name: random.choice(choices) for name, choices in case.slots.items()},
        }

    def _lag(self, agency: Agency) -> int:
        """Most report within the week; some agencies are late more often than others."""
        late = 0.02 + (int(agency.code[12:16], 36) % 7) * 0.025
        if self.random.random() < late:
            return self.random.randint(8, 30)
        return self.random.randint(0, 7)

    def _licence(self, case: LicenceCase, agency: Agency, party: Party, day: date, words: dict[str, Any]) -> Decision:
        certificate = case.number.format(year=day.year, n=self.numbers(case.number)) if case.number else ""
        if case.as_document and certificate:
            document = certificate
        else:
            document = agency.licences.format(year=day.year, n=self.numbers(agency.key, "licence", day.year))
        until = LONG_TERM if not case.years else _years_later(day, case.years)
        return Decision(
            kind=RecordKindCode.LICENCE,
            agency=agency,
            party=party,
            document_number=document,
            decided_on=day,
            effective_from=day,
            effective_to=until,
            lag=self._lag(agency),
            details={
                "document_title": case.title,
                "licence_category": case.category,
                "certificate_name": case.certificate,
                "licence_number": certificate or (document if case.certificate else ""),
                "content": case.content.format(**words),
                "state": LicenceState.VALID,
            },
        )

    def _penalty(self, case: PenaltyCase, agency: Agency, party: Party, day: date, words: dict[str, Any]) -> Decision:
        random = self.random
        simple = random.randrange(100) < case.simple
        fine = _round_sum(random, case.fine, simple)
        gains = round(random.uniform(*case.gains), 2) if case.gains[1] and not simple else None
        orders: list[tuple[str, str]] = [] if simple and fine else list(case.extra)
        if gains is not None:
            orders.append(("没收违法所得", f"没收违法所得{gains:.2f}元"))
        if case.goods and not simple:
            orders.append(("没收非法财物", f"没收{case.goods}"))
        if fine is not None:
            orders.append(("罚款", f"罚款人民币{fine}元"))
        certificate = case.certificate if any(c in REVOKING for c, _ in orders) else ""
        return Decision(
            kind=RecordKindCode.PENALTY,
            agency=agency,
            party=party,
            document_number=agency.penalties.format(year=day.year, n=self.numbers(agency.key, "penalty", day.year)),
            decided_on=day,
            effective_from=None,
            effective_to=_years_later(day, 3 if certificate else 1),
            lag=self._lag(agency),
            details={
                "violation_type": case.violation,
                "facts": case.facts.format(**words),
                "legal_basis": case.basis,
                "penalty_category": "、".join(c for c, _ in orders),
                "content": _numbered([text for _, text in orders]),
                "fine_amount": None if fine is None else Decimal(fine) / TEN_THOUSAND,
                "confiscated_amount": _confiscated(gains, bool(case.goods) and not simple, random),
                "revoked_certificate": f"{certificate}{self.numbers(certificate):06d}" if certificate else "",
                "simple_procedure": simple,
            },
        )


REVOKING = frozenset({"暂扣许可证件", "降低资质等级", "吊销许可证件"})


def _round_sum(random: Random, bounds: tuple[int, int], simple: bool) -> int | None:
    """A sum as decisions write it: mostly near the lower bound, rounded; decided on the spot at most 200."""
    low, high = bounds
    if not high:
        return None
    if simple:
        return min(low, random.choice((50, 100, 200)))
    amount = low + (high - low) * random.random() ** 3
    step = 100 if amount < 5_000 else 1_000 if amount < 50_000 else 5_000
    return max(low, int(amount // step * step))


def _confiscated(gains: float | None, goods: bool, random: Random) -> Decimal | None:
    """没收 in 万元: what was gained, and what the goods were worth."""
    if gains is None and not goods:
        return None
    yuan = Decimal(str(gains or 0)) + (random.randint(20, 2_000) if goods else 0)
    return yuan / TEN_THOUSAND


def _numbered(orders: Sequence[str]) -> str:
    if len(orders) == 1:
        return f"{orders[0]}。"
    return "".join(f"{i}．{text}；" for i, text in enumerate(orders, 1)).rstrip("；") + "。"


def _years_later(day: date, years: int) -> date:
    """The day before the same day, `years` later."""
    try:
        return day.replace(year=day.year + years) - timedelta(days=1)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
