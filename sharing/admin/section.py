"""上级平台报送: what a record's own page says about each platform."""

from typing import Any

from django.utils import timezone

from core.actors import Actor
from records.admin.record import RecordSection, add_section
from records.models import CreditRecord
from sharing.admin.words import badge_of, next_step
from sharing.choices import DeliveryState
from sharing.models import Delivery, FieldMap, Platform
from sharing.permissions import may_resend


def record_section(record: CreditRecord, actor: Actor) -> dict[str, Any]:
    """Per platform the newest delivery, what to do next, and the older ones below."""
    rows = Delivery.objects.visible_to(actor).filter(record=record).select_related("attempt").order_by("-version")
    by_platform: dict[int, list[Delivery]] = {}
    for delivery in rows:
        by_platform.setdefault(delivery.platform_id, []).append(delivery)
    labels, now = column_labels(rows), timezone.now()
    return {
        "platforms": [
            {
                "platform": platform,
                "newest": shown(found[0], labels, now) if found else None,
                "older": [shown(delivery, labels, now) for delivery in found[1:]],
                "may_resend": bool(found) and can_resend(found[0], actor),
                "sent": record.kind in platform.kinds,
            }
            for platform in Platform.objects.all()
            for found in [by_platform.get(platform.pk, [])]
        ]
    }


def can_resend(delivery: Delivery, actor: Actor) -> bool:
    return delivery.state == DeliveryState.REFUSED and may_resend(delivery, actor) is None


def shown(delivery: Delivery, labels: dict[tuple[int, str], str], now: Any) -> dict[str, Any]:
    """A delivery with its words."""
    return {
        "delivery": delivery,
        "badge": badge_of(delivery),
        "column": labels.get((delivery.platform_id, delivery.receipt_column), ""),
        "next": next_step(delivery, now),
    }


def column_labels(deliveries: Any) -> dict[tuple[int, str], str]:
    """(platform, column code) → the column's Chinese name, for the columns that these receipts name."""
    codes = {delivery.receipt_column for delivery in deliveries if delivery.receipt_column}
    if not codes:
        return {}
    rows = FieldMap.objects.filter(column__in=codes).values_list("platform_id", "column", "label").distinct()
    return {(platform, column): label for platform, column, label in rows}


add_section(RecordSection("上级平台报送", "admin/sharing/record_section.html", record_section))
