"""Addresses. Public ones are stable; see docs."""

from django.contrib import admin
from django.urls import include, path

from core import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("staff/", admin.site.urls),
    path("", include("portal.urls")),
]
