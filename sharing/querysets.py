"""Named reads of deliveries."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef

from core.actors import Actor
from records.querysets import of_agencies
from sharing.choices import DeliveryState as S

if TYPE_CHECKING:
    from sharing.models import Platform

# States in which something remains to be done by the system.
OPEN = (S.PENDING, S.RECALLING, S.ACCEPTED)


@models.AutoField.register_lookup
@models.BigAutoField.register_lookup
class Among(models.Lookup):
    """`pk__among=keys`: like `in`, with one parameter for any number of keys (hundreds of them are slow to prepare).

    Quickest with the view of a dictionary: of a list, the ORM looks at every element first.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        lhs, params = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return f"{lhs} = ANY(%s)", (*params, list(self.rhs))
        return f"{lhs} IN (SELECT value FROM json_each(%s))", (*params, json.dumps(list(self.rhs)))  # noqa: S608 - a column


class DeliveryQuerySet(models.QuerySet[Any]):
    def visible_to(self, actor: Actor) -> "DeliveryQuerySet":
        return self.filter(of_agencies(actor, "record__agency"))

    def free(self, platform: "Platform", now: datetime) -> "DeliveryQuerySet":
        """In the queue and due."""
        return self.filter(platform=platform, next_try_at__lte=now)

    def sendable(self, platform: "Platform", state: str, now: datetime) -> "DeliveryQuerySet":
        """To be sent now: nothing newer exists, nothing older of the same record is on its way."""
        deliveries = self.model._default_manager.filter(platform=platform)
        newer = deliveries.filter(record=OuterRef("record"), version__gt=OuterRef("version"))
        # As one set that is looked up: an anti-join is planned from statistics of a time when nothing was claimed, and
        # then compares every delivery with every claimed one.
        claimed = deliveries.filter(claimed_at__isnull=False).values("record")
        due = self.free(platform, now).filter(state=state, accepted_at__isnull=True)
        return due.filter(~Exists(newer)).exclude(record__in=claimed)

    def unconfirmed(self, platform: "Platform", now: datetime) -> "DeliveryQuerySet":
        """Accepted by the platform, not yet stored: to be asked about."""
        return self.free(platform, now).filter(state__in=(S.ACCEPTED, S.RECALLING), accepted_at__isnull=False)

    def outdated(self) -> "DeliveryQuerySet":
        """Waiting, although a newer version exists."""
        newer = self.model._default_manager.filter(
            platform=OuterRef("platform"), record=OuterRef("record"), version__gt=OuterRef("version")
        )
        return self.filter(Exists(newer), state__in=(S.PENDING, S.RECALLING), next_try_at__isnull=False)

    def newest(self) -> "DeliveryQuerySet":
        """The delivery of each record's newest version per platform."""
        newer = self.model._default_manager.filter(
            platform=OuterRef("platform"), record=OuterRef("record"), version__gt=OuterRef("version")
        )
        return self.filter(~Exists(newer))

    def refused(self) -> "DeliveryQuerySet":
        """What a department must correct: refused, and nothing newer is on its way."""
        return self.filter(state=S.REFUSED).newest()

    def chased(self) -> "DeliveryQuerySet":
        """Recalls that a platform refused at least once."""
        return self.filter(state=S.RECALLING).exclude(receipt_code__in=("", "200"))

    def claimed_before(self, moment: datetime) -> "DeliveryQuerySet":
        return self.filter(claimed_at__lt=moment)


class PlatformQuerySet(models.QuerySet[Any]):
    def enabled(self) -> "PlatformQuerySet":
        return self.filter(enabled=True)

    def behind(self, last_seq: int) -> "PlatformQuerySet":
        return self.enabled().filter(cursor_seq__lt=last_seq)
