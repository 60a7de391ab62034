"""A kept connection is asked whether it lives when it rested, not before every request."""

from types import SimpleNamespace
from typing import Any

from pytest import MonkeyPatch

from core import connections


def test_only_a_connection_that_rested_is_asked(monkeypatch: MonkeyPatch) -> None:
    now = [100.0]
    kept: Any = SimpleNamespace(health_check_enabled=True, connection=object(), health_check_done=False)
    monkeypatch.setattr(connections.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(connections.connections, "all", lambda initialized_only: [kept])

    def trusted_at(moment: float) -> bool:
        now[0], kept.health_check_done = moment, False
        connections.trust_recent_answers()
        return bool(kept.health_check_done)

    assert [trusted_at(t) for t in (100, 101, 104.9, 105.1, 106, 200, 201)] == [
        False, True, True, False, True, False, True,
    ]  # fmt: skip


def test_a_closed_connection_is_left_to_django(monkeypatch: MonkeyPatch) -> None:
    closed: Any = SimpleNamespace(health_check_enabled=True, connection=None, health_check_done=False)
    monkeypatch.setattr(connections.connections, "all", lambda initialized_only: [closed])
    connections.trust_recent_answers()
    assert not closed.health_check_done
