from django.apps import AppConfig
from django.db import transaction


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "公开门户"

    def ready(self) -> None:
        from core import acts

        acts.subscribe("revisions.written", _drop_kept_pages)
        acts.subscribe("policy.decided", _drop_pages_about_rules)


def _drop_kept_pages(**facts: object) -> None:
    """Whoever has just acted sees the result on the next page, not a second later."""
    from portal import caching

    transaction.on_commit(caching.forget)


def _drop_pages_about_rules(**facts: object) -> None:
    """Pages that say what opens next; other processes follow when their pages are MAX_AGE old."""
    from portal import caching

    transaction.on_commit(caching.clear)
