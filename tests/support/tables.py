"""A table for one test class: a model that exists only there, on whichever database the run uses."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connection, models


@contextmanager
def table_of(model: type[models.Model]) -> Iterator[type[models.Model]]:
    """Create the model's table, and drop it with the model afterwards. Enter it outside any transaction."""
    with connection.schema_editor() as editor:
        editor.create_model(model)
    try:
        yield model
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(model)
        apps.all_models[model._meta.app_label].pop(model._meta.model_name, None)
        apps.clear_cache()
