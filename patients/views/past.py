"""A patient who was treated before this record: enter the past course, and resume treatment."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from patients.actions import past_course, resuming
from patients.forms.past import INOTUZUMAB, PastCourseForm, ResumeForm, plain
from patients.models import PastTreatment
from patients.presenters import past as show
from patients.presenters.records import crumbs
from patients.received import NUMBERS
from patients.views.common import now, today_at
from patients.views.records import PatientFormPage
from protocoltracker.records import Refused


class FormerPatientPage(PatientFormPage):
    """`step=preview` shows what would be written and saves nothing; `step=save` does it."""

    heading = text = save_label = note = ""
    preview: dict[str, Any] | None = None

    def check(self) -> None:
        """Refused where this patient is not one for this page."""
        raise NotImplementedError

    def shown(self, form: Any) -> Any:
        """The form to be shown again, with `self.preview` set. Refused as saving would be."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.check()
        except Refused as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(self.patient.get_absolute_url())
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        enrolment = self.patient.enrolment
        return super().get_form_kwargs() | {
            "definition": enrolment.protocol_version.definition,
            "dose_level": enrolment.dose_level,
            "row_version": self.patient.row_version,
        }

    def form_valid(self, form: Any) -> HttpResponse:
        if self.request.POST.get("step") == "save":
            return super().form_valid(form)
        try:
            form = self.shown(form)
        except Refused as refusal:
            form.add_refusal(refusal)
            return self.form_invalid(form)
        return self.render_to_response(self.get_context_data(form=form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {
            "patient": self.patient,
            "heading": f"{self.heading}, {self.patient.subject}",
            "text": self.text,
            "preview": self.preview,
            "preview_label": "Update preview" if self.preview else "Preview",
            "save_label": self.save_label,
            "note": self.note,
            "back_url": self.patient.get_absolute_url(),
            "crumbs": crumbs(self.patient, (self.heading, "")),
        }
        return super().get_context_data(**context | kwargs)


class EnterPastCourse(FormerPatientPage):
    """From the numbers of cycles to every dose, taken as given as planned."""

    right = "enter past course"
    form_class = PastCourseForm
    template_name = "patients/past_course.html"
    heading = "Enter the past course"
    text = (
        "Every dose of these cycles is recorded as given as planned, on its planned day; what was different is "
        "corrected on the cycle’s page afterwards. Nothing becomes due."
    )
    save_label = "Enter this course"
    note = "It is entered once. Single doses can be corrected, taken back and added later."

    def check(self) -> None:
        past_course.check_enterable(self.patient)

    def get_initial(self) -> dict[str, Any]:
        past = PastTreatment.objects.filter(patient=self.patient).standing().first()
        enrolment = self.patient.enrolment
        known = {name: getattr(past, name) for name in (*NUMBERS, INOTUZUMAB, "rituximab")} if past else {}
        return known | {
            "started_on": past.on if past else None,
            "height_cm": plain(enrolment.height_cm),
            "weight_kg": plain(enrolment.weight_kg),
            "measured_on": enrolment.measured_on or enrolment.enrolled_on,
        }

    def shown(self, form: PastCourseForm) -> PastCourseForm:
        received = self._received(form)
        course = form.course(received)
        self.preview = show.outline(
            past_course.outline(patient=self.patient, course=course, today=today_at(self.patient.site))
        )
        return form.with_days(received)

    def _received(self, form: PastCourseForm) -> Any:
        ended_on, today = form.cleaned_data["ended_on"], today_at(self.patient.site)
        return form.received(past_course.end_of(self.patient, ended_on, today=today).on)

    def write(self, form: PastCourseForm) -> str:
        past_course.enter(
            by=self.request.user,
            patient=self.patient,
            course=form.course(self._received(form)),
            now=now(),
            reason=form.cleaned_data["reason"],
            row_version=form.cleaned_data["row_version"],
        )
        messages.success(self.request, f"Entered: the past course of {self.patient.subject}.")
        return self.patient.get_absolute_url()


class Resume(FormerPatientPage):
    """The patient is treated here again."""

    right = "resume treatment"
    form_class = ResumeForm
    template_name = "patients/resume.html"
    heading = "Resume treatment"
    text = (
        "The plan stands again from this cycle on: doses become due and reminders start. What lies before it is "
        "never due."
    )
    save_label = "Resume treatment"

    def check(self) -> None:
        resuming.check_resumable(self.patient)

    @property
    def note(self) -> str:  # type: ignore[override]
        entered = self.patient.cycles.exists()
        return (
            ""
            if entered
            else "The past course can be entered only before: afterwards single cycles cannot be added."
        )

    def get_initial(self) -> dict[str, Any]:
        today = today_at(self.patient.site)
        return {"day1": today, "measured_on": today, "height_cm": plain(self.patient.enrolment.height_cm)}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"choices": resuming.choices(self.patient)}

    def shown(self, form: ResumeForm) -> ResumeForm:
        self.check()
        today = today_at(self.patient.site)
        self.preview = show.coming(
            resuming.rest_of_plan(patient=self.patient, start=form.start(), today=today)
        )
        return form

    def write(self, form: ResumeForm) -> str:
        cycle = resuming.resume(
            by=self.request.user,
            patient=self.patient,
            start=form.start(),
            today=today_at(self.patient.site),
            reason=form.cleaned_data["reason"],
            row_version=form.cleaned_data["row_version"],
        )
        messages.success(
            self.request, f"Treatment of {self.patient.subject} goes on with {cycle} on {cycle.day1}."
        )
        return self.patient.get_absolute_url()
