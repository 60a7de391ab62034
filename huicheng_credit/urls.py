"""Addresses. Public ones are stable; see docs."""

from django.contrib import admin
from django.urls import include, path

from core import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("staff/", admin.site.urls),
    path("api/v1/intake/", include("disclosure.api.urls")),
    path("api/v1/lookups/", include("creditfiles.api.urls")),
    path("api/", include("portal.api.urls")),
    path("", include("portal.urls")),
]

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.permission_denied"
handler404 = "portal.errors.not_found"
handler500 = "portal.errors.server_error"
