"""Settings of this room that would lose work, do it twice, or leave it waiting for a key."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from core.signing import BadKey
from sharing.client import signer_of


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


@register(deploy=True)
def addresses_have_keys(**kwargs: Any) -> list[CheckMessage]:
    """A platform with an address whose key is missing or cut off on its way gets nothing, and only its page says so."""
    found: list[CheckMessage] = []
    for code, platform in settings.SHARING_PLATFORMS.items():
        try:
            if platform["url"]:
                signer_of(code)
        except (BadKey, ValueError) as error:
            name = f"PLATFORM_{code.upper()}"
            hint = f"Set {name}_SIGNING_KEY to the one line of the private file that make_signing_keys wrote, between "
            hint += f"single quotes, or take {name}_URL away."
            found.append(Error(f"{name}_URL is set, its key cannot be used: {error}", hint=hint, id="sharing.E002"))
    return found
