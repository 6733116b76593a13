"""Addresses of records, of what closes the plan, and of history. Included by patients/urls.py (app_name "patients")."""

from django.urls import path

from patients.views import closures, history, records

PATIENT = "patients/<uuid:pk>/"
KIND = PATIENT + "records/<slug:slug>/"
RECORD = KIND + "<uuid:record_pk>/"

urlpatterns = [
    path(KIND, records.record_list, name="record-list"),
    path(KIND + "add/", records.RecordAdd.as_view(), name="record-add"),
    path(RECORD, records.RecordEdit.as_view(), name="record-edit"),
    path(RECORD + "history/", history.of_record, name="record-history"),
    path(RECORD + "in-error/", records.RecordInError.as_view(), name="record-in-error"),
    path(PATIENT + "history/", history.of_patient, name="history"),
    path(PATIENT + "history/<slug:what>/<uuid:row_pk>/", history.of_row, name="row-history"),
    path(PATIENT + "closures/<uuid:closure_pk>/undo/", closures.UndoClosure.as_view(), name="closure-undo"),
    path(PATIENT + "enrolled-in-error/", closures.EnrolledInError.as_view(), name="enrolled-in-error"),
]
