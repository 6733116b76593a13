"""Record what was given, correct it, take it back."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views import View
from django.views.decorators.http import require_POST

from patients import policies
from patients.actions import treatment as actions
from patients.actions.given import usual_time
from patients.actions.treatment import Given
from patients.enums import ActivityState, Outcome
from patients.forms import treatment as forms
from patients.models import Patient, ScheduledActivity
from patients.presenters import cycle as show
from patients.presenters.common import amount, basis, sentence, where
from patients.views.common import activity_or_404, administration_or_404, cycle_or_404, now, patient_or_404
from protocoltracker.pages import NOT_DONE, FormPage, answer_once, token_of
from protocoltracker.records import Refused
from protocoltracker.templatetags.ui import undo_tag

UNDO_FOR = dt.timedelta(minutes=10)


@require_POST
def give(request: HttpRequest, pk: uuid.UUID, activity_pk: uuid.UUID) -> HttpResponse:
    """One click: the dose was given now, as planned."""
    patient = patient_or_404(request, pk)
    policies.check_right(request.user, "record treatment", patient)
    activity = activity_or_404(patient, activity_pk)
    back = activity.cycle.get_absolute_url() if request.POST.get("back") == "cycle" else reverse("worklist")
    try:
        return answer_once(request, token_of(request), lambda: _give(request, patient, activity, back))
    except NOT_DONE as refusal:
        messages.error(request, refusal.message)
        return redirect(back)


def _give(request: HttpRequest, patient: Patient, activity: ScheduledActivity, back: str) -> str:
    moment = now()
    today = patient.site.today(moment)
    if activity.second_person:
        raise Refused(f"{sentence(activity.drug)} is never recorded by one click. Use “Record dose…”.")
    if activity.on != today:
        raise Refused(
            f"{sentence(activity.drug)} was due on {activity.on}, and one click means now. "
            "Use “Record dose…” and enter when it was given."
        )
    (row,) = actions.record_as_planned(
        by=request.user,
        patient=patient,
        doses=[(activity, moment)],
        now=moment,
        row_versions=_seen(request, activity),
    )
    undo = undo_tag(reverse("patients:undo-dose", args=[patient.pk, row.pk]), reason="undone at once")
    messages.success(
        request,
        f"Recorded: {activity.drug} {amount(activity.dose, activity.dose_unit)}, {patient.subject}, "
        f"{moment.astimezone(patient.site.zone):%H:%M}.",
        extra_tags=undo,
    )
    return back


def _seen(request: HttpRequest, activity: ScheduledActivity) -> dict[uuid.UUID, int]:
    """The row version behind the button; somebody else may have held or recorded the dose since."""
    text = request.POST.get("row_version", "")
    return {activity.pk: int(text)} if text.isascii() and text.isdecimal() and len(text) < 10 else {}


@require_POST
def undo(request: HttpRequest, pk: uuid.UUID, administration_pk: uuid.UUID) -> HttpResponse:
    """The Undo of the message after one click."""
    patient = patient_or_404(request, pk)
    policies.check_right(request.user, "record treatment", patient)
    administration = administration_or_404(patient, administration_pk)
    try:
        if administration.created_by != request.user or now() - administration.created_at > UNDO_FOR:
            raise Refused(
                "This can no longer be undone with one click. Take the entry back on the cycle’s page."
            )
        actions.take_back(by=request.user, administration=administration, reason="undone at once")
        messages.success(request, f"Undone: {administration.drug}, {patient.subject} is planned again.")
    except NOT_DONE as refusal:
        messages.error(request, refusal.message)
    return redirect("worklist")


class DosePage(FormPage):
    """What the pages of one dose share."""

    template_name = "cycles/record_dose.html"
    save_label = "Record"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.patient = patient_or_404(request, kwargs["pk"])
        policies.check_right(request.user, "record treatment", self.patient)

    def page(self, heading: str, cycle: Any, **context: Any) -> dict[str, Any]:
        crumbs = [
            {"title": self.patient.subject, "url": self.patient.get_absolute_url()},
            *([{"title": where(cycle), "url": cycle.get_absolute_url()}] if cycle else []),
            {"title": heading, "url": ""},
        ]
        back = cycle.get_absolute_url() if cycle else self.patient.get_absolute_url()
        return {
            "patient": self.patient,
            "heading": heading,
            "crumbs": crumbs,
            "back_url": back,
            "save_label": self.save_label,
            **context,
        }

    def planned(self, activity: ScheduledActivity) -> dict[str, Any]:
        return {
            "dose": amount(activity.dose, activity.dose_unit),
            "basis": basis(activity),
            "provenance": activity.provenance,
            "on": activity.on,
            "until": activity.until,
        }


def _given(data: dict[str, Any]) -> Given:
    outcome = data.get("outcome", Outcome.UNSCHEDULED)
    gives = outcome in (Outcome.GIVEN, Outcome.CHANGED, Outcome.UNSCHEDULED)
    return Given(
        outcome=outcome,
        given_at=data["given_at"],
        dose=data["dose"] if gives else None,
        ended_at=data.get("ended_at") if gives else None,
        reason_code="" if outcome == Outcome.GIVEN else data["reason_code"],
        reason=data["reason"],
        lot=data["lot"],
    )


class RecordDose(DosePage):
    """One planned dose: given, changed, held or omitted."""

    form_class = forms.RecordDoseForm

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.activity = activity_or_404(self.patient, kwargs["activity_pk"])

    def get_form_kwargs(self) -> dict[str, Any]:
        zone = self.patient.site.zone
        moment = now()
        today = moment.astimezone(zone).date()
        at = moment if self.activity.on >= today else usual_time(self.activity, zone)
        initial = {"outcome": Outcome.GIVEN, "given_at": at}
        return super().get_form_kwargs() | {"activity": self.activity, "zone": zone, "initial": initial}

    def write(self, form: forms.RecordDoseForm) -> str:
        actions.record(
            by=self.request.user,
            activity=self.activity,
            given=_given(form.cleaned_data),
            now=now(),
            row_version=form.cleaned_data["row_version"],
        )
        messages.success(self.request, f"Recorded: {self.activity.drug}, {self.patient.subject}.")
        return self.activity.cycle.get_absolute_url() + f"#a-{self.activity.pk}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        activity = self.activity
        heading = f"{sentence(activity.drug)}, {where(activity.cycle, activity.day)}"
        context = self.page(heading, activity.cycle, planned=self.planned(activity))
        context["receipt"] = show.receipt(self.patient, activity)
        context["notices"] = self.notices()
        return super().get_context_data(**context | kwargs)

    def notices(self) -> list[dict[str, str]]:
        activity = self.activity
        if activity.provisional:
            return [
                {
                    "kind": "held",
                    "title": "Provisional.",
                    "text": f"Open {where(activity.cycle)} with height and weight before a dose of it is recorded.",
                }
            ]
        if activity.second_person:
            return [
                {
                    "kind": "due",
                    "title": "A drug for two pairs of eyes.",
                    "text": "Type the dose from the bag or syringe; the page does not fill it in.",
                }
            ]
        return []


class CorrectDose(DosePage):
    """The right entry in place of a wrong one; the wrong one stays in the history."""

    save_label = "Correct the entry"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.administration = administration_or_404(self.patient, kwargs["administration_pk"])

    def get_form(self, form_class: Any = None) -> Any:
        given, zone = self.administration, self.patient.site.zone
        kwargs = super().get_form_kwargs()
        if given.activity is not None:
            return forms.CorrectDoseForm(administration=given, activity=given.activity, zone=zone, **kwargs)
        return forms.CorrectUnscheduledForm(administration=given, zone=zone, **kwargs)

    def write(self, form: Any) -> str:
        data = form.cleaned_data
        given = _given(data)
        actions.correct(
            by=self.request.user,
            administration=self.administration,
            given=given,
            reason=data["why"],
            now=now(),
        )
        messages.success(self.request, f"Corrected: {self.administration.drug}, {self.patient.subject}.")
        return (self.administration.cycle or self.patient).get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        given = self.administration
        planned = self.planned(given.activity) if given.activity else None
        context = self.page(f"Correct {given.drug}", given.cycle, planned=planned)
        return super().get_context_data(**context | kwargs)


class TakeBack(DosePage):
    """An entry that should not be there: the dose is planned again."""

    form_class = forms.ReasonForm
    save_label = "Take the entry back"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.administration = administration_or_404(self.patient, kwargs["administration_pk"])

    def write(self, form: Any) -> str:
        actions.take_back(
            by=self.request.user, administration=self.administration, reason=form.cleaned_data["reason"]
        )
        messages.success(self.request, f"Taken back: {self.administration.drug}, {self.patient.subject}.")
        return (self.administration.cycle or self.patient).get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        given = self.administration
        context = self.page(f"Take back {given.drug}", given.cycle)
        context["notices"] = [
            {
                "kind": "",
                "title": f"{given.get_outcome_display()}, {show.local(given.given_at, self.patient):%Y-%m-%d %H:%M}.",
                "text": "The entry stays in the history; the dose is open again.",
            }
        ]
        return super().get_context_data(**context | kwargs)


class EndDose(DosePage):
    """The end of an infusion, or of a drug taken every day."""

    form_class = forms.EndForm
    save_label = "Record the end"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.activity = activity_or_404(self.patient, kwargs["activity_pk"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"zone": self.patient.site.zone, "initial": {"ended_at": now()}}

    def write(self, form: Any) -> str:
        running = self.activity.administrations.filter(is_current=True).first()
        if running is None or self.activity.state != ActivityState.RUNNING:
            raise Refused(f"{sentence(self.activity.drug)} is not running: its end is recorded already.")
        actions.end(
            by=self.request.user, administration=running, ended_at=form.cleaned_data["ended_at"], now=now()
        )
        messages.success(self.request, f"End recorded: {self.activity.drug}, {self.patient.subject}.")
        return self.activity.cycle.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = self.page(
            f"End of {self.activity.drug}", self.activity.cycle, planned=self.planned(self.activity)
        )
        return super().get_context_data(**context | kwargs)


class RecordUnscheduled(DosePage):
    """A dose that the plan did not have."""

    form_class = forms.UnscheduledDoseForm

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.cycle = cycle_or_404(self.patient, kwargs["cycle_pk"])
        self.orders = _orders(self.patient)

    def get_form_kwargs(self) -> dict[str, Any]:
        choices = [
            (key, f"{sentence(drug)} {route}, in {unit}") for key, (drug, route, unit) in self.orders.items()
        ]
        zone = self.patient.site.zone
        return super().get_form_kwargs() | {"orders": choices, "zone": zone, "initial": {"given_at": now()}}

    def write(self, form: Any) -> str:
        drug, route, unit = self.orders[form.cleaned_data["order"]]
        given = _given(form.cleaned_data)
        actions.record_unscheduled(
            by=self.request.user,
            patient=self.patient,
            cycle=self.cycle,
            drug=drug,
            route=route,
            dose_unit=unit,
            given=given,
            now=now(),
        )
        messages.success(self.request, f"Recorded: {drug}, not scheduled, {self.patient.subject}.")
        return self.cycle.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**self.page("Unscheduled dose", self.cycle) | kwargs)


def _orders(patient: Patient) -> dict[str, tuple[str, str, str]]:
    """Drug, route and unit of every order of the patient's version, each once."""
    found: dict[str, tuple[str, str, str]] = {}
    for phase in patient.enrolment.protocol_version.definition.phases:
        for template in phase.templates:
            for order in template.orders:
                unit = order.steps[0].rules[0].given_in
                found.setdefault(order.code, (order.drug.value, order.route.value, unit))
    return dict(sorted(found.items(), key=lambda item: item[1]))


