"""Addresses of the ward. Ids say nothing about a person."""

from django.urls import path

from patients import urls_past, urls_records
from patients.views import course, cycles, enrolment, patients, reads, treatment

app_name = "patients"

PATIENT = "patients/<uuid:pk>/"
CYCLE = PATIENT + "cycles/<uuid:cycle_pk>/"
DOSE = PATIENT + "doses/<uuid:activity_pk>/"
ENTRY = PATIENT + "administrations/<uuid:administration_pk>/"

urlpatterns = [
    path("patients/", patients.list_page, name="list"),
    path("patients/enrol/", enrolment.Enrol.as_view(), name="enrol"),
    path("patients/enrol/derived/", enrolment.Derived.as_view(), name="enrol-derived"),
    path(PATIENT, patients.detail, name="detail"),
    path(PATIENT + "schedule/", patients.schedule, name="schedule"),
    path(PATIENT + "readers/", reads.of_patient, name="reads"),
    path(PATIENT + "enrolment/", enrolment.page, name="enrolment"),
    path(CYCLE, cycles.CyclePage.as_view(), name="cycle"),
    path(CYCLE + "record/", treatment.RecordCycle.as_view(), name="record-cycle"),
    path(CYCLE + "unscheduled/", treatment.RecordUnscheduled.as_view(), name="record-unscheduled"),
    path(CYCLE + "<slug:kind>/", course.ChangeCourse.as_view(), name="change-course"),
    path(DOSE, treatment.RecordDose.as_view(), name="record-dose"),
    path(DOSE + "given/", treatment.give, name="give"),
    path(DOSE + "end/", treatment.EndDose.as_view(), name="end-dose"),
    path(ENTRY + "correct/", treatment.CorrectDose.as_view(), name="correct-dose"),
    path(ENTRY + "take-back/", treatment.TakeBack.as_view(), name="take-back"),
    path(ENTRY + "undo/", treatment.undo, name="undo-dose"),
    path(
        PATIENT + "closures/<uuid:closure_pk>/undo-course/", course.UndoCourse.as_view(), name="undo-course"
    ),
    *urls_past.urlpatterns,
    *urls_records.urlpatterns,
]
