from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """The Django admin as the staff's door, with our own first page and navigation by work."""

    default_site = "huicheng_credit.staff.StaffSite"

    def ready(self) -> None:
        super().ready()
        from huicheng_credit import signins

        signins.connect()
