from django.apps import AppConfig


class CreditFilesConfig(AppConfig):
    name = "creditfiles"
    verbose_name = "信用档案"

    def ready(self) -> None:
        from creditfiles import checks, trail  # noqa: F401 - register system checks and audit actions
