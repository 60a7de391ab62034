"""Celery's door: ids in, a service called, a small dict out."""

from celery import shared_task

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
