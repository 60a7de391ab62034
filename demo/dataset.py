"""A ledger of any size in minutes, by set-based writes into the same tables that the services write.

Made for measuring: it skips the guards of the services, not their results. Every record has its detail, clock,
revisions with real projections, public row with search terms, and trail, as if it had been entered, reviewed,
published and ended by the rules of its day. The same seed and day give the same rows.

The work is cut into blocks that need nothing of each other, so several processes can share it.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from multiprocessing import get_context
from random import Random
from typing import Any

from django.db import connection, connections, transaction
from django.utils import timezone

from core import audit, clocks
from core.actors import Actor
from core.bulk import JsonText, insert_rows
from core.calendar import WorkCalendar
from core.clocks import ClockStart
from core.models import AuditEvent, Clock
from core.rules import RuleTimeline
from core.search import terms_literal
from core.text import fold_document_number
from demo.agencies import by_key
from demo.decisions import Decision, Maker
from demo.indexes import set_aside
from demo.parties import make_parties
from demo.subjects import create_agencies, create_workers, insert_subjects, subject_of
from disclosure.entry import DETAILS, detail_columns, title_of
from disclosure.models import Licence, Penalty
from disclosure.validation import tier_of
from records import services
from records.choices import RecordKindCode, RevisionAct, SubjectKind
from records.deadlines import CLOCK, OBJECT
from records.kinds import kind_of
from records.lifecycle import RECORD as RECORD_ROAD
from records.models import CreditRecord, PublicRecord, Revision, Subject, SubjectName
from records.people import actor_for
from records.policy import PublicationPolicy
from records.projection import canonical, digest, project, search_parts, state_of, summary, tombstone
from records.services.publication import PUBLIC, REVISION

BLOCK = 5_000
RECORDS_PER_PARTY = 4
REVISIONS_PER_RECORD = 2
YEARS = 7


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make. `first_id`: the highest key in the ledger so far, plus one."""

    records: int
    seed: int
    today: date
    first_id: int = 1

    @property
    def blocks(self) -> int:
        return -(-self.records // BLOCK)

    def size(self, block: int) -> int:
        return min(BLOCK, self.records - block * BLOCK)


class NotEmpty(Exception):
    """There are records already."""


def make(
    records: int, *, seed: int, today: date, append: bool, workers: int = 2, progress: Callable[[int], None]
) -> None:
    """Fill the ledger. Raises NotEmpty unless it is empty or `append` says that this is meant."""
    if not append and CreditRecord.objects.exists():
        raise NotEmpty
    _ground.cache_clear()
    create_workers(create_agencies().values())
    plan = Plan(records, seed, today, _first_free_id())
    with set_aside(LOADED) if not append else nullcontext():
        _make_blocks(plan, workers if connection.vendor == "postgresql" else 1, progress)
    _continue_keys()
    while services.seal():
        pass
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _make_blocks(plan: Plan, workers: int, progress: Callable[[int], None]) -> None:
    done = 0
    if workers == 1 or plan.blocks == 1:
        for block in range(plan.blocks):
            done += make_block(plan, block)
            progress(done)
        return
    connections.close_all()  # a connection cannot be shared with a forked process
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        for future in as_completed([pool.submit(make_block, plan, block) for block in range(plan.blocks)]):
            done += future.result()
            progress(done)


KEYED: tuple[Any, ...] = (Subject, CreditRecord, Revision)
LOADED = (Subject, SubjectName, CreditRecord, Licence, Penalty, Clock, Revision, PublicRecord, AuditEvent)


def _first_free_id() -> int:
    return max(m._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0 for m in KEYED) + 1


def _continue_keys() -> None:
    """Keys were computed, not drawn: what comes next must not meet them."""
    with connection.cursor() as cursor:
        for model in KEYED:
            table = model._meta.db_table
            if connection.vendor == "postgresql":
                cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608
            else:
                cursor.execute(f"UPDATE sqlite_sequence SET seq = (SELECT max(id) FROM {table}) WHERE name = '{table}'")  # noqa: S608


@lru_cache(maxsize=1)
def _ground(today: date) -> "Ground":
    return Ground(today)


def make_block(plan: Plan, number: int) -> int:
    """One block in one transaction; returns the number of records."""
    block = Block(plan, number, _ground(plan.today))
    for _ in range(plan.size(number)):
        block.add()
    with transaction.atomic():
        block.write()
    return plan.size(number)


class Ground:
    """What all blocks of a process share: agencies, people, calendar, rules."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.agencies = create_agencies()
        clerk, reviewer = create_workers(())
        self.clerk, self.reviewer = _actor(clerk), _actor(reviewer)
        self.calendar = WorkCalendar.load()
        self.policy = PublicationPolicy()
        self.deadlines = RuleTimeline("disclosure.deadline")
        self.tiers = RuleTimeline("penalty.tier")
        self.first_day = today.replace(day=1, year=today.year - YEARS)


def _actor(user: Any) -> Actor:
    """Without the list of all agencies, which would stand in every row of the trail."""
    actor = actor_for(user)
    return Actor(actor.user_id, actor.name, "演示单位", actor.roles, actor.unit_ids, actor.door)


@dataclass(slots=True)
class Rows:
    """Rows on their way into the tables, in the order in which the tables refer to each other."""

    records: list[CreditRecord] = field(default_factory=list)
    details: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {k: [] for k in DETAILS})
    clocks: list[tuple[Any, ...]] = field(default_factory=list)
    revisions: list[tuple[Any, ...]] = field(default_factory=list)
    public: list[tuple[Any, ...]] = field(default_factory=list)
    trail: list[tuple[Any, ...]] = field(default_factory=list)


class Block:
    def __init__(self, plan: Plan, number: int, ground: Ground) -> None:
        self.ground, self.today = ground, plan.today
        self.random = Random(f"{plan.seed}:{number}")  # noqa: S311 - made up data
        first = plan.first_id + number * (BLOCK // RECORDS_PER_PARTY)
        count = max(1, plan.size(number) // RECORDS_PER_PARTY)
        self.parties = make_parties(self.random, range(first, first + count), today=plan.today)
        self.subjects = {p: subject_of(first + i, p) for i, p in enumerate(self.parties)}
        self.record_id = plan.first_id + number * BLOCK
        self.revision_id = plan.first_id + number * BLOCK * REVISIONS_PER_RECORD
        units = [a for a in by_key().values() if a.kinds]
        self.maker = Maker(self.random, self.parties, units, first_number=plan.first_id + number * BLOCK)
        self.rows = Rows()

    def add(self) -> None:
        """One decision and everything that followed from it until today."""
        decision = self.maker.between(self.ground.first_day, self.today)
        fate = Life(self, decision, self.record_id)
        fate.live()
        self.record_id += 1

    def write(self) -> None:
        now = timezone.now()
        subjects = list(self.subjects.values())
        for subject in subjects:
            subject.created_at = now
        insert_subjects(subjects, self.parties)
        insert_rows(CreditRecord, RECORD, [[getattr(r, a) for a in RECORD_ATTNAMES] for r in self.rows.records])
        for kind, rows in self.rows.details.items():
            insert_rows(kind_of(kind).detail_model, ("record", *detail_columns(kind)[0]), rows)
        insert_rows(Clock, clocks.COLUMNS, self.rows.clocks)
        insert_rows(Revision, REVISION, self.rows.revisions)
        insert_rows(PublicRecord, PUBLIC, self.rows.public)
        insert_rows(AuditEvent, audit.COLUMNS, self.rows.trail)


_RECORD_FIELDS = CreditRecord._meta.concrete_fields
RECORD = tuple(f.name for f in _RECORD_FIELDS)
RECORD_ATTNAMES = tuple(f.attname for f in _RECORD_FIELDS)


class Life:
    """One record from its decision until today."""

    def __init__(self, block: Block, decision: Decision, pk: int) -> None:
        self.block, self.ground, self.today = block, block.ground, block.today
        self.random, self.rows = block.random, block.rows
        self.decision = decision
        self.subject = block.subjects[decision.party]
        self.agency = self.ground.agencies[decision.agency.key]
        self.kind = kind_of(decision.kind)
        self.values = {
            **decision.party_columns(),
            **decision.details,
            "party_category": CATEGORY[decision.party.category],
        }
        self.record = self._draft(pk)
        self.detail = self.kind.detail_model(record_id=pk, **self._detail())

    def live(self) -> None:
        record, ground = self.record, self.ground
        self._trail("records.entered", ground.clerk, record.created_at, {"status": [None, "submitted"]})
        reported = self._reported_on()
        approved = reported + timedelta(days=self.random.randint(0, 2))
        finished = None
        if reported <= self.today:
            RECORD_ROAD.move(record, "submit")
            record.submitted_on = reported
        if approved <= self.today and self.random.random() > 0.002:
            finished = approved
            self._approve(approved)
        elif reported <= self.today and self.random.random() < 0.2:
            RECORD_ROAD.move(record, "return")
            record.return_reason = "文书号与决定书不一致，请核对后重新提交。"
        self._keep(finished)

    # --- entry

    def _draft(self, pk: int) -> CreditRecord:
        d, ground = self.decision, self.ground
        titled = {**self.values, "penalty_category": tuple(self.values.get("penalty_category", "").split("、"))}
        penalty = d.kind == RecordKindCode.PENALTY
        entered = self._moment(self._reported_on())
        return CreditRecord(
            id=pk,
            kind=d.kind,
            subject_id=self.subject.pk,
            agency_id=self.agency.pk,
            title=title_of(d.kind, titled),
            document_number=d.document_number,
            document_number_folded=fold_document_number(d.document_number),
            decided_on=d.decided_on,
            effective_from=d.effective_from,
            effective_to=d.effective_to,
            tier=tier_of(titled, ground.tiers.on(d.decided_on).value) if penalty else "",
            due_on=clocks.due(ground.calendar, d.decided_on, ground.deadlines.on(d.decided_on))[0],
            door="import",
            entered_by_id=ground.clerk.user_id,
            created_at=entered,
            updated_at=entered,
        )

    def _detail(self) -> dict[str, Any]:
        values = self.values
        return {
            name: values[name] if values.get(name) is not None else blank for name, blank in _blanks(self.kind.code)
        }

    def _reported_on(self) -> date:
        d = self.decision
        return self.ground.calendar.add(d.decided_on, d.lag)[0] if d.lag else d.decided_on

    def _moment(self, day: date) -> datetime:
        """Some time of that working day."""
        return _morning(day) + timedelta(seconds=self.random.randrange(9 * 3600))

    # --- review and publication

    def _approve(self, day: date) -> None:
        record, ground = self.record, self.ground
        at = self._moment(day)
        RECORD_ROAD.move(record, "approve")
        record.approved_by_id, record.updated_at = ground.reviewer.user_id, at
        self._trail("records.approved", ground.reviewer, at, {})
        decision = ground.policy.decide(record, self.subject.kind, on=day)
        record.visibility = decision.visibility if decision else "internal"
        if decision is None:
            return
        record.publication_rule_id = decision.rule.pk
        record.publish_until, record.repairable_from = decision.until, decision.repairable_from
        if decision.shown_on(day):
            RECORD_ROAD.move(record, "publish")
            record.publish_from = record.published_on = day
            public = self._show(decision.rule, RevisionAct.PUBLISHED, at, corrected=False)
            self._trail("records.published", ground.reviewer, at, {"publish_until": [None, public["publish_until"]]})
            self._end_or_stay(decision.rule, public, day)

    def _end_or_stay(self, rule: Any, public: dict[str, Any], day: date) -> None:
        """What happened after publication; at most one more act."""
        record, chance = self.record, self.random.random()
        then = day + timedelta(days=self.random.randint(5, 90))
        last = min(self.today, record.publish_until or self.today)
        if chance < 0.004 and then <= last:
            reason, basis = "原行政处罚决定经复议撤销。", "《行政处罚法》第四十八条"
            self._finish("withdraw", RevisionAct.WITHDRAWN, reason, basis, then)
        elif record.publish_until and record.publish_until < self.today:
            ended = record.publish_until + timedelta(days=1)
            self._finish("expire", RevisionAct.EXPIRED, "最长公示期已届满，停止公示。", "", ended)
        else:
            if chance < 0.012 and then <= last:
                reason = "原录入的处罚内容有误，按决定书更正。"
                public = self._show(rule, RevisionAct.CORRECTED, self._moment(then), corrected=True, reason=reason)
            elif chance < 0.016 and then <= last:
                record.disputed = True
                reason = "当事人对处罚决定的送达日期提出异议。"
                public = self._show(rule, RevisionAct.DISPUTED, self._moment(then), corrected=False, reason=reason)
            self._make_public(public)

    def _show(self, rule: Any, act: str, at: datetime, *, corrected: bool, reason: str = "") -> dict[str, Any]:
        """A revision with content; it is what is public from now on."""
        record = self.record
        record.version += 1
        record.updated_at = at
        public = project(
            record, self.detail, kind=self.kind, subject=self.subject, agency=self.agency, rule=rule,
            state=state_of(record, corrected=corrected),
        )  # fmt: skip
        self._revise(act, at, public, reason, rule.basis)
        return public

    def _finish(self, transition: str, act: str, reason: str, basis: str, day: date) -> None:
        """A revision that ends publication: only its tombstone stays readable."""
        record, at = self.record, self._moment(day)
        RECORD_ROAD.move(record, transition)
        record.updated_at = at
        record.version += 1
        self._revise(act, at, tombstone(record, act=act, reason=reason, basis=basis, on=day), reason, basis)
        self._trail(f"records.{act}", self.ground.reviewer, at, {}, reason)

    # --- rows

    def _revise(self, act: str, at: datetime, public: dict[str, Any], reason: str, basis: str) -> None:
        actor, salt = self.ground.reviewer, f"{self.random.getrandbits(128):032x}"
        text = JsonText(canonical(public))
        self.rows.revisions.append(
            (self.block.revision_id, self.record.pk, self.record.version, act, at, reason, basis, actor.user_id,
             actor.name, actor.unit, actor.door, text, salt, digest(text, salt))
        )  # fmt: skip
        self.block.revision_id += 1

    def _make_public(self, public: dict[str, Any]) -> None:
        r = self.record
        former = () if self.subject.is_person else [name for name, _ in self.decision.party.former_names]
        self.rows.public.append(
            (r.pk, self.block.revision_id - 1, r.kind, r.subject_id, r.agency_id, r.document_number_folded,
             r.decided_on, r.due_on, public["on_time"], r.tier, public["state"], self.kind.amount(self.detail),
             r.published_on, r.publish_until, self.subject.kind == SubjectKind.AGENCY,
             terms_literal(search_parts(public, former, self.kind.searchable)), summary(public))
        )  # fmt: skip

    def _keep(self, finished: date | None) -> None:
        d, ground = self.decision, self.ground
        rule = ground.deadlines.on(d.decided_on)
        start = ClockStart(self.record.pk, self.agency.pk, d.decided_on, rule, finished)
        self.rows.records.append(self.record)
        detail = self.detail
        self.rows.details[d.kind].append((self.record.pk, *(getattr(detail, name) for name, _ in _blanks(d.kind))))
        self.rows.clocks.append(clocks.row(CLOCK, OBJECT, start, ground.calendar))

    def _trail(self, action: str, actor: Actor, at: datetime, changes: dict[str, Any], reason: str = "") -> None:
        entry = audit.Entry(self.record.pk, str(self.record), changes, reason)
        self.rows.trail.append(audit.row(action, OBJECT, entry, actor=replace(actor, at=at)))


CATEGORY = {"法人及非法人组织": "organisation", "个体工商户": "sole_trader", "自然人": "natural_person"}


@lru_cache(maxsize=4)
def _blanks(kind: str) -> Sequence[tuple[str, Any]]:
    return detail_columns(kind)[1]


@lru_cache(maxsize=10_000)
def _morning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(8, 30)))
