"""Who read what identifies a patient."""

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from patients import policies
from patients.presenters.records import crumbs
from patients.views.common import patient_or_404
from protocoltracker.reads.models import Read

PER_PAGE = 50
PAGES = {"patient": "Patient", "enrolment": "Enrolment", "history": "History"}


@require_GET
def of_patient(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Newest first. This page is about the readers: it is not noted itself."""
    patient = patient_or_404(request, pk)
    policies.check_right(request.user, "read access log", patient)
    found = Read.objects.filter(patient_id=patient.pk).select_related("reader")
    page: Any = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = [
        {
            "at": one.at.astimezone(patient.site.zone),
            "who": str(one.reader),
            "username": one.reader.username,
            "what": PAGES.get(one.page, one.page),
        }
        for one in page.object_list
    ]
    history = reverse("patients:history", args=[patient.pk])
    context = {
        "patient": patient,
        "rows": page,
        "back_url": history,
        "crumbs": crumbs(patient, ("History", history), ("Who read this", "")),
    }
    return render(request, "patients/reads.html", context)
