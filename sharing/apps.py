from django.apps import AppConfig


class SharingConfig(AppConfig):
    name = "sharing"
    verbose_name = "报送"

    def ready(self) -> None:
        from sharing import checks, trail  # noqa: F401 - register system checks and audit actions
