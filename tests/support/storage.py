"""A file store of one test's own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.test import override_settings


@contextmanager
def own_storage() -> Iterator[str]:
    """Uploaded files lie in a new folder while the block runs."""
    with tempfile.TemporaryDirectory() as folder:
        default = {**settings.STORAGES["default"], "OPTIONS": {"location": folder, "base_url": None}}
        with override_settings(STORAGES={**settings.STORAGES, "default": default}):
            yield folder
