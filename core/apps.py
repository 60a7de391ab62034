from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "基础机制"

    def ready(self) -> None:
        from core import checks  # noqa: F401 - registers them
