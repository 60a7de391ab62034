"""An act has the time of its actor, so that replayed acts stand in the history with their own."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from core.models import AuditEvent
from records import services
from records.models import CreditRecord, Revision
from tests.factories.records import draft_penalty
from tests.people import make_cast

pytestmark = pytest.mark.django_db
THEN = datetime(2026, 11, 9, 2, 30, tzinfo=UTC)


def test_a_replayed_act_stands_with_its_own_time_everywhere() -> None:
    cast = make_cast()
    record = draft_penalty(cast.agency, clerk=cast.clerk)
    day = date(2026, 11, 9)
    services.submit(record.pk, actor=replace(cast.clerk, at=THEN), today=day)
    services.approve(record.pk, actor=replace(cast.reviewer, at=THEN), today=day)
    assert Revision.objects.get(record=record).at == THEN
    assert set(AuditEvent.objects.filter(object_id=record.pk).values_list("at", flat=True)) == {THEN}
    assert CreditRecord.objects.get(pk=record.pk).updated_at == THEN
