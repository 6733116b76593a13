"""Addresses of the import of former patients. Ids say nothing about a file or a person."""

from django.urls import path

from patients.views import importing

app_name = "imports"

FILE = "imports/<uuid:pk>/"

urlpatterns = [
    path("imports/", importing.Import.as_view(), name="list"),
    path(FILE, importing.file_page, name="file"),
    path(FILE + "findings/", importing.findings, name="findings"),
    path(FILE + "store/", importing.store, name="store"),
    path(FILE + "give-up/", importing.give_up, name="give-up"),
]
