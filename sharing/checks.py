"""Settings of this room that would lose work or do it twice."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def claims_outlive_requests(**kwargs: Any) -> list[CheckMessage]:
    """A claim that ends before its request would let a second worker send what is still on its way."""
    if settings.SHARING_CLAIM_SECONDS > settings.SHARING_TIMEOUT_SECONDS:
        return []
    return [
        Error(
            "SHARING_CLAIM_SECONDS must be longer than SHARING_TIMEOUT_SECONDS.",
            hint="Leave both unset, or set the claim to several times the timeout.",
            id="sharing.E001",
        )
    ]
