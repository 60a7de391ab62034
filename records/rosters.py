"""Officials' posts as an agency hands them in: what is new, what would change, what cannot be right.

Form, workbook and API all come through `compare`; nothing here writes. Officials are found by the blind index of their
identity number and by nothing else: two people of one name are two people.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from core.encryption import blind_index
from core.identifiers import check_resident_id, normalise_code
from core.text import fold_text
from records.choices import OfficialState, SubjectKind
from records.models import AgencyProfile, OfficialProfile, Subject, Tenure

RESIDENT_CARD = "身份证"
LABELS = {"rank": "职级", "ended_on": "任职止", "is_head": "是否主要负责人", "instrument": "任免文号", "state": "状态"}


def official_index(number: str) -> str:
    """How an official is found again. Its own purpose: what somebody did as a private person is another file."""
    return blind_index(number, "official_id")


@dataclass(slots=True)
class Post:
    """One post of one official. `official_id` is set where a page already knows who it is."""

    agency_id: int
    post: str
    started_on: date
    name: str = ""
    id_type: str = RESIDENT_CARD
    id_number: str = ""
    rank: str = ""
    ended_on: date | None = None
    is_head: bool = False
    is_concurrent: bool = False
    state: str = ""
    instrument: str = ""
    official_id: int | None = None

    @property
    def index(self) -> str:
        return official_index(self.id_number)


class Outcome(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(slots=True)
class Comparison:
    """What one post would do to the registry.

    `changes`: {label: [old, new]}; `errors`, `warnings`: [{"field", "code", "message"}].
    """

    post: Post
    outcome: Outcome
    official_id: int | None = None
    tenure_id: int | None = None
    changes: dict[str, list[str]] = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)
    warnings: list[dict[str, str]] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """For previews: one line that says what would happen."""
        if self.outcome == Outcome.NEW:
            return "新增任职" if self.official_id else "新增公务员和任职"
        if self.outcome == Outcome.CHANGED:
            return "变更：" + "；".join(
                f"{k} {old or '（空）'} → {new or '（空）'}" for k, (old, new) in self.changes.items()
            )
        return "与库中一致，无需改动" if self.outcome == Outcome.UNCHANGED else "不能采用"


class Roster:
    """What the registry knows about the people and agencies of some posts; a fixed number of queries."""

    def __init__(self, posts: Sequence[Post], *, today: date) -> None:
        self.today = today
        indexes = {p.index for p in posts if p.official_id is None and p.id_number}
        ids = {p.official_id for p in posts if p.official_id}
        people = Subject.objects.filter(kind=SubjectKind.OFFICIAL)
        rows = [*people.filter(id_number_index__in=indexes), *people.filter(pk__in=ids)]
        self.by_index = {s.id_number_index: s for s in rows}
        self.by_id = {s.pk: s for s in rows}
        self.states = {
            p.pk: p for p in OfficialProfile.objects.filter(subject__in=self.by_id).only("subject_id", "state")
        }
        self.tenures: dict[int, list[Tenure]] = {}
        for tenure in Tenure.objects.filter(official__in=self.by_id).select_related("agency").order_by("started_on"):
            self.tenures.setdefault(tenure.official_id, []).append(tenure)
        agencies = {p.agency_id for p in posts}
        self.profiles = AgencyProfile.objects.in_bulk(agencies)
        self.agencies = Subject.objects.in_bulk(agencies)

    def official(self, post: Post) -> Subject | None:
        return self.by_id.get(post.official_id) if post.official_id else self.by_index.get(post.index)


def compare(posts: Sequence[Post], *, today: date) -> list[Comparison]:
    """One answer per post, in order; a post that stands twice is refused the second time."""
    roster = Roster(posts, today=today)
    seen: dict[tuple[Any, ...], int] = {}
    names: dict[str, str] = {}
    found = []
    for number, post in enumerate(posts, 1):
        comparison = _compare(post, roster)
        _against_list(comparison, number, seen, names)
        found.append(comparison)
    return found


def _compare(post: Post, roster: Roster) -> Comparison:
    known = roster.official(post)
    comparison = Comparison(post, Outcome.NEW, known.pk if known else None)
    comparison.errors = [*_of_person(post, known, roster.today), *_of_days(post, roster)]
    if known is None:
        return comparison
    own = roster.tenures.get(known.pk, [])
    same = next((t for t in own if _is_same(t, post)), None)
    if same is None:
        comparison.warnings = [*_beside(post, own)]
        return comparison
    comparison.tenure_id = same.pk
    comparison.changes = _changes(same, roster.states.get(known.pk), post)
    comparison.outcome = Outcome.CHANGED if comparison.changes else Outcome.UNCHANGED
    return comparison


def _is_same(tenure: Tenure, post: Post) -> bool:
    return (tenure.agency_id, tenure.post, tenure.started_on) == (post.agency_id, post.post, post.started_on)


def _changes(tenure: Tenure, profile: OfficialProfile | None, post: Post) -> dict[str, list[str]]:
    """Only what was given: an empty cell of rank, paper or state says nothing about what we know."""
    pairs: list[tuple[str, Any, Any]] = [("ended_on", tenure.ended_on, post.ended_on)]
    pairs += [("is_head", tenure.is_head, post.is_head)]
    pairs += [(n, getattr(tenure, n), getattr(post, n)) for n in ("rank", "instrument") if getattr(post, n)]
    if post.state:
        pairs.append(("state", profile.state if profile else "", post.state))
    return {LABELS[name]: [_text(name, old), _text(name, new)] for name, old, new in pairs if old != new}


def _text(name: str, value: Any) -> str:
    if name == "state":
        return str(OfficialState(value).label) if value else ""
    return ("是" if value else "否") if isinstance(value, bool) else str(value or "")


def _of_person(post: Post, known: Subject | None, today: date) -> Iterable[dict[str, str]]:
    if post.official_id:
        if known is None:
            yield _error("name", "unknown_official", "没有找到这名公务员，请返回列表重新选择。")
        return
    if not post.name.strip():
        yield _error("name", "required", "请填写姓名。")
    if not post.id_number:
        yield _error("id_number", "required", "请填写证件号码：只有姓名不能确定是哪一个人，同名不会自动对应。")
    elif post.id_type == RESIDENT_CARD:
        for finding in check_resident_id(post.id_number, today=today):
            if finding.level == "error":
                yield _error("id_number", finding.code, finding.message)
    if known is not None and fold_text(known.name) != fold_text(post.name):
        message = "该证件号码在库中登记的姓名与所填姓名不一致。请对照证件核对；确已更名的，请联系信用办办理更名。"
        yield _error("name", "other_name", message)


def _of_days(post: Post, roster: Roster) -> Iterable[dict[str, str]]:
    if not post.post.strip():
        yield _error("post", "required", "请填写职务。")
    if post.ended_on and post.ended_on < post.started_on:
        yield _error(
            "ended_on", "ends_before_start", f"任职止（{post.ended_on}）早于任职起（{post.started_on}），请核对。"
        )
    agency = roster.agencies.get(post.agency_id)
    if agency is None:
        yield _error("agency", "unknown_agency", "主体库中没有这个单位，请先由信用办建立。")
        return
    profile = roster.profiles.get(post.agency_id)
    if profile and not profile.existed_on(post.started_on):
        early = profile.established_on and post.started_on < profile.established_on
        day = profile.established_on if early else profile.dissolved_on
        what = "早于该单位成立日期" if early else "晚于该单位裁撤日期"
        message = f"任职起（{post.started_on}）{what}（{day}），当时没有“{agency.name}”这个单位。请核对日期或单位。"
        yield _error("started_on", "agency_did_not_exist", message)
    elif profile and profile.dissolved_on and post.ended_on and post.ended_on > profile.dissolved_on:
        message = f"任职止（{post.ended_on}）晚于“{agency.name}”的裁撤日期（{profile.dissolved_on}），请核对。"
        yield _error("ended_on", "agency_did_not_exist", message)


def _beside(post: Post, own: Iterable[Tenure]) -> Iterable[dict[str, str]]:
    """Doubts about a new post next to those on record; told, not refused."""
    for tenure in own:
        if tenure.post == post.post and tenure.agency_id == post.agency_id and tenure.ended_on is None:
            message = (
                f"库中已有同一单位同一职务（{tenure.started_on} 起，未止）。如是更正日期，请在该公务员的页面修改。"
            )
            yield _error("started_on", "same_post_open", message)
        elif overlaps(tenure, post) and not (tenure.is_concurrent or post.is_concurrent):
            message = f"与在“{tenure.agency.name}”任{tenure.post}（{span(tenure)}）的时间重叠；确为兼任的请注明。"
            yield _error("started_on", "overlap", message)


def _against_list(comparison: Comparison, number: int, seen: dict[tuple[Any, ...], int], names: dict[str, str]) -> None:
    post = comparison.post
    person = post.official_id or post.index
    key = (person, post.agency_id, post.post, post.started_on)
    if (first := seen.setdefault(key, number)) != number:
        message = f"与本次第{first}行是同一任职（人员、单位、职务、任职起都相同），只登记一次。"
        comparison.errors.append(_error("post", "twice", message))
    if (
        not post.official_id
        and post.id_number
        and fold_text(names.setdefault(post.index, post.name)) != fold_text(post.name)
    ):
        comparison.errors.append(_error("name", "other_name", "本次提交中同一证件号码有不同的姓名，请对照证件核对。"))
    if comparison.errors:
        comparison.outcome = Outcome.REFUSED


def overlaps(one: Any, other: Any) -> bool:
    """Whether two posts were held at the same time; the day of a move belongs to both."""
    return (one.ended_on is None or other.started_on < one.ended_on) and (
        other.ended_on is None or one.started_on < other.ended_on
    )


def span(tenure: Any) -> str:
    return f"{tenure.started_on} 至 {tenure.ended_on or '今'}"


def clean_number(text: str) -> str:
    return normalise_code(text)


def _error(name: str, code: str, message: str) -> dict[str, str]:
    return {"field": name, "code": code, "message": message}
