from django.apps import AppConfig
from django.core.signals import request_started
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "基础机制"

    def ready(self) -> None:
        from core import checks  # noqa: F401 - registers them
        from core.connections import trust_recent_answers
        from core.documents import read_as_text
        from core.search import restore_search_triggers

        read_as_text()
        request_started.connect(trust_recent_answers, dispatch_uid="core.connections")
        post_migrate.connect(restore_search_triggers, dispatch_uid="core.search")
