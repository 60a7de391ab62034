"""Background work of this room. Messages carry ids and may be lost: the sweep finds what is due."""

from celery import shared_task
from django.utils import timezone

from sharing import services
from sharing.models import Platform
from sharing.services.sweeping import has_work


@shared_task(name="sharing.sweep")
def sweep() -> dict[str, int]:
    return services.sweep(enqueue=push.delay)


@shared_task(name="sharing.push")
def push(platform_id: int) -> dict[str, int]:
    counts = services.push(platform_id)
    platform = Platform.objects.get(pk=platform_id)
    if not platform.paused(timezone.now()) and has_work(platform, timezone.now()):
        push.delay(platform_id)
    return dict(counts)


@shared_task(name="sharing.reconcile_all")
def reconcile_all() -> int:
    platforms = [platform.pk for platform in Platform.objects.enabled() if platform.address]
    for platform_id in platforms:
        reconcile.delay(platform_id)
    return len(platforms)


@shared_task(name="sharing.reconcile")
def reconcile(platform_id: int) -> int:
    return services.reconcile(platform_id).pk
