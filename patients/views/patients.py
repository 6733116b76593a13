"""The list of patients, and the page of one."""

import datetime as dt
import uuid
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from patients import kinds, policies, queries
from patients.actions.coverage import WHOLE_PLAN
from patients.enums import ClosureCause, PatientState
from patients.models import Closure, Patient
from patients.presenters import patient as show
from patients.presenters import patient_table, record_summary
from patients.presenters.common import arm_of, patient_state
from patients.views.common import now, patient_or_404
from protocoltracker.accounts.access import Denied
from protocoltracker.accounts.models import Site
from protocoltracker.reads import models as reads
from protocoltracker.shell import chosen_site
from protocoltracker.tables import Table, csv_response
from regimens.models import ProtocolVersion

PER_PAGE = 25
AHEAD = 14
HAPPENED = 12
NEXT = 12
STATES = {"": "All", **{state.value: state.label for state in PatientState}}


@require_GET
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Patients of the person's sites, by subject number; with ?format=csv the whole list as a file."""
    if not policies.may(request.user, "read"):
        raise Denied("You have no role at a site whose patients you may read. Ask an administrator for one.")
    site = chosen_site(request)
    query, state = request.GET.get("q", "").strip()[:40], request.GET.get("state", "")
    state = state if state in STATES else ""
    patients = queries.patient_list(request.user, site, search=query, state=state)
    if request.GET.get("format") == "csv":
        return csv_response(_table(request, patients, site))
    page = Paginator(patients, PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = [_row(patient) for patient in page.object_list]
    context = {
        "note": f"{page.paginator.count} {'patient' if page.paginator.count == 1 else 'patients'}",
        "query": query,
        "segments": [],
        "selects": [_state_select(state)],
        "keep": {"q": query} if query else {},
        "enrol_url": reverse("patients:enrol") if policies.may(request.user, "enrol") else "",
        "rows": page,
        "empty": None if page.paginator.count else _nothing(request, query, state),
    }
    return render(
        request, "patients/list.html", {"page": context, "crumbs": [{"title": "Patients", "url": ""}]}
    )


def _table(request: HttpRequest, patients: QuerySet, site: Site | None) -> Table:
    """The whole list, with the filters and the sites of the page, read while it is sent."""
    moment = now()
    sites = {one.pk: (one.name, one.today(moment)) for one in queries.sites_for(request.user, site)}
    versions = ProtocolVersion.objects.in_bulk()
    return patient_table.table(queries.patient_rows(patients), sites=sites, versions=versions)


def _state_select(chosen: str) -> dict[str, Any]:
    options = [
        {"value": value, "title": title, "selected": value == chosen} for value, title in STATES.items()
    ]
    return {"name": "state", "label": "State", "options": options}


def _row(patient: Any) -> dict[str, Any]:
    """A patient of queries.patient_list, with what it annotates."""
    today = patient.site.today(now())
    state, word = patient_state(patient)
    place = ""
    if patient.open_label:
        day = (today - patient.open_day1).days + 1
        place = f"{patient.open_label}, day {day}"
    return {
        "id": patient.pk,
        "subject": patient.subject,
        "site": patient.site.name,
        "version": str(patient.enrolment.protocol_version),
        "arm": arm_of(patient),
        "dose_level": patient.enrolment.dose_level,
        "where": place,
        "next_on": patient.next_on,
        "next_what": "",
        "state": state,
        "state_word": word,
        "late": bool(patient.next_on and patient.next_on < today),
    }


def _nothing(request: HttpRequest, query: str, state: str) -> dict[str, str]:
    if query or state:
        text = f"No patient of your sites fits “{query or STATES[state]}”. Patients of other sites are not shown."
        return {"title": "Nobody found", "text": text, "url": reverse("patients:list"), "link": "Show all"}
    enrol = reverse("patients:enrol") if policies.may(request.user, "enrol") else ""
    text = "A patient appears here after enrolment."
    return {"title": "No patient yet", "text": text, "url": enrol, "link": "Enrol a patient"}


@require_GET
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Roadmap, what is next, what happened, records."""
    patient = patient_or_404(request, pk)
    reads.note(request, "patient", patient.pk)
    today = patient.site.today(now())
    cycles = list(queries.cycles_of(patient))
    administrations = list(queries.current_administrations(patient))
    coming = list(queries.open_activities(patient, today + dt.timedelta(days=AHEAD)))
    closures = list(queries.standing_closures(patient))
    records = queries.standing_records(patient)

    def may(right: str) -> bool:
        return policies.may_for(request.user, right, patient)

    by_cycle = {cycle.pk: cycle for cycle in cycles}
    for row in [*coming, *administrations]:
        row.patient = patient
        row.cycle = by_cycle.get(row.cycle_id)
    context = {
        "patient": show.head(patient, cycles, today=today),
        "actions": _actions(request, patient, cycles, closures),
        "menu": _menu(request, patient),
        "closings": show.closing(
            patient, closures, may_undo=lambda closure: _undo_url(request, patient, closure)
        ),
        "notices": _notices(patient, closures, cycles, coming),
        "roadmap": show.roadmap(
            patient,
            cycles,
            queries.watched_activities(patient),
            administrations,
            today=today,
            whole=request.GET.get("roadmap") == "whole",
        ),
        "next": {
            "note": f"{AHEAD} days",
            "all_url": reverse("patients:schedule", args=[patient.pk]),
            "rows": show.next_rows(patient, coming[:NEXT], today=today),
            "more": max(len(coming) - NEXT, 0),
        },
        "happened": {
            "all_url": reverse("patients:history", args=[patient.pk]),
            "rows": [show.happened_row(patient, a) for a in administrations[:HAPPENED]],
        },
        "records": record_summary.panels(patient, records, may=may),
        "unrecorded": record_summary.unrecorded(patient, records, may=may),
        "crumbs": [
            {"title": "Patients", "url": reverse("patients:list")},
            {"title": patient.subject, "url": ""},
        ],
    }
    return render(request, "patients/detail.html", context)


def _actions(
    request: HttpRequest, patient: Patient, cycles: list[Any], closures: list[Closure]
) -> list[dict[str, str]]:
    return [
        *_of_former(request, patient, cycles, closures),
        {"label": "Enrolment", "url": reverse("patients:enrolment", args=[patient.pk]), "icon": "doc"},
        {"label": "History", "url": reverse("patients:history", args=[patient.pk]), "icon": "hist"},
    ]


def _of_former(
    request: HttpRequest, patient: Patient, cycles: list[Any], closures: list[Closure]
) -> list[dict[str, str]]:
    """What can be done with a patient who was treated before this record, and is not treated here."""
    ended = [closure.cause for closure in closures if closure.cause in WHOLE_PLAN]
    if ClosureCause.HISTORICAL not in ended or ClosureCause.ENROLLED_IN_ERROR in ended:
        return []
    steps = []
    if not cycles and policies.may_for(request.user, "enter past course", patient):
        steps.append(("Enter past course…", "patients:past-course"))
    if len(ended) == 1 and policies.may_for(request.user, "resume treatment", patient):
        steps.append(("Resume treatment…", "patients:resume"))
    return [{"label": label, "url": reverse(name, args=[patient.pk])} for label, name in steps]


def _menu(request: HttpRequest, patient: Patient) -> list[dict[str, str]]:
    entries = [
        {"title": kind.title, "url": reverse("patients:record-add", args=[patient.pk, kind.slug])}
        for kind in kinds.fitting(patient)
        if policies.may_for(request.user, kind.right, patient)
    ]
    if policies.may_for(request.user, "mark enrolled in error", patient):
        url = reverse("patients:enrolled-in-error", args=[patient.pk])
        entries.append({"title": "Enrolled in error", "url": url})
    return entries


def _undo_url(request: HttpRequest, patient: Patient, closure: Closure) -> str:
    if closure.cause in (ClosureCause.PHASE_ENDED, ClosureCause.CYCLE_SKIPPED):
        if policies.may_for(request.user, "change course", patient):
            return reverse("patients:undo-course", args=[patient.pk, closure.pk])
        return ""
    if closure.cause == ClosureCause.HISTORICAL:
        return ""
    kind = kinds.closing_by(closure.cause)
    right = kind.right if kind else "mark enrolled in error"
    if not policies.may_for(request.user, right, patient):
        return ""
    return reverse("patients:closure-undo", args=[patient.pk, closure.pk])


def _notices(
    patient: Patient, closures: list[Closure], cycles: list[Any], coming: list[Any]
) -> list[dict[str, str]]:
    if patient.enrolment.historical and any(c.cause == ClosureCause.HISTORICAL for c in closures):
        return [show.former(patient, cycles)]
    if patient.state == PatientState.ON_TREATMENT and not any(c.state in ("planned", "open") for c in cycles):
        return [
            {
                "kind": "held",
                "title": "Nothing is scheduled.",
                "text": "The patient is on treatment with no cycle left. Record off treatment, or repeat a cycle.",
            }
        ]
    return []


@require_GET
def schedule(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Every planned dose of every cycle, as a table to read and print."""
    patient = patient_or_404(request, pk)
    cycles = list(queries.cycles_of(patient))
    activities: dict[Any, list[Any]] = {}
    for activity in patient.activities.order_by("on", "day", "order_code", "slot"):
        activity.patient = patient
        activities.setdefault(activity.cycle_id, []).append(activity)
    context = {
        "patient": patient,
        "groups": [show.schedule_group(patient, cycle, activities.get(cycle.pk, [])) for cycle in cycles],
        "crumbs": [
            {"title": "Patients", "url": reverse("patients:list")},
            {"title": patient.subject, "url": patient.get_absolute_url()},
            {"title": "Whole schedule", "url": ""},
        ],
    }
    return render(request, "patients/schedule.html", context)
