"""System checks: configuration mistakes that would otherwise show when the first value is written."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from core.encryption import blind_index, parse_keys


@checks.register(checks.Tags.security)
def keys_are_usable(**kwargs: Any) -> list[checks.CheckMessage]:
    """FIELD_ENCRYPTION_KEYS and BLIND_INDEX_KEY are well-formed and apart."""
    try:
        parse_keys(settings.FIELD_ENCRYPTION_KEYS)
        blind_index("0", "check")
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="core.E001")]
    return []
