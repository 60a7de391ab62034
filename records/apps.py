from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "records"
    verbose_name = "信用主体与信用记录"

    def ready(self) -> None:
        from core import acts, key_rotation
        from records import trail  # noqa: F401 - registers the audit actions
        from records.imports import register
        from records.imports.agencies import AGENCIES
        from records.imports.cells import PLACE
        from records.imports.officials import OFFICIALS
        from records.models import ImportRow
        from records.services.recounting import follow_moved_clocks

        key_rotation.register_json(ImportRow, "cells", PLACE)
        key_rotation.register_json(ImportRow, "corrections", PLACE)
        acts.subscribe("clocks.moved", follow_moved_clocks)
        register(AGENCIES)
        register(OFFICIALS)
