from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    name = "disclosure"
    verbose_name = "双公示"

    def ready(self) -> None:
        from disclosure import trail  # noqa: F401 - registers the audit actions
        from disclosure.importers import LICENCES, PENALTIES
        from disclosure.kinds import LICENCE, PENALTY
        from records import imports, kinds

        kinds.register(LICENCE)
        kinds.register(PENALTY)
        imports.register(LICENCES)
        imports.register(PENALTIES)
