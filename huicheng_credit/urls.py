"""Addresses. Public ones are stable; see docs."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("staff/", admin.site.urls),
    path("", include("portal.urls")),
]
