"""A folder of uploads of a test's own: what other tests uploaded was sealed with other keys."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.test import override_settings


@contextmanager
def own_files() -> Iterator[Path]:
    """Not beside pytest-django's `settings`, which ends after this and would bring the folder back."""
    with tempfile.TemporaryDirectory(prefix="huicheng-uploads-") as folder:
        default = {**settings.STORAGES["default"], "OPTIONS": {"location": folder, "base_url": None}}
        with override_settings(STORAGES={**settings.STORAGES, "default": default}):
            yield Path(folder)
