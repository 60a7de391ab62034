from django.urls import path

from creditfiles.api import views

app_name = "lookups"
urlpatterns = [path("", views.LookupView.as_view(), name="lookups")]
