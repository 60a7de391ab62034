from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "基础机制"

    def ready(self) -> None:
        from core import checks  # noqa: F401 - registers them
        from core.search import restore_search_triggers

        post_migrate.connect(restore_search_triggers, dispatch_uid="core.search")
