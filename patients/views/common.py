"""What the patient pages share: find the patient or answer like a missing one, and the time at the site."""

import datetime as dt
import uuid
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone

from patients import queries
from patients.models import Cycle, Patient
from protocoltracker.accounts.models import Site


def patient_or_404(request: HttpRequest, pk: uuid.UUID) -> Patient:
    """A patient that the person may read; one of another site answers like a missing one."""
    patient = queries.patient_for(request.user, pk)
    if patient is None:
        raise Http404("There is no such patient among your sites.")
    request.page_site = patient.site  # type: ignore[attr-defined]  # the page says its times in this zone
    return patient


def cycle_or_404(patient: Patient, pk: uuid.UUID) -> Cycle:
    cycle = queries.cycles_of(patient).filter(pk=pk).first()
    if cycle is None:
        raise Http404("This patient has no such cycle.")
    cycle.patient = patient
    return cycle


def activity_or_404(patient: Patient, pk: uuid.UUID) -> Any:
    activity = patient.activities.select_related("cycle", "closed_by").filter(pk=pk).first()
    if activity is None:
        raise Http404("This patient has no such dose.")
    activity.patient = patient
    return activity


def administration_or_404(patient: Patient, pk: uuid.UUID) -> Any:
    found = (
        patient.administrations.select_related("activity__cycle", "cycle", "created_by").filter(pk=pk).first()
    )
    if found is None:
        raise Http404("This patient has no such entry.")
    found.patient = patient
    return found


def now() -> dt.datetime:
    return timezone.now()


def today_at(site: Site) -> dt.date:
    return site.today(timezone.now())


def counts_of(request: HttpRequest, site: Site | None) -> queries.Counts:
    """The counts beside the links, asked once a request."""
    kept: queries.Counts | None = getattr(request, "ward_counts", None)
    counts = kept or queries.counts_for_nav(request.user, site)
    setattr(request, "ward_counts", counts)  # noqa: B010 (a request has no such field of its own)
    return counts
