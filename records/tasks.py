"""Celery's door to the ledger: ids in, a service called, a small dict out."""

from datetime import date
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from records import imports, services
from records.services import agencies, dry_runs, duplicates


@shared_task(name="records.daily_sweep")
def daily_sweep(day: str | None = None) -> dict[str, int]:
    """Expire and open publications for `day` (ISO), today when none is given; a missed day can be replayed."""
    return services.daily_sweep(today=date.fromisoformat(day) if day else timezone.localdate())


@shared_task(name="records.seal")
def seal() -> dict[str, int]:
    """Number committed revisions."""
    return {"sealed": services.seal()}


@shared_task(name="records.approve_batch")
def approve_batch(batch_id: int) -> dict[str, int]:
    """Approve a large import batch for the reviewer who asked for it; small ones are approved in the request."""
    return {"approved": services.carry_out_approval(batch_id)}


@shared_task(name="records.check_import")
def check_import(batch_id: int) -> dict[str, bool]:
    """Check an uploaded file."""
    return {"done": imports.check_batch(batch_id, today=timezone.localdate())}


@shared_task(name="records.commit_import")
def commit_import(batch_id: int) -> dict[str, bool]:
    """Put a batch's valid rows into the ledger."""
    return {"done": imports.run_commit(batch_id, today=timezone.localdate())}


def work_on_later(task: Any, batch_id: int) -> None:
    """Enqueue on commit. A broker that is away loses the message (which is logged), not the batch, and not the answer
    to whoever uploaded it: the sweep below finds what nobody works on."""

    def enqueue() -> None:
        task.delay(batch_id)

    transaction.on_commit(enqueue, robust=True)


@shared_task(name="records.sweep_imports")
def sweep_imports() -> dict[str, int]:
    """Imports, and approvals of whole batches, whose worker is gone, or whose message was lost, go on."""
    tasks = {"checking": check_import, "committing": commit_import, "approving": approve_batch}
    found = imports.unattended()
    for batch_id, status in found:
        tasks[status].delay(batch_id)
    return {"resumed": len(found)}


@shared_task(name="records.dry_run")
def dry_run(run_id: int) -> dict[str, bool]:
    """试算 of a proposal over a large part of the ledger."""
    return {"done": dry_runs.finish_dry_run(run_id)}


@shared_task(name="records.sweep_dry_runs")
def sweep_dry_runs() -> dict[str, int]:
    """Dry runs whose worker is gone, or whose message was lost, go on."""
    found = list(dry_runs.unattended())
    for run_id in found:
        dry_run.delay(run_id)
    return {"resumed": len(found)}


@shared_task(name="records.forget_files")
def forget_files() -> dict[str, int]:
    """Uploaded files whose time is over are deleted."""
    return {"deleted": imports.forget_files(today=timezone.localdate(), days=settings.IMPORT_FILE_DAYS)}


@shared_task(name="records.open_confirmations")
def open_confirmations(day: str | None = None) -> dict[str, int]:
    """This year's confirmation begins for agencies that have none yet."""
    today = date.fromisoformat(day) if day else timezone.localdate()
    return {"opened": agencies.open_confirmations(today=today)}


@shared_task(name="records.find_duplicates")
def find_duplicates() -> dict[str, int]:
    """Possible duplicates for the stewards' desk."""
    return duplicates.find_duplicates()
