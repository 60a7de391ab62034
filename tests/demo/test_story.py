"""The demonstration as `make run` loads it: told through the services, in every state, once."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from core.models import AuditEvent
from creditfiles.choices import OrderStatus, UnusualReason, Verdict
from creditfiles.models import Lookup, QueryLog, ReportOrder
from creditfiles.unusual import unusual
from demo import story
from demo.accounts import CAST
from disclosure.models import MonthlyDeclaration
from disclosure.reports import yearly_report
from records.choices import BatchStatus, RecordStatus, RowStatus, SubjectKind
from records.completeness import open_confirmations_of, roster_findings
from records.families import lineage
from records.models import (
    ChangeRequest,
    CreditRecord,
    DuplicateCandidate,
    ImportBatch,
    OfficialProfile,
    PublicationProposal,
    PublicRecord,
    Revision,
    Subject,
    SubjectMerge,
    SubjectName,
    Tenure,
)
from records.people import actor_for
from records.querysets import in_class_of

pytestmark = pytest.mark.django_db
# A Monday: what the story does at a weekend is what it does on the Friday before.
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The story, told once for all tests of this module, in a transaction that is rolled back after them."""
    folder = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock():
        connection.ensure_connection()
        with transaction.atomic():
            password = story.load(seed=story.SEED, today=TODAY, folder=folder)
            yield password, folder
            transaction.set_rollback(True)


def test_records_stand_in_every_state_that_a_visitor_may_ask_for(told: Any) -> None:
    states = Counter(CreditRecord.objects.values_list("status", flat=True))
    for status in set(RecordStatus.values) - {RecordStatus.REPAIRED, RecordStatus.DISCARDED}:
        assert states[status] >= 3, status
    acts = set(Revision.objects.values_list("act", flat=True))
    assert acts >= {"published", "corrected", "withdrawn", "expired", "disputed", "dispute_closed"}
    assert set(PublicRecord.objects.values_list("state", flat=True)) == {"published", "corrected", "disputed"}
    assert ChangeRequest.objects.filter(status="proposed").exists()


def test_minor_penalties_and_people_are_held_back(told: Any) -> None:
    held = CreditRecord.objects.filter(status=RecordStatus.APPROVED)
    assert held.filter(tier="minor").exists()
    assert held.filter(subject__kind=SubjectKind.NATURAL_PERSON).exists()
    assert not PublicRecord.objects.filter(subject__kind=SubjectKind.NATURAL_PERSON).exists()
    assert not PublicRecord.objects.filter(tier="minor").exists()


def test_some_were_reported_late_and_most_were_not(told: Any) -> None:
    judged = Counter(r.on_time() for r in CreditRecord.objects.exclude(submitted_on=None))
    assert 0.02 < judged[False] / judged.total() < 0.2


def test_nobody_reviewed_their_own_entry_and_every_act_has_its_own_time(told: Any) -> None:
    assert not CreditRecord.objects.exclude(approved_by=None).filter(approved_by=F("entered_by")).exists()
    for revision in Revision.objects.filter(act="published").select_related("record"):
        assert timezone.localdate(revision.at) == revision.record.published_on
    now = timezone.now()
    assert not AuditEvent.objects.filter(at__gt=now).exists()
    entered = {e.object_id: e.at for e in AuditEvent.objects.filter(action="records.entered")}
    approved = AuditEvent.objects.filter(action="records.approved")
    assert [e for e in approved if e.object_id is not None and e.at < entered[e.object_id]] == []


