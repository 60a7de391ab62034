from django.apps import AppConfig


class IntegrityConfig(AppConfig):
    name = "integrity"
    verbose_name = "政务诚信"

    def ready(self) -> None:
        from integrity import trail  # noqa: F401 - registers the audit actions
        from integrity.kinds import DISHONESTY, HONOUR
        from integrity.panels import responsibilities
        from records import kinds, panels
        from records.choices import SubjectKind

        kinds.register(DISHONESTY)
        kinds.register(HONOUR)
        panels.register(responsibilities, kinds=[SubjectKind.OFFICIAL])
