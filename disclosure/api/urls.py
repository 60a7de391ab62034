from django.urls import path

from disclosure.api import registry, views

app_name = "intake"
urlpatterns = [
    path("licences/", views.LicenceIntakeView.as_view(), name="licences"),
    path("penalties/", views.PenaltyIntakeView.as_view(), name="penalties"),
    path("officials/", registry.OfficialsView.as_view(), name="officials"),
]
