"""试算: what it lists for a day is exactly what the sweep of that day does."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import TestCase
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from core.errors import Invalid, NotAllowed
from core.models import AuditEvent
from records import services
from records.kinds import kind_of
from records.models import CreditRecord, DryRun, DryRunRow, PublicRecord
from records.services import dry_runs, policies
from records.services.policies import NewVersion
from tests.factories.integrity import effective
from tests.factories.policy import OPENS, approved, proposed, tried, version
from tests.factories.records import TODAY, make_subject, published_licence, published_penalty
from tests.people import Cast, make_cast

# ---------------------------------------------------------------- the property

KINDS = ("enterprise", "agency", "natural_person")
DAYS = st.one_of(st.dates(date(2021, 6, 1), date(2026, 3, 31)), st.dates(date(2026, 4, 1), date(2026, 11, 2)))
SWEPT = st.one_of(
    st.sampled_from([OPENS, date(2027, 1, 20), date(2027, 2, 1), date(2027, 3, 1)]),
    st.dates(date(2026, 11, 10), date(2028, 3, 1)),
)
FIELDS = {
    kind: ("content", "authority", "facts" if kind == "penalty" else "licence_number")
    for kind in ("penalty", "licence")
} | {"dishonesty": ("measure", "effect", "loss")}
MEASURES = ("arrears.payment", "breach.contract")
MONTHS = st.sampled_from([None, 1, 12, 24, 36, 96])


@st.composite
def a_record(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["penalty", "penalty", "penalty", "licence", "dishonesty", "dishonesty"]))
    return {
        "kind": kind,
        "subject": draw(st.sampled_from(["enterprise", "agency", "agency", "natural_person"])),
        "measure": draw(st.sampled_from(MEASURES)),
        "tier": draw(st.sampled_from(["minor", "general", "general", "serious"])) if kind != "licence" else "",
        "decided_on": draw(DAYS),
        "effective_to": draw(st.sampled_from([None, date(2027, 1, 15), date(2031, 1, 1)])),
        "publish_from": draw(st.sampled_from([None, None, None, date(2027, 1, 10)])),
        "then": draw(st.sampled_from(["", "", "", "", "dispute", "withdraw", "correct"])),
    }


@st.composite
def a_version(draw: st.DrawFn) -> NewVersion:
    kind = draw(st.sampled_from(["penalty", "penalty", "penalty", "licence", "dishonesty", "dishonesty"]))
    subject_kind = draw(st.sampled_from(["", "enterprise", "agency", "agency", "natural_person"]))
    visibility = draw(st.sampled_from(["public", "masked", "internal", "authorised"]))
    if subject_kind == "natural_person" and visibility == "public":
        visibility = "masked"
    shown = visibility in ("public", "masked")
    names = draw(st.lists(st.sampled_from(FIELDS[kind]), min_size=1, unique=True))
    return NewVersion(
        kind=kind,
        subject_kind=subject_kind,
        category=draw(st.sampled_from(["", "arrears", "arrears", "breach"])) if kind == "dishonesty" else "",
        tier=draw(st.sampled_from(["", "minor", "general"])) if kind != "licence" else "",
        title="随机规则",
        visibility=visibility,
        fields=draw(st.sampled_from([("*",), tuple(names)])) if shown else (),
        min_months=None,
        max_months=draw(MONTHS),
        in_force_from=draw(st.sampled_from([date(2026, 12, 1), OPENS, date(2027, 2, 1)])),
        basis="《随机办法》",
        edition="2027",
        applies_to_earlier=draw(st.sampled_from([True, True, False])),
    )


def about(v: NewVersion) -> tuple[str, ...]:
    return v.kind, v.subject_kind, v.category, v.tier


def record_of(cast: Cast, row: dict[str, Any], subjects: dict[str, Any]) -> CreditRecord:
    if row["kind"] == "dishonesty":
        decided = row["decided_on"].isoformat()
        days = {name: decided for name in ("decided_on", "effective_from", "acted_from")}
        return effective(cast, subjects["agency"], row["measure"], tier=row["tier"], today=TODAY, **days)
    make = published_penalty if row["kind"] == "penalty" else published_licence
    fields = {name: row[name] for name in ("tier", "decided_on", "publish_from")}
    fields["effective_to"] = row["effective_to"] or date(2099, 12, 31)
    fields["effective_from"] = row["decided_on"]
    return make(cast, subjects[row["subject"]], **fields)


def enter(cast: Cast, row: dict[str, Any], subjects: dict[str, Any]) -> None:
    record = record_of(cast, row, subjects)
    if record.status != "published":
        return
    if row["then"] == "dispute":
        services.mark_disputed(record.pk, actor=cast.office, reason="异议")
    elif row["then"] == "withdraw":
        change = services.propose_withdrawal(record.pk, actor=cast.clerk, reason="撤销")
        services.accept_change(change.pk, actor=cast.reviewer, today=TODAY)
    elif row["then"] == "correct" and row["decided_on"] > date(2026, 6, 1):
        column = "duty" if row["kind"] == "dishonesty" else "content"
        change = services.propose_correction(record.pk, {column: "更正后的内容"}, actor=cast.clerk, reason="有误")
        services.accept_change(change.pk, actor=cast.reviewer, today=TODAY)


def public_now() -> dict[int, tuple[int, dict[str, str]]]:
    """Record → (revision, what a reader sees)."""
    rows = PublicRecord.objects.values_list("pk", "revision_id", "revision__public")
    return {pk: (revision, seen(public)) for pk, revision, public in rows}


def seen(public: dict[str, Any]) -> dict[str, str]:
    own = {f["name"]: f["value"] for f in public["fields"]}
    return {"subject": public["subject"]["name"], "title": public["title"], **own}


def happened(before: dict[int, Any], after: dict[int, Any]) -> dict[int, tuple[str, set[str], set[str], set[str]]]:
    """What the sweep did, told from the public side alone."""
    out = {}
    states = dict(CreditRecord.objects.values_list("pk", "status"))
    for pk in before.keys() | after.keys():
        (old_revision, old), (new_revision, new) = before.get(pk, (0, {})), after.get(pk, (0, {}))
        if old_revision == new_revision:
            continue
        added, removed = set(new) - set(old), set(old) - set(new)
        altered = {name for name in set(old) & set(new) if old[name] != new[name]}
        if not old:
            effect = "appears"
        elif not new:
            effect = "expires" if states[pk] == "expired" else "vanishes"
        else:
            effect = "fields" if added or removed or altered else "terms"
        out[pk] = (effect, added, removed, altered)
    return out


def listed(run: DryRun) -> dict[int, tuple[str, set[str], set[str], set[str]]]:
    return {
        row.record_id: (row.effect, set(row.fields_added), set(row.fields_removed), set(row.fields_altered))
        for row in run.rows.all()
    }


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    rows=st.lists(a_record(), min_size=3, max_size=7),
    others=st.lists(a_version(), max_size=1),
    versions=st.lists(a_version(), min_size=1, max_size=3, unique_by=about),
    day=SWEPT,
)
def test_the_dry_run_of_a_day_is_what_its_sweep_does(rows: Any, others: Any, versions: Any, day: date) -> None:
    with transaction.atomic():
        cast = make_cast()
        subjects = {kind: make_subject("王小明" if kind == "natural_person" else "", kind=kind) for kind in KINDS[::2]}
        subjects["agency"] = cast.other_agency
        for row in rows:
            enter(cast, row, subjects)
        taken = {about(v) for v in versions}
        others = [v for v in others if about(v) not in taken]
        if others:
            approved(cast, *others)
        found = proposed(cast, *versions)
        run = tried(cast, found, day)
        before = public_now()
        again = tried(cast, found, day)
        policies.approve_proposal(found.pk, actor=cast.second_office, today=TODAY)
        services.daily_sweep(today=day)
        assert listed(again) == happened(before, public_now())
        for effect, *_ in listed(again).values():
            event(effect)
        assert run.digest == again.digest and run.affected == again.affected == again.rows.count()
        assert tried(cast, found, day, today=day).affected == 0
        transaction.set_rollback(True)


# ---------------------------------------------------------------- by example


class DryRunTests(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        cls.body = make_subject("惠城区某某街道办事处", kind="agency")
        cls.held = published_penalty(cls.cast, cls.body, tier="minor")
        cls.shown = published_penalty(cls.cast)
        cls.person = published_penalty(cls.cast, make_subject("王小明", kind="natural_person"))

    def test_it_changes_nothing_and_says_who_asked_what_and_when(self) -> None:
        found = proposed(self.cast, version(subject_kind="agency"))
        before = public_now(), list(CreditRecord.objects.values_list("pk", "status", "version", "publication_rule"))
        run = tried(self.cast, found)
        assert before == (
            public_now(),
            list(CreditRecord.objects.values_list("pk", "status", "version", "publication_rule")),
        )
        assert run.asked_by_id == self.cast.second_office.user_id and run.day == OPENS and len(run.digest) == 64
        assert AuditEvent.objects.filter(action="records.dry_run_started", object_id=run.pk).count() == 1
        row = run.rows.get()
        assert (row.record_id, row.effect, row.subject_kind, row.tier) == (self.held.pk, "appears", "agency", "minor")
        assert row.rule_before.code == "penalty.minor" and row.rule_after.proposal_id == found.pk
        assert set(row.fields_added) >= {"subject", "content", "facts"} and not row.fields_removed
        assert run.summary["groups"] == [["appears", "penalty", self.cast.agency.pk, "agency", "", "minor", 1]]
        assert run.summary["fields"]["penalty"]["facts"] == [1, 0, 0]

    def test_the_page_tells_the_proposals_own_effects_from_those_of_rules_approved_before(self) -> None:
        approved(self.cast, version(subject_kind="agency"))
        run = tried(self.cast, proposed(self.cast, version(subject_kind="natural_person", visibility="masked")))
        assert listed(run).keys() == {self.held.pk, self.person.pk}
        self.client.force_login(self.cast.users["auditor"])
        page = self.client.get(f"/staff/dry-runs/{run.pk}/")
        self.assertContains(page, "其中 2 条有变化：1 条由本提案引起，其余由已批准、届时施行的规则")

    def test_before_its_day_a_proposal_does_nothing(self) -> None:
        assert tried(self.cast, proposed(self.cast, version(tier="minor")), date(2026, 12, 31)).affected == 0

    def test_what_expires_until_a_day_without_any_proposal(self) -> None:
        run = dry_runs.start_dry_run(None, date(2027, 11, 3), actor=self.cast.office, today=TODAY)
        assert listed(run).keys() == {self.shown.pk} and run.rows.get().effect == "expires"
        run = dry_runs.start_dry_run(None, date(2027, 11, 2), actor=self.cast.office, today=TODAY)
        assert run.affected == 0

    def test_it_says_when_the_ledger_has_moved_since(self) -> None:
        run = tried(self.cast, proposed(self.cast))
        assert dry_runs.moved_since(run) == 0
        published_penalty(self.cast)
        assert dry_runs.moved_since(run) == 2  # approved, published

    def test_a_killed_run_goes_on_where_it_was_with_the_same_result(self) -> None:
        for _ in range(4):
            published_penalty(self.cast, self.body, tier="minor")
        found = proposed(self.cast, version(subject_kind="agency"))
        whole = tried(self.cast, found)
        run, large = dry_runs._created(found.pk, OPENS, self.cast.office)
        assert not large and dry_runs.continue_dry_run(run.pk, limit=2)
        run.refresh_from_db()
        assert run.affected == 2 and run.finished_at is None and 0 < dry_runs.progress(run) < 100
        with pytest.raises(RuntimeError), transaction.atomic():
            dry_runs.continue_dry_run(run.pk, limit=2)
            raise RuntimeError("killed before the commit")
        stale = run.heartbeat_at - timedelta(hours=1)
        DryRun.objects.filter(pk=run.pk).update(heartbeat_at=stale)
        assert list(dry_runs.unattended()) == [run.pk]
        while dry_runs.continue_dry_run(run.pk, limit=2):
            pass
        run.refresh_from_db()
        assert (run.digest, run.summary, run.affected) == (whole.digest, whole.summary, whole.affected)
        assert not DryRunRow.objects.filter(run=whole).exists(), "only the newest run keeps its rows"
        assert not list(dry_runs.unattended())

    def test_only_the_credit_office_may_ask_and_only_for_days_to_come(self) -> None:
        found = proposed(self.cast)
        for actor in (self.cast.reviewer, self.cast.auditor):
            with pytest.raises(NotAllowed):
                dry_runs.start_dry_run(found.pk, OPENS, actor=actor, today=TODAY)
        for day in (TODAY - timedelta(days=1), date(2099, 1, 1)):
            with pytest.raises(Invalid, match="试算日期"):
                dry_runs.start_dry_run(found.pk, day, actor=self.cast.office, today=TODAY)


class FileTests(TestCase):
    """The list of one run as CSV and XLSX."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.cast = make_cast()
        person = make_subject("王小明", kind="natural_person")
        cls.records = [published_penalty(cls.cast, person, title="王小明占道经营") for _ in range(2)]
        cls.dry_run = tried(cls.cast, proposed(cls.cast, version(subject_kind="natural_person", visibility="masked")))

    def rows(self, format_: str) -> list[list[str]]:
        self.client.force_login(self.cast.users["auditor"])
        response = self.client.get(f"/staff/dry-runs/{self.dry_run.pk}/export.{format_}")
        body = b"".join(response.streaming_content)  # type: ignore[arg-type]
        if format_ == "csv":
            return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
        sheet = load_workbook(io.BytesIO(body)).active
        return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]

    def test_both_formats_hold_every_row_and_no_persons_name(self) -> None:
        tables = [self.rows(format_) for format_ in ("csv", "xlsx")]
        assert tables[0] == tables[1]
        head, *rows = tables[0]
        assert [row[0] for row in rows] == [str(r.pk) for r in self.records]
        first = dict(zip(head, rows[0], strict=True))
        assert first["公示变化"] == "新公开" and first["主体"] == "王*" and "小明" not in str(tables)
        labels = {field.label for field in kind_of("penalty").fields}
        assert set(first["新增公开字段"].split("、")) - {"主体名称", "标题"} <= labels
        assert AuditEvent.objects.filter(action="records.dry_run_exported").count() == 2
