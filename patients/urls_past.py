"""Addresses of patients who were treated before this record. Included by patients/urls.py (app_name "patients")."""

from django.urls import path

from patients.views import past

PATIENT = "patients/<uuid:pk>/"

urlpatterns = [
    path(PATIENT + "past-course/", past.EnterPastCourse.as_view(), name="past-course"),
    path(PATIENT + "resume/", past.Resume.as_view(), name="resume"),
]