class RecordCycle(View):
    """Several doses of a cycle given as planned: first the times are confirmed, then all are stored at once."""

    def post(self, request: HttpRequest, pk: uuid.UUID, cycle_pk: uuid.UUID) -> HttpResponse:
        patient = patient_or_404(request, pk)
        cycle = cycle_or_404(patient, cycle_pk)
        policies.check_right(request.user, "record treatment", patient)
        activities = self._chosen(request, cycle)
        if not activities:
            messages.error(request, "No dose was ticked. Tick the doses that were given as planned.")
            return redirect(cycle)
        confirmed = "confirmed" in request.POST
        form = forms.BulkForm(
            request.POST if confirmed else None, activities=activities, zone=patient.site.zone
        )
        if confirmed and form.is_valid():
            try:
                return answer_once(
                    request,
                    form.cleaned_data["form_token"],
                    lambda: self._record(request, patient, cycle, activities, form),
                )
            except NOT_DONE as refusal:
                form.add_refusal(refusal)
        return self._page(request, patient, cycle, activities, form, status=422 if confirmed else 200)

    def _chosen(self, request: HttpRequest, cycle: Any) -> list[ScheduledActivity]:
        ids = []
        for text in request.POST.getlist("activity"):
            try:
                ids.append(uuid.UUID(text))
            except ValueError:
                continue
        return list(
            cycle.activities.filter(pk__in=ids, second_person=False).order_by("day", "order_code", "slot")
        )

    def _record(
        self,
        request: HttpRequest,
        patient: Patient,
        cycle: Any,
        activities: list[ScheduledActivity],
        form: Any,
    ) -> str:
        doses = [(activity, form.cleaned_data[f"at-{activity.pk}"]) for activity in activities]
        actions.record_as_planned(by=request.user, patient=patient, doses=doses, now=now())
        messages.success(request, f"Recorded: {len(doses)} doses of {where(cycle)}, {patient.subject}.")
        return cycle.get_absolute_url()

    def _page(
        self, request: HttpRequest, patient: Patient, cycle: Any, activities: Any, form: Any, *, status: int
    ) -> HttpResponse:
        context = {
            "patient": patient,
            "heading": f"{len(activities)} doses of {where(cycle)} as planned",
            "form": form,
            "hidden": [("confirmed", "1"), *(("activity", a.pk) for a in activities)],
            "back_url": cycle.get_absolute_url(),
            "url": reverse("patients:record-cycle", args=[patient.pk, cycle.pk]),
            "crumbs": [
                {"title": patient.subject, "url": patient.get_absolute_url()},
                {"title": where(cycle), "url": cycle.get_absolute_url()},
                {"title": "Record as planned", "url": ""},
            ],
        }
        return render(request, "cycles/record_cycle.html", context, status=status)
