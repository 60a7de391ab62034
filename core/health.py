"""Is the process alive, can it serve, how is it doing: /healthz, /readyz, /metrics."""

import hmac
import logging
from collections.abc import Callable
from functools import cache

from celery import current_app
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

logger = logging.getLogger(__name__)


class NotReady(Exception):
    """A part that this process needs is not there."""


def database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@cache
def migrations() -> None:
    """Raises while one is missing; once all are applied this process need not look again."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotReady("migrations are missing")


def broker() -> None:
    with current_app.connection_for_write(connect_timeout=2) as broker_connection:
        broker_connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=3)


PARTS: dict[str, Callable[[], None]] = {"database": database, "migrations": migrations, "broker": broker}


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Touches nothing else: a database that is away is no reason to restart the web."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """This process can serve: 200, or 503 naming the part that is missing. Why stands in the log, not here."""
    parts = {}
    for name, check in PARTS.items():
        try:
            check()
        except Exception:
            logger.exception("not ready: %s", name)
            parts[name] = "failed"
        else:
            parts[name] = "ok"
    ready = set(parts.values()) == {"ok"}
    return JsonResponse({"status": "ok" if ready else "failed", "parts": parts}, status=200 if ready else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text for who brings METRICS_TOKEN or, when none is set, for this machine; else no such page."""
    if not _may_read_metrics(request):
        raise Http404
    response: HttpResponse = ExportToDjangoView(request)
    return response


def _may_read_metrics(request: HttpRequest) -> bool:
    if token := settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"} and not forwarded
