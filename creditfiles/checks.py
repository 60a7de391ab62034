"""Settings of this room that would only be missed when the first report is asked for."""

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from creditfiles import keys


@register()
def report_keys_can_be_used(**kwargs: Any) -> list[CheckMessage]:
    try:
        keys.signer()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="For example: openssl rand -hex 32", id="creditfiles.E001")]
    return []
