"""A real worker on a real Redis, killed in the middle: whoever comes next goes on, nothing lost, nothing twice."""

import threading
import time
from collections.abc import Iterator
from datetime import date

import pytest
from django.conf import settings
from django.db import connection

from core.errors import WrongState
from core.models import AuditEvent, Clock
from disclosure.models import Penalty
from records import imports, services
from records.models import CreditRecord, ImportBatch, PublicRecord, Revision
from records.tasks import sweep_imports
from tests.people import Cast, make_cast
from tests.support.disclosure_tables import penalty_row, workbook
from tests.support.processes import Worker, free_port, wait_until
from tests.support.services import _forget_connections, _send_to

TODAY = date(2026, 11, 9)
ROWS = 6_000
CLAIM = 1


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker is taken for dead after a second, here and in the worker's own process."""
    monkeypatch.setenv("IMPORT_CLAIM_SECONDS", str(CLAIM))
    monkeypatch.setattr(settings, "IMPORT_CLAIM_SECONDS", CLAIM)
    yield


def now(batch: ImportBatch) -> ImportBatch:
    batch.refresh_from_db()
    return batch


def kill_between(worker: Worker, batch: ImportBatch, counter: str) -> int:
    """Kill -9 after the first chunk and before the last."""
    wait_until(lambda: getattr(now(batch), counter) > 0, seconds=60, what=f"{counter}: {worker.output[-2000:]}")
    worker.kill()
    done: int = getattr(now(batch), counter)
    assert 0 < done < ROWS and batch.claim, "killed too late to prove anything"
    return done


def resume(worker: Worker, batch: ImportBatch, status: str) -> None:
    worker.ready()
    time.sleep(CLAIM + 0.2)
    sweep_imports.delay()
    wait_until(lambda: now(batch).status == status, seconds=120, what=worker.output[-2000:])


def test_kill_9_in_the_middle_of_checking_and_of_committing(impatient: None, worker: Worker) -> None:
    cast = make_cast()
    rows = [penalty_row(n) for n in range(1, ROWS + 1)]
    batch = imports.create_batch(
        workbook("penalty", rows),
        importer="penalty",
        agency_id=cast.agency.pk,
        filename="六千行.xlsx",
        actor=cast.clerk,
    )
    kill_between(worker, batch, "checked_rows")
    resume(worker, batch, "checked")
    assert batch.checked_rows == ROWS == batch.rows.count() == imports.counts(batch)["valid"]
    imports.commit_batch(batch.pk, actor=cast.clerk)
    kill_between(worker, batch, "committed_rows")
    resume(worker, batch, "committed")
    assert batch.committed_rows == ROWS == imports.counts(batch)["committed"]
    assert CreditRecord.objects.count() == Penalty.objects.count() == Clock.objects.count() == ROWS
    assert CreditRecord.objects.values("document_number_folded").distinct().count() == ROWS
    assert AuditEvent.objects.filter(action="records.entered").count() == ROWS
    linked = set(batch.rows.values_list("record_id", flat=True))
    assert linked == set(CreditRecord.objects.values_list("pk", flat=True))
    kill_while_approving(cast, worker, batch)


def kill_while_approving(cast: Cast, worker: Worker, batch: ImportBatch) -> None:
    """The approval of the whole batch is one transaction: nothing of it stands after the kill, all of it at the end."""
    before = len(worker.output)
    services.approve_batch_later(batch.pk, actor=cast.reviewer)
    wait_until(lambda: "records.approve_batch" in worker.output[before:], seconds=30, what=worker.output[-2000:])
    time.sleep(0.5)
    worker.kill()
    assert now(batch).approval_by_id == cast.reviewer.user_id, "killed too late to prove anything"
    assert not PublicRecord.objects.exists()
    with pytest.raises(WrongState, match="正在整批审核"):
        services.approve_batch_later(batch.pk, actor=cast.reviewer)
    worker.ready()
    time.sleep(CLAIM + 0.2)
    sweep_imports.delay()
    wait_until(lambda: now(batch).approval_by_id is None, seconds=120, what=worker.output[-2000:])
    assert batch.approval_problem == "" and batch.approval_at is None
    assert PublicRecord.objects.count() == Revision.objects.count() == ROWS
    assert not CreditRecord.objects.exclude(approved_by=cast.reviewer.user_id).exists()


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_loses_neither_the_upload_nor_the_answer_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    cast = make_cast()
    _send_to(f"redis://127.0.0.1:{free_port()}/0", monkeypatch)
    try:
        batch = imports.create_batch(
            workbook("penalty", [penalty_row(1)]),
            importer="penalty",
            agency_id=cast.agency.pk,
            filename="a.xlsx",
            actor=cast.clerk,
        )
    finally:
        _forget_connections()
    ImportBatch.objects.filter(pk=batch.pk).update(heartbeat_at="2026-01-01T00:00Z")
    assert imports.unattended() == [(batch.pk, "checking")]


def cast_with_two_batches(count: int) -> tuple[Cast, list[ImportBatch]]:
    cast = make_cast()
    batches = []
    for _ in range(2):
        batch = imports.create_batch(
            workbook("penalty", [penalty_row(n) for n in range(1, count + 1)]),
            importer="penalty",
            agency_id=cast.agency.pk,
            filename="a.xlsx",
            actor=cast.clerk,
            by_worker=False,
        )
        imports.check_batch(batch.pk, today=TODAY)
        imports.commit_batch(batch.pk, actor=cast.clerk, by_worker=False)
        batches.append(batch)
    return cast, batches


def together(*batch_ids: int) -> list[bool]:
    barrier, done = threading.Barrier(len(batch_ids)), []

    def run(batch_id: int) -> None:
        try:
            barrier.wait(timeout=10)
            done.append(imports.run_commit(batch_id, today=TODAY))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(batch_id,)) for batch_id in batch_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return done


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_file_at_once_add_each_decision_once() -> None:
    _cast, (first, second) = cast_with_two_batches(3_000)
    assert together(first.pk, second.pk) == [True, True]
    assert CreditRecord.objects.count() == 3_000
    assert now(first).committed_rows + now(second).committed_rows == 3_000
    assert {now(first).status, now(second).status} == {"committed"}


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_batch_one_of_them_leaves() -> None:
    _cast, (first, _second) = cast_with_two_batches(500)
    assert sorted(together(first.pk, first.pk)) == [False, True]
    assert CreditRecord.objects.count() == now(first).committed_rows == 500
