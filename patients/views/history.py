"""Who changed what, when and why: of a whole patient, and of each audited row."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from patients import policies, trail
from patients.models import Patient
from patients.presenters import history as show
from patients.presenters.common import cycle_name
from patients.presenters.records import crumbs
from patients.views.common import patient_or_404
from protocoltracker.reads import models as reads
from regimens.models import ProtocolVersion

PER_PAGE = 25


@require_GET
def of_patient(request: HttpRequest, pk: Any) -> HttpResponse:
    """Everything about a patient, one entry for what happened to many rows at once; by transaction, newest first."""
    patient = patient_or_404(request, pk)
    reads.note(request, "history", patient.pk)
    about = request.GET.get("about", "")
    about = about if about in trail.ABOUT else ""
    page: Any = Paginator(trail.transactions(patient, about=about), PER_PAGE).get_page(
        request.GET.get("page")
    )
    page.object_list = show.entries(trail.changes(page.object_list), patient, names_of(patient))
    context = {
        "heading": "History",
        "text": f"times at {patient.site.name} ({patient.site.time_zone})",
        "patient": patient,
        "record_url": patient.get_absolute_url(),
        "readers_url": reverse("patients:reads", args=[patient.pk])
        if policies.may_for(request.user, "read access log", patient)
        else "",
        "segments": _segments(request, about),
        "rows": page,
        "name_record": True,
        "crumbs": crumbs(patient, ("History", "")),
    }
    return render(request, "history.html", context)


@require_GET
def of_row(request: HttpRequest, pk: Any, what: str, row_pk: Any) -> HttpResponse:
    """One row as it is now, and every change of it."""
    patient = patient_or_404(request, pk)
    audited = trail.BY_SLUG.get(what)
    if audited is None or not audited.of_patient(patient).filter(pk=row_pk).exists():
        raise Http404("This patient has no such record.")
    reads.note(request, "history", patient.pk)
    changes, names = trail.of_row(audited, row_pk), names_of(patient)
    rows = show.entries(([change] for change in changes), patient, names)
    title = rows[-1]["record"]
    context = {
        "heading": f"History of {title}",
        "text": f"{len(rows)} {'entry' if len(rows) == 1 else 'entries'}, times at {patient.site.name}",
        "patient": patient,
        "record_url": _record_url(patient, audited, row_pk),
        "fields": show.as_it_is(changes, audited, patient, names),
        "rows": Paginator(rows, len(rows)).get_page(1),
        "name_record": False,
        "crumbs": crumbs(patient, ("History", reverse("patients:history", args=[patient.pk])), (title, "")),
    }
    return render(request, "history.html", context)


def of_record(request: HttpRequest, pk: Any, slug: str, record_pk: Any) -> HttpResponse:
    return of_row(request, pk=pk, what=slug, row_pk=record_pk)


def names_of(patient: Patient) -> dict[str, str]:
    """Words for the keys that rows of this patient hold of other rows."""
    rows = [
        *((cycle.pk, cycle_name(cycle)) for cycle in patient.cycles.all()),
        *((closure.pk, str(closure)) for closure in patient.closures.all()),
        *((version.pk, str(version)) for version in ProtocolVersion.objects.defer("text")),
        (patient.site_id, patient.site.name),
    ]
    doses = patient.activities.values_list("pk", "drug", "day")
    return {str(pk): name for pk, name in rows} | {str(pk): f"{drug} day {day}" for pk, drug, day in doses}


def _segments(request: HttpRequest, about: str) -> list[dict[str, Any]]:
    choices = {"": "Everything", **trail.ABOUT}
    return [
        {
            "title": title,
            "url": f"{request.path}?about={key}" if key else request.path,
            "current": key == about,
        }
        for key, title in choices.items()
    ]


def _record_url(patient: Patient, audited: trail.Audited, row_pk: Any) -> str:
    if audited.about == "records":
        return reverse("patients:record-edit", args=[patient.pk, audited.slug, row_pk])
    if audited.slug == "cycle":
        return reverse("patients:cycle", args=[patient.pk, row_pk])
    if audited.slug == "enrolment":
        return reverse("patients:enrolment", args=[patient.pk])
    return patient.get_absolute_url()
