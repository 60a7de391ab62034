from django.urls import path
from django.views.generic import RedirectView

from portal import converters as _keys  # noqa: F401 (makes <key:…> known)
from portal import views

app_name = "portal"
LICENCE, PENALTY = {"kind": "licence"}, {"kind": "penalty"}
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("disclosure/", RedirectView.as_view(pattern_name="portal:licences")),
    path("disclosure/licences/", views.licences, name="licences"),
    path("disclosure/licences/export.<str:format_>", views.export_disclosure, LICENCE, name="licences-export"),
    path("disclosure/penalties/", views.penalties, name="penalties"),
    path("disclosure/penalties/export.<str:format_>", views.export_disclosure, PENALTY, name="penalties-export"),
    path("integrity/", views.integrity, name="integrity"),
    path("integrity/export.csv", views.export_integrity, name="integrity-export"),
    path("measures/", views.measures, name="measures"),
    path("measures/notices/", views.notices, name="notices"),
    path("records/<key:record_id>/", views.record, name="record"),
    path("subjects/<key:subject_id>/", views.subject, name="subject"),
    path("subjects/<key:subject_id>/report.pdf", views.report, name="report"),
    path("verify/", views.verify_start, name="verify-start"),
    path("verify/keys.json", views.verify_keys, name="verify-keys"),
    path("verify/<str:code>/", views.verify, name="verify"),
    path("own/", views.own_start, name="own"),
    path("own/file/", views.own_file, name="own-file"),
    path("own/report/", views.own_report, name="own-report"),
    path("own/notices/<key:record_id>/", views.own_notice, name="own-notice"),
    path("own/leave/", views.own_leave, name="own-leave"),
    path("statistics/", views.statistics, name="statistics"),
    path("statistics/export.csv", views.export_statistics, name="statistics-export"),
    path("corrections/", views.corrections, name="corrections"),
    path("data/", views.data, name="data"),
    path("feeds/newest.atom", views.feed, name="feed"),
    path("feeds/corrections.atom", views.corrections_feed, name="corrections-feed"),
    path("help/", views.help_, name="help"),
    path("about/", views.about, name="about"),
    path("sitemap/", views.sitemap, name="sitemap"),
    path("display/", views.elder, name="elder"),
    path("robots.txt", views.robots, name="robots"),
]
