"""经办: through whose hands a record went. Who typed or submitted any of it never decides about it."""

from collections.abc import Iterable, Sequence

from django.db.models import Q

from core.actors import Actor
from records.models.ledger import CreditRecord, EarlierClerk


def take_over(records: Sequence[CreditRecord], actor: Actor) -> None:
    """The actor is 经办人 from now on, and whoever was before is remembered. The caller saves `entered_by`."""
    _remember((r, r.entered_by_id) for r in records if r.entered_by_id != actor.user_id)
    for record in records:
        record.entered_by_id = actor.user_id


def remember(record: CreditRecord, user_ids: Iterable[int | None]) -> None:
    """These people typed some of it and are not its 经办人."""
    _remember((record, user_id) for user_id in user_ids if user_id != record.entered_by_id)


def _remember(pairs: Iterable[tuple[CreditRecord, int | None]]) -> None:
    rows = [EarlierClerk(record=record, user_id=user_id) for record, user_id in pairs if user_id is not None]
    EarlierClerk.objects.bulk_create(rows, ignore_conflicts=True)


def had_a_hand(record: CreditRecord, user_id: int | None) -> bool:
    """Whether this person typed or submitted any of the record. Reads `earlier_clerks`: prefetch it for many."""
    if user_id is None:
        return False
    return record.entered_by_id == user_id or any(c.user_id == user_id for c in record.earlier_clerks.all())


def handled_by(user_id: int | None) -> Q:
    """The same as a filter on records."""
    earlier = EarlierClerk.objects.filter(user=user_id).values("record")
    return Q(pk__in=[]) if user_id is None else Q(entered_by=user_id) | Q(pk__in=earlier)
