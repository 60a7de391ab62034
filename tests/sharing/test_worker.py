"""A real worker on a real Redis, killed in the middle of a push: nothing lost, nothing twice, nothing out of order."""

import time
from collections import Counter

import pytest
from django.db import connection

from records import services as records
from records import tasks as record_tasks
from records.models import CreditRecord
from sharing import services, tasks
from sharing.models import Attempt, Delivery, Platform
from tests.factories.records import published_penalty
from tests.people import make_cast
from tests.sharing.receivers import Receiver
from tests.support.processes import Worker, environment, wait_until

RECORDS = 60


@pytest.fixture
def receiver(monkeypatch):  # type: ignore[no-untyped-def]
    """One receiver, known to this process and, through the environment, to workers started after it."""
    with Receiver() as process:
        for name, value in {
            "PLATFORM_MUNICIPAL_URL": process.url,
            "PLATFORM_MUNICIPAL_SIGNING_KEY": process.key.to_json(),
            "SHARING_BATCH": "5",
            "SHARING_TIMEOUT_SECONDS": "2",
            "SHARING_CLAIM_SECONDS": "3",
        }.items():
            monkeypatch.setenv(name, value)
        yield process


def _settled() -> bool:
    connection.close()  # a fresh look at what other processes committed
    return not Delivery.objects.filter(platform__code="municipal").exclude(state__in=["stored", "superseded"]).exists()


class Beat:
    """A sweep a second, as beat would send it every ten, with the waits of failed tries cut short."""

    def __init__(self) -> None:
        self.last = 0.0

    def tick(self) -> None:
        if time.monotonic() - self.last > 1:
            self.last = time.monotonic()
            _sweep()


def _sweep() -> None:
    Platform.objects.filter(code="municipal").update(circuit_open_until=None, failures=0)
    Delivery.objects.filter(next_try_at__isnull=False).update(next_try_at="2026-01-01T00:00Z")
    record_tasks.seal.delay()
    tasks.sweep.delay()


def _assert_whole(receiver: Receiver, expected: dict[int, int]) -> None:
    """Every record's last version is there exactly once, none arrived out of order, and both lists agree."""
    journal = receiver.journal()
    assert max(Counter(row["key"] for row in journal).values()) == 1
    versions: dict[str, list[int]] = {}
    for row in journal:
        assert row["status"] == "stored", row
        versions.setdefault(row["record"], []).append(row["version"])
    assert all(seen == sorted(set(seen)) for seen in versions.values())
    held = {int(key.split("-")[1]): item[0] for key, item in receiver.manifest().items()}
    assert held == expected
    run = services.reconcile(Platform.objects.get(code="municipal").pk, now=None)
    assert run.state == "finished" and run.differences == 0


def _expected() -> dict[int, int]:
    return dict(CreditRecord.objects.filter(status="published").values_list("pk", "version"))


@pytest.mark.usefixtures("transactional_db")
class TestWorker:
    def make_records(self) -> None:
        cast = make_cast()
        Platform.objects.exclude(code="municipal").update(enabled=False)
        made = [published_penalty(cast) for _ in range(RECORDS)]
        records.seal()
        services.fan_out(Platform.objects.get(code="municipal").pk)
        for record in made[::3]:  # a third has a second version before anything is sent
            records.mark_disputed(record.pk, actor=cast.office, reason="当事人提出异议")

    def test_killed_worker_receiver_and_both(self, receiver, redis_url, monkeypatch, tmp_path, settings):  # type: ignore[no-untyped-def]
        from tests.support.services import _forget_connections, _send_to

        settings.SHARING_PLATFORMS = {"municipal": {"url": receiver.url, "signing_key": receiver.key.to_json()}}
        self.make_records()
        receiver.control(slow_seconds=0.15)
        _send_to(redis_url, monkeypatch)
        worker = Worker(redis_url, tmp_path)
        beat = Beat()
        worker.env = environment(BROKER_URL=redis_url)
        try:
            for round_number in range(4):
                worker.ready()
                before = len(receiver.journal())

                def moved(before: int = before) -> bool:
                    beat.tick()
                    return len(receiver.journal()) > before or _settled()

                wait_until(moved, seconds=30, what=f"progress\n{worker.output[-2000:]}")
                worker.kill()
                if round_number == 1:
                    receiver.kill()
                    receiver.start()
            receiver.control(slow_seconds=0)
            worker.ready()

            def finished() -> bool:
                beat.tick()
                return _settled()

            wait_until(finished, seconds=60, what=f"everything stored\n{worker.output[-2000:]}")
        finally:
            worker.stop()
            _forget_connections()
        _assert_whole(receiver, _expected())
        assert not Attempt.objects.filter(outcome="open").exists()
        assert Attempt.objects.filter(outcome="abandoned").exists()  # the kills did hit pushes under way
