"""Addresses of the protocol, under /protocol/."""

from django.urls import path

from regimens import views

app_name = "regimens"

urlpatterns = [
    path("", views.Versions.as_view(), name="list"),
    path("<uuid:version_id>/", views.Version.as_view(), name="version"),
    path("<uuid:version_id>/definition.yaml", views.text, name="text"),
    path("<uuid:version_id>/sites/<uuid:site_id>/", views.Approve.as_view(), name="approve"),
]
