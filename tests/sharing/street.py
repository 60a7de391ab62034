"""Three receivers, three platforms that point at them, and one sentence for "everything that is due goes out"."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.test import TransactionTestCase, override_settings

from core.signing import ED25519, SM2
from records.models import CreditRecord
from records.services import seal
from sharing import services
from sharing.models import Delivery, Platform
from sharing.payload import record_key
from tests.people import make_cast
from tests.sharing.receivers import Receiver

ALGORITHMS = {"municipal": SM2, "provincial": ED25519, "national": ED25519}


def platforms_setting(receivers: dict[str, Receiver]) -> dict[str, dict[str, str]]:
    return {code: {"url": r.url, "signing_key": r.key.to_json()} for code, r in receivers.items()}


def deliver_due(now: datetime | None = None) -> Counter[str]:
    """Seal and sweep as beat does, then push every platform that the sweep woke."""
    due: list[int] = []
    seal()
    services.sweep(enqueue=due.append, now=now)
    total: Counter[str] = Counter()
    for platform_id in due:
        total += services.push(platform_id, now=now)
    return total


class SharingCase(TransactionTestCase):
    """Real transactions, real processes: what is committed before HTTP is what a killed worker would leave."""

    receivers: dict[str, Receiver]
    codes = tuple(ALGORITHMS)

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.receivers = {code: Receiver(code, ALGORITHMS[code]).start() for code in cls.codes}
        for receiver in cls.receivers.values():
            cls.addClassCleanup(receiver.close)
        cls.enterClassContext(override_settings(SHARING_PLATFORMS=platforms_setting(cls.receivers)))

    def setUp(self) -> None:
        self.cast = make_cast()
        Platform.objects.exclude(code__in=self.codes).update(enabled=False)
        for receiver in self.receivers.values():
            receiver.control(reset=True)

    def deliver(self, now: datetime | None = None) -> Counter[str]:
        return deliver_due(now)

    def delivery(self, record: CreditRecord, platform: str = "municipal", version: int | None = None) -> Delivery:
        rows = Delivery.objects.filter(record=record, platform__code=platform).order_by("version")
        return rows.get(version=version) if version else rows.last()

    def states(self, record: CreditRecord, platform: str = "municipal") -> list[str]:
        rows = Delivery.objects.filter(record=record, platform__code=platform).order_by("version")
        return list(rows.values_list("state", flat=True))

    def held(self, record: CreditRecord, platform: str = "municipal") -> list[Any] | None:
        return self.receivers[platform].manifest().get(record_key(record.pk, "441302"))


class OnePlatformCase(SharingCase):
    codes = ("municipal",)

    @property
    def receiver(self) -> Receiver:
        return self.receivers["municipal"]

    @property
    def platform(self) -> Platform:
        return Platform.objects.get(code="municipal")
