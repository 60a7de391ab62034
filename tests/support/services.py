"""Redis, and the worker on it or on the file-system broker."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from celery import current_app
from django.conf import settings
from kombu import pools

from tests.support.processes import Worker
from tests.support.report import leave_out

OWNER = "huicheng-tests-own-this-database"


def claim_database(base: str) -> str | None:
    """An empty Redis database that no other test run holds, highest number first."""
    me = uuid.uuid4().hex
    for number in range(15, 0, -1):
        url = f"{base}/{number}"
        client = redis.Redis.from_url(url)
        try:
            if client.dbsize() == 0 and client.set(OWNER, me, nx=True, ex=7200) and client.dbsize() == 1:
                return url
        except redis.ResponseError:
            continue  # this server has fewer databases
        finally:
            client.close()
    return None


@pytest.fixture(scope="session")
def _redis_database() -> Iterator[str]:
    base = os.environ.get("REDIS_URL_TEST", "redis://127.0.0.1:6379").rstrip("/")
    try:
        url = claim_database(base)
    except redis.RedisError:
        url = None
    if url is None:
        leave_out(f"Redis is not reachable at {base}, or has no empty database (REDIS_URL_TEST)")
    yield url
    client = redis.Redis.from_url(url)
    client.flushdb()
    client.close()


@pytest.fixture
def redis_url(_redis_database: str) -> Iterator[str]:
    """A Redis database of this run's own, empty at the start of the test."""
    client = redis.Redis.from_url(_redis_database)
    client.flushdb()
    client.set(OWNER, "between tests", ex=7200)
    yield _redis_database
    client.flushdb()
    client.set(OWNER, "between tests", ex=7200)
    client.close()


def _send_to(broker_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks that this process enqueues go to `broker_url` too."""
    monkeypatch.setattr(settings, "BROKER_URL", broker_url)
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS if broker_url.startswith("filesystem") else {}
    for name, value in (
        ("broker_url", broker_url),
        ("broker_write_url", broker_url),
        ("broker_read_url", broker_url),
        ("broker_transport_options", options),
    ):
        monkeypatch.setitem(current_app.conf, name, value)
    _forget_connections()


def _forget_connections() -> None:
    current_app._pool = None
    current_app.amqp._producer_pool = None
    pools.reset()


@pytest.fixture
def worker(
    request: pytest.FixtureRequest, transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Worker]:
    """A running Celery worker on the test database and a real Redis; `filesystem_worker` is its twin."""
    broker_url = request.getfixturevalue("redis_url")
    _send_to(broker_url, monkeypatch)
    process = Worker(broker_url, tmp_path).ready()
    yield process
    process.kill()
    _forget_connections()


@pytest.fixture
def filesystem_worker(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A running Celery worker on the file-system broker of the embedded mode; needs no service."""
    _send_to("filesystem://", monkeypatch)
    process = Worker("filesystem://", tmp_path).ready()
    yield process
    process.kill()
    _forget_connections()
