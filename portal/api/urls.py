from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from portal import converters as _keys  # noqa: F401 (makes <key:…> known)
from portal.api import views
from portal.views.docs import api_docs

app_name = "api"
urlpatterns = [
    path("v1/records/", views.RecordsView.as_view(), name="records"),
    path("v1/records/<key:record_id>/", views.RecordView.as_view(), name="record"),
    path("v1/subjects/", views.SubjectsView.as_view(), name="subjects"),
    path("v1/subjects/<key:subject_id>/", views.SubjectView.as_view(), name="subject"),
    path("v1/revisions/", views.RevisionsView.as_view(), name="revisions"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", api_docs, name="docs"),
]
