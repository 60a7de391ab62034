"""Every transition × every state of a delivery: as one object, and as the compare-and-set that moves sets."""

from types import SimpleNamespace

import pytest
from django.test import TestCase

from core.actors import Actor
from core.errors import NotAllowed, WrongState
from sharing.choices import DeliveryState
from sharing.lifecycle import DELIVERY, INITIAL

OFFICE = Actor(user_id=1, name="甲", roles=frozenset({"credit_office"}))
CLERK = Actor(user_id=2, name="乙", roles=frozenset({"clerk", "reviewer"}), unit_ids=frozenset({7}))
CASES = [(transition, state) for transition in DELIVERY.transitions for state in DeliveryState.values]


@pytest.mark.parametrize(("transition", "state"), CASES, ids=lambda v: getattr(v, "name", str(v)))
def test_a_transition_works_from_its_sources_and_from_nowhere_else(transition, state) -> None:
    delivery = SimpleNamespace(state=state)
    if state in transition.sources:
        DELIVERY.check(delivery, transition.name, actor=OFFICE)
        DELIVERY.move(delivery, transition.name)
        assert delivery.state == transition.target
    else:
        with pytest.raises(WrongState, match="当前状态"):
            DELIVERY.check(delivery, transition.name, actor=OFFICE)


def test_every_state_is_reached_and_only_replaced_ones_are_final() -> None:
    """Stored, refused and recalled can be taken up again: by a person or by the nightly comparison."""
    reached = set(INITIAL.values()) | {t.target for t in DELIVERY.transitions}
    assert {str(state) for state in reached} == set(DeliveryState.values)
    assert DELIVERY.terminal() == {DeliveryState.SUPERSEDED}


def test_a_department_corrects_and_does_not_send_the_same_again() -> None:
    with pytest.raises(NotAllowed, match="申请更正"):
        DELIVERY.check(SimpleNamespace(state="refused"), "resend", actor=CLERK)


class ConstraintTests(TestCase):
    """What must always be true holds against writes that go past the services too."""

    def test_states_fit_the_operation_and_the_queue(self) -> None:
        from django.db import IntegrityError, transaction
        from django.utils import timezone

        from sharing.models import Delivery, Platform
        from tests.factories.records import published_penalty
        from tests.people import make_cast

        record = published_penalty(make_cast())
        row = {
            "platform": Platform.objects.get(code="national"),
            "record": record,
            "revision": record.revisions.get(),
            "version": 1,
        }
        now = timezone.now()
        for wrong in (
            {"operation": "upsert", "state": "recalling"},
            {"operation": "recall", "state": "pending"},
            {"operation": "upsert", "state": "stored", "next_try_at": now},
            {"operation": "upsert", "state": "pending", "next_try_at": None},
            {"operation": "upsert", "state": "pending", "next_try_at": now, "claimed_at": now},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                Delivery.objects.create(**row, **wrong)
        Delivery.objects.create(**row, operation="upsert", state="pending")
        with pytest.raises(IntegrityError), transaction.atomic():
            Delivery.objects.create(**row, operation="upsert", state="pending")


def test_a_claim_must_outlive_its_request(settings) -> None:
    from sharing.checks import claims_outlive_requests

    assert claims_outlive_requests() == []
    settings.SHARING_CLAIM_SECONDS = settings.SHARING_TIMEOUT_SECONDS
    assert [message.id for message in claims_outlive_requests()] == ["sharing.E001"]
