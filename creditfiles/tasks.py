"""Celery's door: ids in, a service called, a small dict out."""

from datetime import date

from celery import shared_task
from django.utils import timezone

from core.actors import system_actor
from creditfiles import services


@shared_task(name="creditfiles.run_order")
def run_order(order_id: int) -> dict[str, bool]:
    """Issue the reports of an order."""
    return {"done": services.run_order(order_id)}


@shared_task(name="creditfiles.sweep_orders")
def sweep_orders() -> dict[str, int]:
    """Orders whose worker is gone, or whose message was lost, go on."""
    found = services.unattended()
    for order_id in found:
        run_order.delay(order_id)
    return {"resumed": len(found)}


@shared_task(name="creditfiles.run_lookup")
def run_lookup(lookup_id: int) -> dict[str, bool]:
    """Answer a long list."""
    return {"done": services.run_lookup(lookup_id)}


@shared_task(name="creditfiles.sweep_lookups")
def sweep_lookups() -> dict[str, int]:
    """Lists whose worker is gone, or whose message was lost, go on."""
    found = services.unattended_lookups()
    for lookup_id in found:
        run_lookup.delay(lookup_id)
    return {"resumed": len(found)}


@shared_task(name="creditfiles.erase_lists")
def erase_lists(day: str | None = None) -> dict[str, int]:
    """Lists whose time is over are erased; a missed day can be replayed."""
    today = date.fromisoformat(day) if day else timezone.localdate()
    return {"erased": services.erase_lists(today=today, actor=system_actor())}
