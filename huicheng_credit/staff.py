"""The staff site at /staff/: the Django admin, titled and ordered by work."""

from django.contrib.admin import AdminSite


class StaffSite(AdminSite):
    site_header = "信用惠城网 · 工作台"
    site_title = "信用惠城网工作台"
    index_title = "我的工作"
    enable_nav_sidebar = False
