"""A kept database connection is asked whether it lives, but not before every request.

Django's health check is one more trip to the database per request, as dear as the query of a record page. A
connection that answered within the last seconds is trusted; one that rested longer is asked first.
"""

import time
from typing import Any

from django.db import connections

TRUSTED_SECONDS = 5.0


def trust_recent_answers(*, now: float | None = None, **kwargs: Any) -> None:
    """Receiver of `request_started`, after Django's own has marked the connections for a check."""
    now = time.monotonic() if now is None else now
    connection: Any
    for connection in connections.all(initialized_only=True):
        if connection.health_check_enabled and connection.connection is not None and not connection.health_check_done:
            asked_at: float = getattr(connection, "_asked_at", 0.0)
            if 0 <= now - asked_at < TRUSTED_SECONDS:
                connection.health_check_done = True
            else:
                connection._asked_at = now
