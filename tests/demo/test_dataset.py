"""The large dataset skips the services' guards, not their results: what it writes is what they would have written."""

from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core.models import AuditEvent, Clock
from demo import dataset
from demo.indexes import set_aside
from disclosure.models import Licence, Penalty
from records.choices import ENDING_ACTS, RecordStatus
from records.kinds import kind_of
from records.models import CreditRecord, PublicRecord, Revision, Subject
from records.projection import canonical, digest
from records.services.publication import project_records

pytestmark = pytest.mark.django_db(transaction=True)
TODAY, RECORDS = date(2026, 11, 23), 800


def fill(records: int = RECORDS, *, seed: int = 4, append: bool = False, workers: int = 1) -> None:
    dataset.make(records, seed=seed, today=TODAY, append=append, workers=workers, progress=lambda done: None)


def contents() -> list[list[Any]]:
    """Everything that does not hold the time of loading."""
    return [
        list(Subject.objects.exclude(kind="agency").order_by("pk").values_list("pk", "name", "code", "kind", "parent")),
        list(CreditRecord.objects.order_by("pk").values_list("pk", "document_number", "subject", "status", "due_on")),
        list(Revision.objects.order_by("pk").values_list("pk", "record", "act", "at", "digest")),
        list(AuditEvent.objects.exclude(action__startswith="accounts").order_by("pk").values_list("action", "at")),
    ]


def test_public_rows_hold_what_the_services_would_project() -> None:
    fill()
    assert CreditRecord.objects.count() == RECORDS
    rows = {row.pk: row for row in PublicRecord.objects.select_related("revision")}
    published = list(CreditRecord.objects.filter(status=RecordStatus.PUBLISHED))
    assert {r.pk for r in published} == set(rows) and len(rows) > RECORDS / 3
    for again in project_records(published):
        row = rows[again.record.pk]
        stored = row.revision.public
        assert {**stored, "state": ""} == {**again.public, "state": ""}
        assert row.revision.digest == digest(canonical(stored), row.revision.salt)
        assert row.amount == again.amount
        assert (row.state, row.on_time, row.due_on) == (stored["state"], stored["on_time"], again.record.due_on)


def test_every_record_has_its_detail_clock_versions_and_trail() -> None:
    fill()
    assert Licence.objects.count() + Penalty.objects.count() == Clock.objects.count() == RECORDS
    assert AuditEvent.objects.filter(action="records.entered").count() == RECORDS
    for record in CreditRecord.objects.prefetch_related("revisions"):
        acts = [revision.act for revision in sorted(record.revisions.all(), key=lambda r: r.version)]
        assert len(acts) == record.version
        assert (record.status in ENDING_ACTS) == bool(acts and acts[-1] in ENDING_ACTS)
    sealed = sorted(Revision.objects.values_list("seq", flat=True))
    assert sealed == list(range(1, len(sealed) + 1))


def test_what_it_writes_is_found_and_can_be_gone_on_with() -> None:
    fill()
    row = PublicRecord.objects.select_related("subject").first()
    assert row is not None
    assert PublicRecord.objects.matching(row.subject.name[3:7]).filter(pk=row.pk).exists()
    assert PublicRecord.objects.matching(row.revision.public["document_number"]).filter(pk=row.pk).exists()
    # New keys are drawn behind the computed ones.
    assert kind_of("licence").detail_model is Licence
    assert Subject.objects.create(kind="enterprise", name="某", name_folded="某").pk > row.subject_id


def _as_new() -> None:
    """Empty, and counting from one again."""
    call_command("flush", interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        for table in ("records_subject", "records_creditrecord", "records_revision"):
            if connection.vendor == "postgresql":
                cursor.execute(f"ALTER SEQUENCE {table}_id_seq RESTART")
            else:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])


@pytest.mark.sqlite
def test_the_same_seed_and_day_give_the_same_rows() -> None:
    _as_new()
    fill(300)
    first = contents()
    _as_new()
    fill(300)
    assert contents() == first
    _as_new()
    fill(300, seed=5)
    assert contents() != first


def test_it_refuses_a_ledger_that_is_not_empty_unless_told() -> None:
    fill(50)
    with pytest.raises(CommandError, match="--append"):
        call_command("make_dataset", records=10)
    assert CreditRecord.objects.count() == 50
    fill(30, seed=9, append=True)
    assert CreditRecord.objects.count() == 80


@pytest.mark.postgres
def test_two_processes_write_the_same_as_one_and_the_indexes_are_back() -> None:
    indexes = _indexes()
    fill(dataset.BLOCK + 200, workers=2)
    assert CreditRecord.objects.count() == dataset.BLOCK + 200
    assert _indexes() == indexes


@pytest.mark.postgres
def test_indexes_come_back_when_loading_fails() -> None:
    indexes = _indexes()
    with pytest.raises(RuntimeError), set_aside(dataset.LOADED):
        assert len(_indexes()) < len(indexes) - 30
        raise RuntimeError
    assert _indexes() == indexes


def _indexes() -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'")
        indexes = set(cursor.fetchall())
        cursor.execute("SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint")
        return indexes | set(cursor.fetchall())
