"""Addresses of the outcomes: the figures, the patients behind a number, all values, tables as files."""

from django.urls import path

from patients.views import outcomes

app_name = "outcomes"

urlpatterns = [
    path("outcomes/", outcomes.dashboard, name="dashboard"),
    path("outcomes/patients/", outcomes.people, name="patients"),
    path("outcomes/values/", outcomes.all_values, name="values"),
    path("outcomes/tables/<slug:name>.csv", outcomes.table, name="table"),
]
