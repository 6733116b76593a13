"""The page of a cycle, and what changes the course of cycles."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from patients import policies, queries
from patients.actions import cycles as actions
from patients.enums import CycleState
from patients.forms.treatment import OpenCycleForm
from patients.models import Cycle, Patient
from patients.presenters import cycle as show
from patients.presenters.common import cycle_name, where
from patients.views.common import cycle_or_404, now, patient_or_404
from protocoltracker.pages import NOT_DONE, answer_once


class CyclePage(View):
    """Planned against given; while the cycle is only planned, the form that opens it (POST)."""

    def get(self, request: HttpRequest, pk: uuid.UUID, cycle_pk: uuid.UUID) -> HttpResponse:
        patient = patient_or_404(request, pk)
        return self._page(request, patient, cycle_or_404(patient, cycle_pk))

    def post(self, request: HttpRequest, pk: uuid.UUID, cycle_pk: uuid.UUID) -> HttpResponse:
        patient = patient_or_404(request, pk)
        cycle = cycle_or_404(patient, cycle_pk)
        policies.check_right(request.user, "record treatment", patient)
        form = _opening_form(patient, cycle, data=request.POST)
        if not form.is_valid():
            return self._page(request, patient, cycle, form)
        try:
            return answer_once(request, form.cleaned_data["form_token"], lambda: _open(request, cycle, form))
        except NOT_DONE as refusal:
            form.add_refusal(refusal)
            cycle = cycle_or_404(patient, cycle_pk)
            if (
                _opening(request, patient, cycle, form) is None
            ):  # opened by somebody else: no form to show it in
                messages.error(request, refusal.message)
            return self._page(request, patient, cycle, form)

    def _page(
        self, request: HttpRequest, patient: Patient, cycle: Cycle, form: OpenCycleForm | None = None
    ) -> HttpResponse:
        context = _context(request, patient, cycle, form)
        return render(request, "cycles/detail.html", context, status=422 if form else 200)


def _open(request: HttpRequest, cycle: Cycle, form: OpenCycleForm) -> str:
    data = form.cleaned_data
    actions.open_cycle(
        by=request.user,
        cycle=cycle,
        day1=data["day1"],
        height_cm=data["height_cm"],
        weight_kg=data["weight_kg"],
        measured_on=data["measured_on"],
        today=cycle.patient.site.today(now()),
        reason=data["reason"],
        weight_confirmed=data["weight_confirmed"],
        row_version=data["row_version"],
    )
    messages.success(request, f"Opened {where(cycle)}: its doses are fixed.")
    return cycle.get_absolute_url()


def _opening_form(patient: Patient, cycle: Cycle, data: Any = None) -> OpenCycleForm:
    last = patient.cycles.filter(position__lt=cycle.position, height_cm__isnull=False).last()
    resumed = getattr(patient, "resumption", None) if patient.enrolment.historical else None
    height = next((row.height_cm for row in (last, resumed, patient.enrolment) if row), None)
    return OpenCycleForm(
        data,
        cycle=cycle,
        today=patient.site.today(now()),
        height_cm="" if height is None else f"{height:f}".rstrip("0").rstrip("."),
    )


def _context(
    request: HttpRequest, patient: Patient, cycle: Cycle, form: OpenCycleForm | None
) -> dict[str, Any]:
    today = patient.site.today(now())
    may_record = policies.may_for(request.user, "record treatment", patient)
    activities = list(queries.cycle_activities(cycle))
    administrations = list(queries.current_administrations(patient).filter(cycle=cycle))
    for row in [*activities, *administrations]:
        row.patient, row.cycle = patient, cycle
    source = queries.basis_before_opening(patient, cycle)
    made = show.rows(patient, cycle, activities, administrations, source, today=today, may_record=may_record)
    asked = request.GET.get("receipt", "")
    wanted = next((a for a in activities if str(a.pk) == asked), None)
    return {
        "patient": show.head(patient, cycle, source, today=today),
        "heading": cycle_name(cycle),
        "actions": _links(request, patient, cycle),
        "opening": _opening(request, patient, cycle, form),
        "rows": made,
        "bulk": _bulk(patient, cycle, made, today),
        "receipt": show.receipt(patient, wanted, close_url=request.path) if wanted else None,
        "notices": _notices(cycle),
        "crumbs": [
            {"title": "Patients", "url": reverse("patients:list")},
            {"title": patient.subject, "url": patient.get_absolute_url()},
            {"title": cycle_name(cycle), "url": ""},
        ],
    }


def _notices(cycle: Cycle) -> list[dict[str, str]]:
    if cycle.closed_by is None:
        return []
    return [
        {
            "kind": "held",
            "title": f"Closed by: {cycle.closed_by}.",
            "text": "What was given up to that day can still be recorded.",
        }
    ]


def _opening(
    request: HttpRequest, patient: Patient, cycle: Cycle, form: OpenCycleForm | None
) -> dict[str, Any] | None:
    if cycle.state != CycleState.PLANNED or not policies.may_for(request.user, "record treatment", patient):
        return None
    first = actions.next_cycle(patient)
    if first is None or first.pk != cycle.pk:
        return None
    return {
        "form": form or _opening_form(patient, cycle),
        "url": cycle.get_absolute_url(),
        "label": f"Open {cycle_name(cycle)}",
        "text": "Its doses are provisional and cannot be given before height and weight are entered.",
    }


def _bulk(patient: Patient, cycle: Cycle, made: dict[str, Any], today: dt.date) -> dict[str, Any] | None:
    picks = sum(row["pickable"] for group in made["groups"] for row in group["rows"])
    if not picks:
        return None
    return {
        "url": reverse("patients:record-cycle", args=[patient.pk, cycle.pk]),
        "hidden": {"form_token": uuid.uuid4()},
        "label": f"Record {picks} as planned…",
        "text": "You confirm each time on the next page. Drugs for two pairs of eyes are recorded one by one.",
    }


def _links(request: HttpRequest, patient: Patient, cycle: Cycle) -> list[dict[str, str]]:
    around = {
        c.position: c for c in patient.cycles.filter(position__in=[cycle.position - 1, cycle.position + 1])
    }
    links = []
    if before := around.get(cycle.position - 1):
        links.append({"label": f"‹ {cycle_name(before)}", "url": before.get_absolute_url()})
    if after := around.get(cycle.position + 1):
        links.append({"label": f"{cycle_name(after)} ›", "url": after.get_absolute_url()})
    if policies.may_for(request.user, "change course", patient) and patient.state == "on-treatment":
        links += _course_links(patient, cycle)
    return links


def _course_links(patient: Patient, cycle: Cycle) -> list[dict[str, str]]:
    def link(label: str, what: str) -> dict[str, str]:
        return {"label": label, "url": reverse("patients:change-course", args=[patient.pk, cycle.pk, what])}

    if cycle.state == CycleState.PLANNED:
        return [link("Skip…", "skip"), link("End phase…", "end-phase")]
    if cycle.state in (CycleState.OPEN, CycleState.COMPLETED):
        return [link("Repeat…", "repeat"), link("End phase…", "end-phase")]
    return []
