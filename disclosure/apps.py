from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    name = "disclosure"
    verbose_name = "双公示"

    def ready(self) -> None:
        from core import key_rotation
        from disclosure import trail  # noqa: F401 - registers the audit actions
        from disclosure.importers import LICENCES, PENALTIES
        from disclosure.kinds import LICENCE, PENALTY
        from disclosure.staged import PLACE
        from records import imports, kinds
        from records.models import ImportRow

        key_rotation.register_json(ImportRow, "values", PLACE)

        kinds.register(LICENCE)
        kinds.register(PENALTY)
        imports.register(LICENCES)
        imports.register(PENALTIES)
