"""Rules and dry runs under more than one hand: sweeps at once, approvers at once, a real worker that comes late."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from core.errors import RuleViolation
from records import services
from records.models import DryRun, PublicationProposal, PublicRecord, Revision
from records.services import dry_runs, policies
from records.tasks import sweep_dry_runs
from tests.factories.policy import OPENS, approved, proposed, tried, version
from tests.factories.records import TODAY, published_penalty
from tests.people import Cast, make_cast
from tests.support.processes import Worker, wait_until


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Both at the same moment; what each gave, or the code of its refusal."""
    barrier, out = threading.Barrier(len(acts)), []

    def run(act: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=10)
            out.append(act())
        except RuleViolation as refusal:
            out.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return out


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_open_each_record_once() -> None:
    cast = make_cast()
    held = [published_penalty(cast, tier="minor") for _ in range(6)]
    (rule,) = approved(cast, version(tier="minor"))
    found = together(*[lambda: services.daily_sweep(today=OPENS)["redecided"]] * 2)
    rule.refresh_from_db()
    assert sum(found) == len(held) == Revision.objects.count() == PublicRecord.objects.count()
    assert rule.applied_on == OPENS


@pytest.mark.django_db(transaction=True)
def test_one_of_two_who_decide_at_once_is_told_that_it_is_decided() -> None:
    cast = make_cast()
    found = proposed(cast)
    tried(cast, found)
    given = together(
        lambda: policies.approve_proposal(found.pk, actor=cast.second_office, today=TODAY).status,
        lambda: policies.refuse_proposal(found.pk, actor=cast.second_office, opinion="依据不足").status,
    )
    status = PublicationProposal.objects.get().status
    assert sorted(map(str, given)) == sorted([status, "wrong_state"])
    assert found.rules.get().status == status


def large_run(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> DryRun:
    monkeypatch.setattr(dry_runs, "AT_ONCE", 2)
    for _ in range(4):
        published_penalty(cast, tier="minor")
    return tried(cast, proposed(cast, version(tier="minor")))  # type: ignore[no-any-return]


def test_a_large_dry_run_is_a_workers(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    run = large_run(make_cast(), monkeypatch)
    wait_until(lambda: DryRun.objects.get().finished_at is not None, seconds=60, what=worker.output[-2000:])
    assert DryRun.objects.get().affected == 4 == run.rows.filter(effect="appears").count()


def test_a_dry_run_whose_worker_was_killed_goes_on(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.kill()
    run = large_run(make_cast(), monkeypatch)
    assert dry_runs.continue_dry_run(run.pk, limit=2)  # as far as the one that is gone had come
    monkeypatch.setattr(settings, "IMPORT_CLAIM_SECONDS", 0)
    assert sweep_dry_runs() == {"resumed": 1}
    worker.ready()
    wait_until(lambda: DryRun.objects.get().finished_at is not None, seconds=60, what=worker.output[-2000:])
    assert DryRun.objects.get().affected == 4 == run.rows.count()
