"""The registry of the demonstration: heads and staff over the years, two reforms of agencies, subjects entered twice.

Told after the records, so that nothing of theirs changes. People are made up, like all others here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from core.actors import Actor
from core.identifiers import make_resident_id, make_uscc
from core.text import fold_text
from demo import names
from demo.accounts import MAIN_AGENCY
from demo.agencies import GOVERNMENT, agencies
from demo.parties import Party
from demo.places import DISTRICT_CODE
from records.choices import AgencyKind, AgencyLevel, DuplicateState, SubjectKind
from records.matching import Party as Named
from records.models import DuplicateCandidate, Subject, Tenure
from records.rosters import Post
from records.services import duplicates, identity
from records.services.agencies import add_succession, confirm_agency, open_confirmations, save_agency
from records.services.merges import merge_subjects
from records.services.officials import enter_posts, set_state
from records.services.subjects import create_subjects

REFORM = date(2019, 3, 18)
PAPER = "惠城府任〔{year}〕{n}号"
# Agencies of before the reform: name, who followed, how, and whether records came along.
BEFORE = (
    ("惠州市惠城区文化局", (("culture", "merged", True),)),
    ("惠州市惠城区旅游局", (("culture", "merged", True),)),
    ("惠州市惠城区经济和信息化局", (("industry", "split", True), ("digital", "split", False))),
)
STAFFED = (MAIN_AGENCY, "city", "culture", "industry", "reform", "health")
POSTS = (("副局长", "四级调研员"), ("股长", "一级主任科员"), ("科员", "一级科员"))


@dataclass(slots=True)
class Registry:
    """One telling. `actor(day)` is the credit office on that day."""

    random: Random
    today: date
    units: Mapping[str, Subject]
    actor: Callable[[date], Actor]
    number: int = 0

    def tell(self, parties: Sequence[Party]) -> None:
        self._profiles()
        self._reforms()
        self._heads()
        self._staff()
        self._twins(parties)
        self._confirm()

    # --- agencies

    def _profiles(self) -> None:
        """One agency's file has gaps: somebody has to have work."""
        for number, agency in enumerate(agencies(), 1):
            if agency.key == "forestry":
                continue
            town = agency.town is not None
            values = {
                "kind": AgencyKind.TOWN if town else AgencyKind.DEPARTMENT,
                "level": AgencyLevel.TOWN if town else AgencyLevel.DISTRICT,
                "established_on": date(1994, 1, 1) if town or agency.key == GOVERNMENT else REFORM,
                "address": f"惠州市惠城区示例路{number}号（演示）",
            }
            save_agency(self.units[agency.key].pk, values, actor=self.actor(self._ago(400)))

    def _reforms(self) -> None:
        actor = self.actor(self._ago(390))
        named = [
            Named(SubjectKind.AGENCY, name, fold_text(name), make_uscc(f"11441302MBDM{900 + n:04d}"))
            for n, (name, _) in enumerate(BEFORE)
        ]
        for pk, (_, followers) in zip(create_subjects(named, actor=actor), BEFORE, strict=True):
            identity.verify_subject(pk, actor=actor, reason="与机构编制档案核对一致。")
            values = {
                "kind": AgencyKind.DEPARTMENT, "level": AgencyLevel.DISTRICT, "established_on": date(2001, 6, 1),
                "region_code": DISTRICT_CODE,
            }  # fmt: skip
            save_agency(pk, values, actor=actor)
            for key, kind, takes_over in followers:
                add_succession(
                    pk, self.units[key].pk, actor=actor, day=REFORM, kind=kind, instrument="惠城委发〔2019〕4号",
                    takes_over=takes_over, ends=True,
                )  # fmt: skip

    # --- people

    def _heads(self) -> None:
        """The head of today and the one before, of every agency but one whose chair is empty."""
        posts = []
        for agency in agencies():
            title = "区长" if agency.key == GOVERNMENT else "局长"
            if agency.town:
                title = "主任" if agency.town.is_street else "镇长"
            change = self._ago(self.random.randint(200, 1500))
            before = max(REFORM, change - timedelta(days=1600))
            posts.append(self._post(agency.key, title, "一级调研员", before, change, is_head=True))
            if agency.key != "forestry":
                posts.append(self._post(agency.key, title, "二级调研员", change, None, is_head=True))
        self._enter(posts, self._ago(380))

    def _staff(self) -> None:
        """A few dozen: moves between agencies, a gap, an overlap, a retirement."""
        posts = []
        for key, following in zip(STAFFED, (*STAFFED[1:], STAFFED[0]), strict=True):
            for post, rank in POSTS:
                start = self._ago(self.random.randint(1400, 2400))
                posts.append(self._post(key, post, rank, max(start, REFORM), None))
            mover = self._post(key, "股长", "二级主任科员", max(self._ago(2300), REFORM), self._ago(700))
            posts += [mover, self._again(mover, following, "副局长", self._ago(700), None)]
        gap = self._post(MAIN_AGENCY, "股长", "三级主任科员", max(self._ago(2000), REFORM), self._ago(900))
        posts += [gap, self._again(gap, MAIN_AGENCY, "副局长", self._ago(800), None)]
        both = self._post(MAIN_AGENCY, "股长", "一级主任科员", max(self._ago(1500), REFORM), None)
        posts += [both, self._again(both, "city", "副局长", self._ago(300), None)]
        old = self._post(MAIN_AGENCY, "四级调研员", "四级调研员", max(self._ago(2200), REFORM), None)
        self._enter([*posts, old], self._ago(370))
        official = Tenure.objects.get(agency=self.units[MAIN_AGENCY], post="四级调研员").official_id
        day = self._ago(60)
        set_state(
            official, "retired", actor=self.actor(day), since=day, instrument="惠城组干〔2026〕31号", end_posts=True
        )

    def _enter(self, posts: Sequence[Post], day: date) -> None:
        refused = [c.errors for c in enter_posts(posts, actor=self.actor(day), today=self.today) if c.errors]
        if refused:
            raise ValueError(f"the demonstration's posts must be right: {refused[0]}")

    def _post(self, key: str, post: str, rank: str, start: date, end: date | None, *, is_head: bool = False) -> Post:
        self.number += 1
        born = date(1968 + self.number % 25, 1 + self.number % 12, 1 + self.number % 28)
        return Post(
            self.units[key].pk, post, start, name=names.person(self.random), rank=rank, ended_on=end, is_head=is_head,
            id_number=make_resident_id(DISTRICT_CODE, born, self.number),
            state="transferred" if is_head and end else "in_service",
            instrument=PAPER.format(year=start.year, n=self.number),
        )  # fmt: skip

    def _again(self, known: Post, key: str, post: str, start: date, end: date | None) -> Post:
        """The same person, another post."""
        return Post(
            self.units[key].pk, post, start, name=known.name, id_number=known.id_number, rank=known.rank, ended_on=end,
            instrument=PAPER.format(year=start.year, n=self.number),
        )  # fmt: skip

    # --- subjects entered twice

    def _twins(self, parties: Sequence[Party]) -> None:
        """Entered from old tables, without a code: two of the same name, one mistyped, one by its organisation code."""
        firms = [p for p in parties if p.code.startswith("91") and not p.former_names][5:9]
        same, again, near, coded = (p.name for p in firms)
        place = next(i for i, char in enumerate(near) if char not in "惠州市城区广东")
        named = [
            Named("enterprise", same, fold_text(same)),
            Named("enterprise", again, fold_text(again)),
            Named("enterprise", mistyped := near[:place] + "栖" + near[place + 1 :], fold_text(mistyped)),
            Named(
                "enterprise", f"{coded}（旧）", fold_text(f"{coded}旧"),
                identifiers=(("organisation_code", firms[3].code[8:17]),),
            ),
        ]  # fmt: skip
        created = create_subjects(named, actor=self.actor(self._ago(20)))
        duplicates.find_duplicates()
        candidate = DuplicateCandidate.objects.filter(second=created[0], state=DuplicateState.OPEN).first()
        if candidate is not None:
            evidence = "登记机关企业档案：同一注册号，2015年换发统一社会信用代码。"
            merge_subjects(created[0], candidate.first_id, actor=self.actor(self._ago(3)), evidence=evidence)

    # --- the yearly word

    def _confirm(self) -> None:
        """Two of three have confirmed this year; the first agency has not."""
        open_confirmations(today=self.today)
        done = [a.key for i, a in enumerate(agencies()) if i % 3 and a.key not in (MAIN_AGENCY, "forestry")]
        day = self._ago(30) if self._ago(30).year == self.today.year else self.today
        for key in done:
            confirm_agency(self.units[key].pk, actor=self.actor(day), today=day)

    def _ago(self, days: int) -> date:
        return self.today - timedelta(days=days)
