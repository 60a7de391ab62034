"""What is missing from an agency's file, when it was last confirmed, and which posts overlap or leave a gap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from core.models import Clock
from records.choices import OfficialState
from records.models import AgencyProfile, OfficialProfile, Subject, Tenure
from records.rosters import overlaps, span
from records.services.agencies import OBJECT, clock_kind

BASE = (
    ("subject", "region_code", "行政区划代码"), ("subject", "address", "住所"), ("subject", "contact", "公开联系方式"),
    ("profile", "kind", "单位性质"), ("profile", "level", "单位层级"), ("profile", "established_on", "成立日期"),
)  # fmt: skip
HEAD = "现任主要负责人"


@dataclass(frozen=True, slots=True)
class Standing:
    """One agency: what is missing, who heads it, how fresh it is."""

    agency: Subject
    profile: AgencyProfile | None
    heads: tuple[Tenure, ...]
    missing: tuple[str, ...]
    due_on: date | None
    confirmed: bool

    def late(self, today: date) -> bool:
        return not self.confirmed and self.due_on is not None and self.due_on < today

    @property
    def share(self) -> int:
        """Of a hundred base fields, so many are there."""
        return round(100 * (len(BASE) + 1 - len(self.missing)) / (len(BASE) + 1))


def standings(agencies: Iterable[Subject], *, today: date) -> list[Standing]:
    """For the agencies of a page; four queries whatever their number."""
    rows = list(agencies)
    keys = [a.pk for a in rows]
    profiles = AgencyProfile.objects.in_bulk(keys)
    heads: dict[int, list[Tenure]] = {}
    for tenure in Tenure.objects.on(today).heads().filter(agency__in=keys).select_related("official"):
        heads.setdefault(tenure.agency_id, []).append(tenure)
    year = Clock.objects.filter(kind=clock_kind(today.year), object_type=OBJECT, object_id__in=keys)
    clocks = {clock.object_id: clock for clock in year}
    return [_standing(a, profiles.get(a.pk), heads.get(a.pk, ()), clocks.get(a.pk), today) for a in rows]


def _standing(
    agency: Subject, profile: AgencyProfile | None, heads: Sequence[Tenure], clock: Clock | None, today: date
) -> Standing:
    missing = [
        label for where, name, label in BASE if not getattr(agency if where == "subject" else profile, name, None)
    ]
    if profile is not None and profile.dissolved_on is not None and profile.dissolved_on < today:
        missing = []  # nobody is there to be asked
    elif not heads:
        missing.append(HEAD)
    confirmed = clock is not None and clock.finished_on is not None
    return Standing(agency, profile, tuple(heads), tuple(missing), clock.due_on if clock else None, confirmed)


# ---------------------------------------------------------------- posts that cannot all be right


@dataclass(frozen=True, slots=True)
class RosterFinding:
    """A doubt about posts on record: reported to whoever keeps them, never refused."""

    kind: str
    official: str
    official_id: int | None
    text: str


NO_GAP = timedelta(days=1)


def roster_findings(agency: Subject, *, today: date) -> list[RosterFinding]:
    """Overlaps and gaps of everybody who works or worked here, gaps in the agency's head; three queries."""
    people = Tenure.objects.filter(agency=agency).values("official")
    rows = Tenure.objects.filter(official__in=people).select_related("official", "agency")
    by_person: dict[int, list[Tenure]] = {}
    for tenure in rows.order_by("official__name", "official", "started_on", "pk"):
        by_person.setdefault(tenure.official_id, []).append(tenure)
    states = dict(OfficialProfile.objects.filter(subject__in=by_person).values_list("subject", "state"))
    profile = AgencyProfile.objects.filter(subject=agency).first()
    found: list[RosterFinding] = []
    for pk, tenures in by_person.items():
        found += _of_official(tenures, states.get(pk, ""), agency.pk)
        found += _outside(tenures, agency.pk, profile)
    mine = [t for tenures in by_person.values() for t in tenures if t.agency_id == agency.pk and t.is_head]
    return found + list(_of_heads(mine, profile, today))


def _of_official(tenures: Sequence[Tenure], state: str, agency_id: int) -> Iterable[RosterFinding]:
    """`tenures` of one person in the order of their beginning."""
    full = [t for t in tenures if not t.is_concurrent]
    for i, one in enumerate(full):
        for other in full[i + 1 :]:
            if overlaps(one, other) and agency_id in (one.agency_id, other.agency_id):
                yield _finding("任职重叠", one, f"{_where(one)}与{_where(other)}的时间重叠；确为兼任的，请注明“兼任”。")
    ended: Tenure | None = None
    for tenure in full:
        if ended is not None and ended.ended_on is not None and tenure.started_on - ended.ended_on > NO_GAP:
            days = (tenure.started_on - ended.ended_on).days - 1
            yield _finding("任职间断", tenure, f"{_where(ended)}之后到{_where(tenure)}之间有{days}天没有任职记录。")
        if ended is None or ended.ended_on is not None and (tenure.ended_on or date.max) > ended.ended_on:
            ended = tenure
    if state == OfficialState.IN_SERVICE and full and all(t.ended_on for t in full):
        yield _finding("在职无任职", full[-1], "状态为在职，但没有仍在任的职务；已离任的请变更状态，新任职务请登记。")
    if state and state != OfficialState.IN_SERVICE and any(t.ended_on is None for t in tenures):
        yield _finding(
            "离任未止", full[-1] if full else tenures[-1], "状态已不是在职，但仍有未填任职止的职务，请补填。"
        )


def _outside(tenures: Sequence[Tenure], agency_id: int, profile: AgencyProfile | None) -> Iterable[RosterFinding]:
    """Posts entered before the agency's own days were: what entry would refuse today."""
    for t in tenures:
        if profile is None or t.agency_id != agency_id:
            continue
        if not profile.existed_on(t.started_on):
            yield _finding("单位不存在", t, f"{_where(t)}起任时，该单位尚未成立或已裁撤。")
        elif profile.dissolved_on and (t.ended_on is None or t.ended_on > profile.dissolved_on):
            yield _finding("单位不存在", t, f"该单位已于{profile.dissolved_on}裁撤，{_where(t)}应当在此之前终止。")


def _of_heads(heads: list[Tenure], profile: AgencyProfile | None, today: date) -> Iterable[RosterFinding]:
    """主要负责人 over time: days that nobody answered for."""
    until: date | None = None
    for tenure in sorted(heads, key=lambda t: (t.started_on, t.pk)):
        if until is not None and tenure.started_on - until > NO_GAP:
            first, last = until + NO_GAP, tenure.started_on - NO_GAP
            yield RosterFinding("负责人空缺", "", None, f"{first} 至 {last} 没有主要负责人的任职记录。")
        until = max(until or date.min, tenure.ended_on or date.max)
    end = profile.dissolved_on if profile and profile.dissolved_on else today
    if until is not None and until < end - NO_GAP:
        yield RosterFinding("负责人空缺", "", None, f"{until + NO_GAP} 以后没有主要负责人的任职记录。")


def _where(tenure: Tenure) -> str:
    return f"“{tenure.agency.name}”{tenure.post}（{span(tenure)}）"


def _finding(kind: str, tenure: Tenure, text: str) -> RosterFinding:
    return RosterFinding(kind, tenure.official.name, tenure.official_id, text)


def open_confirmations_of(agency_ids: Iterable[int], *, today: date) -> Any:
    """Running clocks of this year's confirmation for these agencies."""
    return Clock.objects.filter(
        kind=clock_kind(today.year), object_type=OBJECT, object_id__in=list(agency_ids), finished_on=None
    )
