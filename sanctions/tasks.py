"""Celery's door to sanctions."""

from datetime import date

from celery import shared_task
from django.utils import timezone

from sanctions import services


@shared_task(name="sanctions.lift_due")
def lift_due(day: str | None = None) -> dict[str, int]:
    """Lift what is over on `day` (ISO), today when none is given; a missed day can be replayed."""
    return {"lifted": services.lift_all_due(today=date.fromisoformat(day) if day else timezone.localdate())}
