"""The demonstration: two years of the district's disclosure, lived day by day through the services.

Nothing here writes a record itself: clerks enter, reviewers approve, the office renames, the sweep expires, each act
with the time it would have had. At the end the queues hold work for whoever signs in.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import new_password
from core.actors import Actor, Door, system_actor
from core.bulk import reserve_ids
from core.calendar import WorkCalendar
from demo import policies, workbooks
from demo.accounts import MAIN_AGENCY, SECOND_AGENCY, clerk_of, create_accounts, reviewer_of
from demo.agencies import agencies, by_key
from demo.decisions import Decision, Maker
from demo.integrity import Integrity
from demo.looks import Looks
from demo.parties import Party, make_parties
from demo.registry import Registry
from demo.sanctions import Sanctions
from demo.subjects import create_agencies, insert_subjects, subject_of
from disclosure.entry import enter
from disclosure.services import KINDS as DECLARED_KINDS
from disclosure.services import declare_month
from records import imports, services
from records.choices import RecordKindCode, RecordStatus
from records.models import ChangeRequest, CreditRecord, Subject
from records.people import actor_for
from records.services.subjects import rename_subject

SEED = 20_261_123
PARTIES, NEWCOMERS = 190, 12
DECISIONS, RECENT = 360, 40
YEARS = timedelta(days=730)
UNSETTLED = timedelta(days=10)  # what was decided since is still on its way
DECLARED_MONTHS = 22

CORRECTIONS: dict[str, tuple[str, str, str]] = {
    # kind: column, what is added to it, reason
    RecordKindCode.PENALTY: (
        "legal_basis",
        "；《中华人民共和国行政处罚法》第二十八条第一款",
        "原录入的处罚依据遗漏条款，按决定书更正。",
    ),
    RecordKindCode.LICENCE: ("content", "（不含现场制售）", "原录入的许可内容不完整，按许可决定书更正。"),
}
WITHDRAWALS: dict[str, tuple[str, str]] = {
    RecordKindCode.PENALTY: ("原行政处罚决定经行政复议撤销。", "《中华人民共和国行政处罚法》第四十八条第二款"),
    RecordKindCode.LICENCE: ("被许可人申请注销，许可证件已收回。", "《中华人民共和国行政许可法》第七十条"),
}
RETURNS = (
    "违法事实中写有当事人住址门牌以外的个人信息，请删去后重新提交。",
    "罚款金额与处罚内容不一致，请核对决定书后修改。",
    "许可编号与证书不符，请对照证书改正。",
    "文书号年份与决定日期不一致，请核对。",
)


def load(*, seed: int, today: date, folder: Path) -> str | None:
    """Tell the story up to `today`, all or nothing. Returns the accounts' password; None when it was told before."""
    if CreditRecord.objects.exists() or User.objects.filter(username="clerk").exists():
        return None
    password = new_password()
    random = Random(seed)  # noqa: S311 - made up data
    parties = make_parties(random, range(1, PARTIES + 1), today=today)
    newcomers = make_parties(random, range(PARTIES + 1, PARTIES + NEWCOMERS + 1), today=today)
    with transaction.atomic():
        Story(random, parties, newcomers, today, password).tell()
    workbooks.write_samples(folder / "samples", [*parties[:60], *newcomers], random, today=today)
    return password


@dataclass(slots=True)
class Day:
    """What is to happen on one day, besides the sweep."""

    entries: list[tuple[Decision, str]] = field(default_factory=list)  # with what becomes of each
    approvals: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # by agency
    acts: list[Callable[[date], None]] = field(default_factory=list)


