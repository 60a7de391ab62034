from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class StaffAdminConfig(AdminConfig):
    """The Django admin as the staff's door, with our own first page and navigation by work."""

    default_site = "huicheng_credit.staff.StaffSite"

    def ready(self) -> None:
        super().ready()
        from huicheng_credit import signins

        signins.connect()


class OurStaticFilesConfig(StaticFilesConfig):
    """Leaves out what no page of ours links to; compressing it would take most of the first start."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "rest_framework", "redoc"]
