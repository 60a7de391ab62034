"""Celery's door to the ledger: ids in, a service called, a small dict out."""

from datetime import date

from celery import shared_task
from django.utils import timezone

from records import services


@shared_task(name="records.daily_sweep")
def daily_sweep(day: str | None = None) -> dict[str, int]:
    """Expire and open publications for `day` (ISO), today when none is given; a missed day can be replayed."""
    return services.daily_sweep(today=date.fromisoformat(day) if day else timezone.localdate())


@shared_task(name="records.seal")
def seal() -> dict[str, int]:
    """Number committed revisions."""
    return {"sealed": services.seal()}