class Story:
    def __init__(
        self, random: Random, parties: list[Party], newcomers: list[Party], today: date, password: str
    ) -> None:
        self.random, self.today, self.parties, self.newcomers = random, today, parties, newcomers
        self.first_day = today - YEARS
        self.calendar = WorkCalendar.load()
        self.days: dict[date, Day] = defaultdict(Day)
        self.units = create_agencies()
        self.users = create_accounts(self.units, password, random, at=self._moment(self.first_day, 8))
        self._known: dict[str, Actor] = {}
        keys = reserve_ids(Subject, len(parties))
        known_since = self._moment(self.first_day, 9)
        library = [subject_of(pk, p, created=known_since) for pk, p in zip(keys, parties, strict=True)]
        insert_subjects(library, parties)

    def tell(self) -> None:
        units = [a for a in agencies() if a.kinds]
        self.maker = Maker(self.random, self.parties, units)
        for _ in range(DECISIONS):
            decision = self.maker.between(self.first_day, self.today - UNSETTLED)
            self._plan(decision, "approve")
        self._plan_recent()
        self._plan_renaming()
        self.days[self.today - timedelta(days=40)].acts.append(lambda day: policies.penalise_agencies(self, day))
        self.days[self.today - timedelta(days=20)].acts.append(lambda day: policies.open_next_month(self, day))
        self.days[self.today - timedelta(days=6)].acts.append(lambda day: policies.propose_persons_masked(self, day))
        self.days[self.today - timedelta(days=5)].acts.append(lambda day: policies.propose_arrears(self, day))
        self.days[self.today - timedelta(days=4)].acts.append(self._open_disputes)
        self.days[self.today - timedelta(days=1)].acts.append(self._open_proposals)
        day = self.first_day
        while day <= self.today:
            self._live(day)
            day += timedelta(days=1)
        self._declare()
        self._upload()
        Registry(self.random, self.today, self.units, lambda day: self.actor("office", day, 10)).tell(self.parties)
        Integrity(self.today, self.units, self.actor).tell()
        Sanctions(self.today, self.units, self.actor).tell()
        Looks(self.today, self.actor).tell()
        services.seal()

    # --- people and time

    def _moment(self, day: date, hour: int) -> datetime:
        minute = timedelta(minutes=self.random.randrange(150), seconds=self.random.randrange(60))
        return timezone.make_aware(datetime.combine(day, time(hour))) + minute

    def actor(self, username: str, day: date, hour: int) -> Actor:
        """The person as an actor of that day; never later than now."""
        if username not in self._known:
            self._known[username] = actor_for(self.users[username])
        return replace(self._known[username], at=min(self._moment(day, hour), timezone.now()))

    # --- plans

    def _plan(self, decision: Decision, fate: str) -> None:
        day = self.calendar.add(decision.decided_on, decision.lag)[0] if decision.lag else decision.decided_on
        self.days[min(day, self.today)].entries.append((decision, fate))

    def _plan_recent(self) -> None:
        """The queues of whoever signs in: drafts, waiting, returned, and some that went through."""
        fates = ("submit", "approve", "draft", "submit", "return", "submit", "approve", "submit")
        ours = Maker(self.random, self.parties, [by_key()[MAIN_AGENCY], by_key()[SECOND_AGENCY]], first_number=500)
        for i in range(RECENT):
            maker = self.maker if i % 4 == 3 else ours
            decided = self.today - timedelta(days=self.random.randint(1, UNSETTLED.days - 1))
            decision = replace(maker.on(decided), lag=self.random.randint(0, 4))
            self._plan(decision, fates[i % len(fates)])

    def _plan_renaming(self) -> None:
        """Two firms change their names; the office keeps the old ones findable."""
        firms = [p for p in self.parties if p.code.startswith("91") and not p.former_names][:2]
        for months_ago, party in zip((1, 7), firms, strict=True):
            name = party.name.replace("有限", "（集团）有限") if "有限" in party.name else f"{party.name}（更名）"
            day = self.today - timedelta(days=30 * months_ago)
            self.days[day].acts.append(lambda day, party=party, name=name: self._rename(party, name, day))

    # --- one day

    def _live(self, day: date) -> None:
        midnight = timezone.make_aware(datetime.combine(day, time(0, 5)))
        services.daily_sweep(today=day, actor=system_actor(at=midnight))
        plan = self.days.get(day)
        if plan is None:
            return
        for decision, fate in plan.entries:
            self._enter(decision, fate, day)
        for agency, ids in plan.approvals.items():
            self._approve(agency, ids, day)
        for act in plan.acts:
            act(day)

    def _enter(self, decision: Decision, fate: str, day: date) -> None:
        agency = decision.agency.key
        clerk = self.actor("clerk2" if fate == "submit" and agency == MAIN_AGENCY else clerk_of(agency), day, 9)
        form = decision.as_form()
        form["party_name"] = self._name_on_record(decision.party)
        record = enter(decision.kind, form, actor=clerk, agency=self.units[agency], today=day, submit=fate != "draft")
        if fate == "approve":
            reviewed = min(self.calendar.add(day, self.random.choice((0, 0, 1, 1, 2)) or 1)[0], self.today)
            self.days[reviewed if reviewed > day else day].approvals[agency].append(record.pk)
        elif fate == "return":
            reason = self.random.choice(RETURNS)
            reviewer = self.actor(reviewer_of(agency), day, 15)
            self.days[day].acts.append(lambda day: services.return_(record.pk, actor=reviewer, reason=reason))

    def _name_on_record(self, party: Party) -> str:
        if not party.code:
            return party.name
        return str(Subject.objects.values_list("name", flat=True).get(code=party.code))

    def _approve(self, agency: str, ids: list[int], day: date) -> None:
        services.approve_many(ids, actor=self.actor(reviewer_of(agency), day, 14), today=day)
        published = CreditRecord.objects.filter(pk__in=ids, status=RecordStatus.PUBLISHED).order_by("pk")
        for record in published.values("pk", "kind"):
            self._fate(record["pk"], record["kind"], agency, day)

    def _fate(self, pk: int, kind: str, agency: str, day: date) -> None:
        """A few records are corrected, withdrawn or disputed later on."""
        drawn = self.random.random()
        then = day + timedelta(days=self.random.randint(4, 60))
        then -= timedelta(days=max(0, then.weekday() - 4))
        if then > self.today:
            then = self.today if drawn < 0.02 else then
        acts: tuple[tuple[float, Callable[[int, str, str, date], None]], ...] = (
            (0.03, self._correct), (0.055, self._withdraw), (0.085, self._dispute),
        )  # fmt: skip
        act = next((act for up_to, act in acts if drawn < up_to), None)
        if act and then <= self.today:
            self.days[then].acts.append(lambda day: act(pk, kind, agency, day))

    # --- single acts

    def _correct(self, pk: int, kind: str, agency: str, day: date) -> None:
        column, addition, reason = CORRECTIONS[kind]
        record = CreditRecord.objects.get(pk=pk)
        if record.status != RecordStatus.PUBLISHED:
            return
        before = str(getattr(getattr(record, kind), column))
        clerk = self.actor(clerk_of(agency), day, 10)
        change = services.propose_correction(pk, {column: before + addition}, actor=clerk, reason=reason)
        self._decide(change, agency, day)

    def _withdraw(self, pk: int, kind: str, agency: str, day: date) -> None:
        if not CreditRecord.objects.filter(pk=pk, status=RecordStatus.PUBLISHED).exists():
            return
        reason, basis = WITHDRAWALS[kind]
        clerk = self.actor(clerk_of(agency), day, 10)
        self._decide(services.propose_withdrawal(pk, actor=clerk, reason=reason, basis=basis), agency, day)

    def _decide(self, change: ChangeRequest, agency: str, day: date) -> None:
        """The last days' proposals still wait for the second person."""
        if day < self.today - timedelta(days=3):
            reviewer = self.actor(reviewer_of(agency), day, 15)
            services.accept_change(change.pk, actor=reviewer, opinion="已核对决定书，同意。", today=day)

    def _dispute(self, pk: int, kind: str, agency: str, day: date) -> None:
        if not CreditRecord.objects.filter(pk=pk, status=RecordStatus.PUBLISHED).exists():
            return
        office = self.actor("office", day, 10)
        services.mark_disputed(pk, actor=office, reason="当事人对公示内容提出异议，正在核查。")
        closed = self.calendar.add(day, 5)[0]
        if closed < self.today - timedelta(days=30):
            self.days[closed].acts.append(lambda day: self._close(pk, day))

    def _open_disputes(self, day: date) -> None:
        """Three penalties, and one licence, about which the parties complained this week."""
        shown = CreditRecord.objects.filter(status=RecordStatus.PUBLISHED, disputed=False).order_by(
            "-published_on", "pk"
        )
        for kind, count in ((RecordKindCode.PENALTY, 3), (RecordKindCode.LICENCE, 1)):
            for pk in shown.filter(kind=kind).values_list("pk", flat=True)[:count]:
                self._dispute(pk, kind, "", day)

    def _open_proposals(self, day: date) -> None:
        """A correction and a withdrawal for whose second pair of eyes the first agency waits."""
        shown = CreditRecord.objects.filter(
            status=RecordStatus.PUBLISHED, disputed=False, agency=self.units[MAIN_AGENCY], kind=RecordKindCode.PENALTY
        )
        pks = shown.exclude(change_requests__status="proposed").order_by("-pk").values_list("pk", flat=True)[:2]
        for propose, pk in zip((self._correct, self._withdraw), pks, strict=False):
            propose(pk, RecordKindCode.PENALTY, MAIN_AGENCY, day)

    def _close(self, pk: int, day: date) -> None:
        if CreditRecord.objects.filter(pk=pk, disputed=True).exists():
            services.close_dispute(
                pk, actor=self.actor("office", day, 16), reason="经核查，公示内容与决定书一致，维持公示。"
            )

    def _rename(self, party: Party, name: str, day: date) -> None:
        subject_id = Subject.objects.values_list("pk", flat=True).get(code=party.code)
        rename_subject(subject_id, name, actor=self.actor("office", day, 11), reason="登记机关核准变更名称。", on=day)

    # --- the end of the story

    def _declare(self) -> None:
        """Every agency's monthly figures; who decided nothing sends a zero report, and one forgot the last month."""
        months = [_months_before(self.today, n) for n in range(DECLARED_MONTHS, 0, -1)]
        counts = self._decided_by_month()
        for agency in agencies():
            for month in months:
                if agency.key == "audit" and month == months[-1]:
                    continue
                self._declare_month(agency.key, month, counts)

    def _declare_month(self, agency: str, month: date, counts: Mapping[tuple[int, str, date], int]) -> None:
        unit = self.units[agency].pk
        produced = {str(kind): counts.get((unit, kind, month), 0) for kind in DECLARED_KINDS}
        basis = {}
        for kind, number in produced.items():
            if number > 2 and self.random.random() < 0.15:
                produced[kind], basis[kind] = number + 1, "涉及国家秘密，依法不予公开。"
        day = min(_months_before(month, -1) + timedelta(days=4), self.today)
        actor = self.actor(clerk_of(agency), day, 9)
        declare_month(unit, month, produced=produced, basis=basis, actor=actor, today=day)

    def _decided_by_month(self) -> Mapping[tuple[int, str, date], int]:
        counts: dict[tuple[int, str, date], int] = defaultdict(int)
        for agency_id, kind, day in CreditRecord.objects.values_list("agency_id", "kind", "decided_on"):
            counts[agency_id, kind, day.replace(day=1)] += 1
        return counts

    def _upload(self) -> None:
        """Two imports of the first agency: one in the ledger and waiting for review, one with rows to correct."""
        maker = Maker(self.random, [*self.parties, *self.newcomers], [by_key()[MAIN_AGENCY]], first_number=700)
        licences = [d.as_form() for d in self._recent_of(maker, RecordKindCode.LICENCE, 12)]
        batch = self._import("惠城区市场监管局-行政许可-本周.xlsx", RecordKindCode.LICENCE, licences, "clerk2", 2)
        imports.commit_batch(batch, actor=self.actor("clerk2", self.today - timedelta(days=2), 11))
        imports.run_commit(batch, today=self.today)
        penalties = [d.as_form() for d in self._recent_of(maker, RecordKindCode.PENALTY, 20)]
        faulty = workbooks.with_errors(penalties, self.today)
        self._import("惠城区市场监管局-行政处罚-待改正.xlsx", RecordKindCode.PENALTY, faulty, "clerk", 1)

    def _recent_of(self, maker: Maker, kind: str, count: int) -> list[Decision]:
        found: list[Decision] = []
        while len(found) < count:
            decision = maker.on(self.today - timedelta(days=self.random.randint(3, 9)))
            if decision.kind == kind:
                found.append(decision)
        return found

    def _import(self, filename: str, kind: str, rows: list[dict[str, str]], username: str, days_ago: int) -> int:
        file = BytesIO()
        workbooks.write_workbook(file, kind, [self._as_on_record(row) for row in rows], workbooks.national)
        actor = replace(self.actor(username, self.today - timedelta(days=days_ago), 10), door=Door.IMPORT)
        batch = imports.create_batch(
            file, importer=kind, agency_id=self.units[MAIN_AGENCY].pk, filename=filename, actor=actor
        )
        imports.check_batch(batch.pk, today=self.today)
        return int(batch.pk)

    def _as_on_record(self, row: dict[str, Any]) -> dict[str, Any]:
        name = Subject.objects.filter(code=row["uscc"]).values_list("name", flat=True).first() if row["uscc"] else None
        return {**row, "party_name": name} if name and row["party_name"] != name else row


def _months_before(day: date, months: int) -> date:
    """First day of the month that lies `months` before the month of `day`."""
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)