def test_history_is_sealed_without_gaps(told: Any) -> None:
    numbers = sorted(Revision.objects.values_list("seq", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_one_opening_is_approved_for_next_month_and_two_proposals_wait(told: Any) -> None:
    coming, *proposed = PublicationProposal.objects.order_by("pk")
    assert coming.status == "approved" and {p.status for p in proposed} == {"proposed"}
    waiting, arrears = proposed
    rule = coming.rules.get()
    assert rule.in_force_from == date(2026, 12, 1) and rule.applies_to_earlier and rule.applied_on is None
    assert coming.dry_runs.get().finished_at and not waiting.dry_runs.exists()
    assert {r.visibility for r in waiting.rules.all()} == {"masked", "internal"}
    assert arrears.rules.get().category == "arrears"
    opening = CreditRecord.objects.decided_by_policy().filter(in_class_of(arrears.rules.all()))
    assert {(r.category, r.status) for r in opening} == {("arrears", "approved")}
    held = CreditRecord.objects.filter(subject__kind=SubjectKind.AGENCY, tier="minor", status=RecordStatus.APPROVED)
    assert held.count() >= 3 and PublicRecord.objects.filter(about_agency=True).count() >= 3


def test_the_queue_of_the_reviewer_has_entries_of_both_doors(told: Any) -> None:
    waiting = CreditRecord.objects.filter(agency__name="惠州市惠城区市场监督管理局", status=RecordStatus.SUBMITTED)
    assert waiting.filter(batch=None).count() >= 3
    assert waiting.filter(batch__status=BatchStatus.COMMITTED).count() >= 10
    returned = CreditRecord.objects.filter(status=RecordStatus.RETURNED)
    assert all(r.return_reason for r in returned)


def test_an_import_waits_with_rows_to_correct(told: Any) -> None:
    batch = ImportBatch.objects.get(status=BatchStatus.CHECKED)
    rows = Counter(batch.rows.values_list("status", flat=True))
    assert rows[RowStatus.VALID] >= 5 and rows[RowStatus.INVALID] >= 6 and rows[RowStatus.DUPLICATE] == 1


def test_former_names_are_found_and_zero_reports_were_made(told: Any) -> None:
    renamed = SubjectName.objects.exclude(valid_to=None).select_related("subject")
    assert renamed.count() >= 5
    for former in renamed[:5]:
        assert Subject.objects.matching(former.name).filter(pk=former.subject_id).exists()
    assert AuditEvent.objects.filter(action="records.subject_renamed").count() == 2
    assert MonthlyDeclaration.objects.filter(produced=0).exists()
    report = yearly_report(TODAY.year, actor=actor_for(User.objects.get(username="office")))
    assert sum(row.measures["reported"] for row in report.totals) > 100


def test_the_registry_has_heads_reforms_doubts_and_twins(told: Any) -> None:
    market = Subject.objects.get(name="惠州市惠城区市场监督管理局")
    culture = Subject.objects.get(name="惠州市惠城区文化广电旅游体育局")
    assert Tenure.objects.on(TODAY).heads().filter(agency=market).count() == 1
    assert OfficialProfile.objects.count() > 90 and OfficialProfile.objects.filter(state="retired").count() == 1
    assert {f.kind for f in roster_findings(market, today=TODAY)} >= {"任职重叠", "任职间断"}
    assert {a.name for a in lineage(culture.pk, TODAY)} == {"惠州市惠城区文化局", "惠州市惠城区旅游局"}
    states = Counter(DuplicateCandidate.objects.values_list("state", flat=True))
    assert states["open"] >= 3 and states["merged"] == 1 and SubjectMerge.objects.count() == 1
    assert open_confirmations_of([market.pk], today=TODAY).count() == 1
    assert not Subject.objects.public().filter(kind="official").exists()


def test_the_cast_can_sign_in_and_the_others_cannot(told: Any) -> None:
    password, _ = told
    users = {u.username: u for u in User.objects.all()}
    for person in CAST:
        assert users[person.username].check_password(password)
        assert actor_for(users[person.username]).roles == {person.role}
    others = set(users) - {person.username for person in CAST}
    assert len(others) > 60
    assert not any(users[name].has_usable_password() for name in others)


def test_the_sample_workbooks_are_written_and_fresh(told: Any) -> None:
    _, folder = told
    names = sorted(path.name for path in (folder / "samples").iterdir())
    assert len(names) == 4 and any("2015" in name for name in names) and any("错误" in name for name in names)


def test_telling_it_again_changes_nothing(told: Any, tmp_path: Path) -> None:
    before = CreditRecord.objects.count(), AuditEvent.objects.count()
    assert story.load(seed=story.SEED, today=TODAY, folder=tmp_path) is None
    assert (CreditRecord.objects.count(), AuditEvent.objects.count()) == before


def test_files_and_lists_were_looked_up_and_some_of_it_stands_out(told: Any) -> None:
    lists = list(Lookup.objects.order_by("pk"))
    assert [x.total_rows for x in lists][0] == 20 and set(lists[0].counts) == set(Verdict.values)
    assert (
        set(lists[1].counts) == {"clear", "ambiguous", "found"}
        and not lists[1].lines.filter(matched_by="name").exists()
    )
    assert QueryLog.objects.filter(lookup=None).count() >= 8
    assert QueryLog.objects.filter(lookup__in=lists).count() >= 15
    assert ReportOrder.objects.get().status == OrderStatus.DONE
    reasons = set(unusual(TODAY).counts())
    assert reasons >= {UnusualReason.OFF_HOURS, UnusualReason.SAME_SUBJECT}
