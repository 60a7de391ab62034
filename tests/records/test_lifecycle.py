"""Every transition × every state, for each lifecycle: the table is the test."""

from types import SimpleNamespace

import pytest

from core.actors import Actor
from core.errors import NotAllowed, WrongState
from core.lifecycle import Lifecycle
from records.lifecycle import CHANGE, PROPOSAL, RECORD

EVERYBODY = Actor(
    user_id=1,
    name="甲",
    roles=frozenset({"clerk", "reviewer", "credit_office", "system"}),
    unit_ids=frozenset({7}),
)
STRANGER = Actor(user_id=2, name="乙", roles=frozenset({"clerk", "reviewer"}), unit_ids=frozenset({8}))
NOBODY = Actor(user_id=3, name="丙")

CASES = [
    (lifecycle, transition, state)
    for lifecycle in (RECORD, CHANGE, PROPOSAL)
    for transition in lifecycle.transitions
    for state in lifecycle.states.values
]


# Acts of kinds that the credit office finds (认定); of others they are refused, and the short way of these.
FOUND = frozenset({"endorse", "remit", "find", "confirm", "dismiss", "revoke"})


CLERKS = SimpleNamespace(all=lambda: [SimpleNamespace(user_id=97)])


def thing(lifecycle: Lifecycle, state: str, act: str = "") -> SimpleNamespace:
    kind = "dishonesty" if act in FOUND else "penalty"
    record = SimpleNamespace(
        status=state, agency_id=7, entered_by_id=99, approved_by_id=98, kind=kind, earlier_clerks=CLERKS
    )
    return record if lifecycle is RECORD else SimpleNamespace(status=state, record=record, proposed_by_id=99)


@pytest.mark.parametrize(("lifecycle", "transition", "state"), CASES, ids=lambda v: getattr(v, "name", str(v))[:12])
def test_a_transition_works_from_its_sources_and_from_nowhere_else(lifecycle, transition, state) -> None:
    obj = thing(lifecycle, state, transition.name)
    if state in transition.sources:
        lifecycle.check(obj, transition.name, actor=EVERYBODY)
        lifecycle.move(obj, transition.name)
        assert obj.status == transition.target
    else:
        with pytest.raises(WrongState, match="当前状态"):
            lifecycle.check(obj, transition.name, actor=EVERYBODY)
        assert obj.status == state


@pytest.mark.parametrize("lifecycle", [RECORD, CHANGE, PROPOSAL], ids=["record", "change", "proposal"])
def test_every_state_is_reached_and_the_ends_are_ends(lifecycle: Lifecycle) -> None:
    reached = {lifecycle.initial} | {str(t.target) for t in lifecycle.transitions}
    assert reached == set(lifecycle.states.values)
    for state in lifecycle.terminal():
        assert not lifecycle.available(thing(lifecycle, state), EVERYBODY)


def test_the_record_ends_where_the_plan_says() -> None:
    assert RECORD.terminal() == {"repaired", "withdrawn", "expired", "discarded"}


@pytest.mark.parametrize("transition", [t for t in RECORD.transitions if t.may], ids=lambda t: t.name)
def test_strangers_and_people_without_a_role_are_told_why_not(transition) -> None:
    obj = thing(RECORD, next(iter(transition.sources)))
    for actor in (STRANGER, NOBODY):
        with pytest.raises(NotAllowed) as refused:
            RECORD.check(obj, transition.name, actor=actor)
        assert len(refused.value.message) > 8


def test_buttons_are_what_would_pass() -> None:
    mine = SimpleNamespace(
        status="submitted", agency_id=7, entered_by_id=1, approved_by_id=None, kind="penalty", earlier_clerks=CLERKS
    )
    reviewer = Actor(user_id=1, name="甲", roles=frozenset({"reviewer"}), unit_ids=frozenset({7}))
    assert RECORD.available(mine, reviewer) == []
    mine.entered_by_id = 99
    assert {t.name for t in RECORD.available(mine, reviewer)} == {"approve", "return"}
    mine.kind = "dishonesty"
    assert {t.name for t in RECORD.available(mine, reviewer)} == {"endorse", "return"}


@pytest.mark.parametrize(("kind", "act"), [("dishonesty", "approve"), ("penalty", "endorse")])
def test_a_kind_goes_its_own_way_only(kind: str, act: str) -> None:
    record = thing(RECORD, "submitted")
    record.kind = kind
    with pytest.raises(WrongState):
        RECORD.check(record, act, actor=EVERYBODY)


def test_who_entered_or_reviewed_is_never_who_finds() -> None:
    before = SimpleNamespace(all=lambda: [SimpleNamespace(user_id=EVERYBODY.user_id)])
    for field, value in (("entered_by_id", 1), ("approved_by_id", 1), ("earlier_clerks", before)):
        record = thing(RECORD, "finding", "find")
        setattr(record, field, value)
        with pytest.raises(NotAllowed, match="本人"):
            RECORD.check(record, "find", actor=EVERYBODY)
