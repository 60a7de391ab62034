"""The worker fixtures stand on real processes: a task sent from here is done over there."""

import pytest
from celery import current_app

from tests.support.processes import Worker, wait_until


def done(worker: Worker) -> bool:
    return "Task celery.accumulate" in worker.output and "succeeded" in worker.output


def test_a_worker_on_a_real_redis_does_the_task(worker: Worker) -> None:
    current_app.send_task("celery.accumulate", args=[1, 2])
    wait_until(lambda: done(worker), what=worker.output)


def test_a_worker_on_the_file_system_broker_does_the_task(filesystem_worker: Worker) -> None:
    current_app.send_task("celery.accumulate", args=[1, 2])
    wait_until(lambda: done(filesystem_worker), what=filesystem_worker.output)


@pytest.mark.parametrize("_round", [1, 2])
def test_a_killed_worker_starts_again_and_works(worker: Worker, _round: int) -> None:
    worker.kill()
    assert not worker.running()
    current_app.send_task("celery.accumulate", args=[1, 2])
    worker.ready()
    wait_until(lambda: done(worker), what=worker.output)
