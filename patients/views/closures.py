"""Undo what closed the plan, and mark a patient as enrolled in error."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.urls import reverse

from patients.actions import closures
from patients.forms.records import ReasonForm
from patients.models import Closure
from patients.presenters import records as show
from patients.views.common import today_at
from patients.views.records import PatientFormPage


class UndoClosure(PatientFormPage):
    """Take back a closing event with a reason; its record counts as entered in error."""

    form_class = ReasonForm
    template_name = "records/form.html"
    closure: Closure

    def find(self, **kwargs: Any) -> None:
        closure = self.patient.closures.filter(pk=kwargs["closure_pk"], undone_at__isnull=True).first()
        if closure is None:
            raise Http404("There is nothing to undo.")
        closure.patient = self.patient
        self.closure, self.right = closure, closures.right_for(closure)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if self.closure.cause in closures.COURSE_CHANGES:
            return HttpResponseRedirect(
                reverse("patients:undo-course", args=[self.patient.pk, self.closure.pk])
            )
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {
            "row_version": self.closure.row_version,
            "reason_label": "Why it is undone",
        }

    def write(self, form: Any) -> str:
        reason, version = form.cleaned_data["reason"], form.cleaned_data["row_version"]
        closures.undo(closure=self.closure, by=self.request.user, reason=reason, row_version=version)
        messages.success(self.request, f"Undone: {self.closure}, {self.patient.subject}.")
        return self.patient.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        heading = f"Undo: {self.closure}"
        context = {
            "patient": self.patient,
            "heading": heading,
            "text": "The record of it stays readable, marked as entered in error."
            if self.closure.event_id
            else "",
            "notices": show.coming_back(closures.returns(self.closure)),
            "save_label": "Undo",
            "back_url": self.patient.get_absolute_url(),
            "crumbs": show.crumbs(self.patient, (heading, "")),
        }
        return super().get_context_data(**context | kwargs)


class EnrolledInError(PatientFormPage):
    """A recorded state, not a deletion."""

    form_class = ReasonForm
    template_name = "records/form.html"
    right = "mark enrolled in error"

    def get_form_kwargs(self) -> dict[str, Any]:
        label = "Why the enrolment was an error"
        return super().get_form_kwargs() | {"row_version": self.patient.row_version, "reason_label": label}

    def write(self, form: Any) -> str:
        on, reason = today_at(self.patient.site), form.cleaned_data["reason"]
        closures.mark_enrolled_in_error(
            patient=self.patient,
            on=on,
            by=self.request.user,
            reason=reason,
            row_version=form.cleaned_data["row_version"],
        )
        messages.success(
            self.request, f"Marked as enrolled in error: {self.patient.subject}. It can be undone here."
        )
        return self.patient.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        heading = f"Mark {self.patient.subject} as enrolled in error"
        found = closures.preview_enrolled_in_error(patient=self.patient)
        context = {
            "patient": self.patient,
            "heading": heading,
            "text": "Nothing is deleted: number, answers and records stay. The plan closes, reminders stop.",
            "notices": [show.closes_in_words(found)],
            "save_label": "Mark as enrolled in error",
            "back_url": self.patient.get_absolute_url(),
            "crumbs": show.crumbs(self.patient, (heading, "")),
        }
        return super().get_context_data(**context | kwargs)
