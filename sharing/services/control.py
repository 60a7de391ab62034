"""What people may do with the automatic road: send again, end a pause, switch a platform, compare out of turn."""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from core import audit
from core.actors import Actor
from core.errors import Invalid, NotAllowed, WrongState
from core.locks import locked
from sharing.lifecycle import DELIVERY
from sharing.models import Delivery, Platform
from sharing.permissions import may_run_platforms


@transaction.atomic
def resend(delivery_id: int, *, actor: Actor, reason: str) -> None:
    """原样重新报送 a refused delivery, after the platform or the field map was put right.

    Raises NotFound, NotAllowed, WrongState (not refused, or a newer version exists), Invalid (no reason).
    """
    delivery = locked(Delivery.objects.visible_to(actor), delivery_id)
    DELIVERY.check(delivery, "resend", actor=actor)
    if not Delivery.objects.newest().filter(pk=delivery.pk).exists():
        raise WrongState("newer_version", "该记录已有新的版本，以新版本的报送为准，本版本不再报送。")
    reason = _needed(reason)
    before = delivery.receipt_text
    DELIVERY.move(delivery, "resend")
    delivery.resends += 1
    delivery.attempts = 0
    delivery.next_try_at = timezone.now()
    delivery.save(update_fields=["state", "resends", "attempts", "next_try_at"])
    changes = {"receipt_text": [before, ""]} if before else None
    audit.record("sharing.resent", delivery, actor=actor, reason=reason, changes=changes)


@transaction.atomic
def end_pause(platform_id: int, *, actor: Actor) -> None:
    """立即重试: forget the failures of a platform and the waits of what failed there."""
    platform = _platform(platform_id, actor)
    now = timezone.now()
    if not platform.paused(now) and not platform.failures:
        raise WrongState("not_paused", "该平台没有暂停报送，无需重试。")
    reason = platform.circuit_reason
    platform.circuit_open_until, platform.circuit_reason, platform.failures = None, "", 0
    platform.save(update_fields=["circuit_open_until", "circuit_reason", "failures"])
    Delivery.objects.filter(platform=platform, next_try_at__gt=now, accepted_at__isnull=True).update(next_try_at=now)
    audit.record("sharing.pause_ended", platform, actor=actor, changes={"circuit_reason": [reason, ""]})


@transaction.atomic
def switch(platform_id: int, *, enabled: bool, actor: Actor, reason: str) -> None:
    """启用或停用. What is published while a platform is off waits, and goes out when it is on again."""
    platform = _platform(platform_id, actor)
    if platform.enabled == enabled:
        raise WrongState("already_switched", f"该平台已经{'启用' if enabled else '停用'}，请刷新后查看。")
    reason = _needed(reason)
    platform.enabled = enabled
    platform.save(update_fields=["enabled"])
    audit.record("sharing.switched", platform, actor=actor, reason=reason, changes={"enabled": [not enabled, enabled]})


@transaction.atomic
def request_reconciliation(platform_id: int, *, actor: Actor, enqueue: Callable[[int], object]) -> None:
    """发起核对 now instead of tonight; `enqueue` is called when this is committed."""
    platform = _platform(platform_id, actor)
    if not platform.address:
        raise Invalid("platform_without_address", f"没有配置{platform.name}的地址，无法核对，请先在环境变量中设置。")
    audit.record("sharing.reconciliation_requested", platform, actor=actor)
    transaction.on_commit(lambda: enqueue(platform_id))


def _platform(platform_id: int, actor: Actor) -> Platform:
    platform: Platform = locked(Platform.objects.all(), platform_id)
    if reason := may_run_platforms(platform, actor):
        raise NotAllowed("not_allowed", reason)
    return platform


def _needed(reason: str) -> str:
    if not reason.strip():
        raise Invalid("reason_required", "请填写理由。", fields={"reason": ["请填写理由。"]})
    return reason.strip()
