"""List, add, change and withdraw records: the same pages for every kind in the registry."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.views.decorators.http import require_GET

from patients import kinds, policies, queries, trail
from patients.actions import closures, records
from patients.actions.closures import PlanChanged, Preview
from patients.forms.records import ReasonForm, RecordForm
from patients.models import Patient
from patients.models.patient import PatientRecord
from patients.presenters import conflict
from patients.presenters import records as show
from patients.views.common import patient_or_404, today_at
from protocoltracker.pages import NOT_DONE, FormPage
from protocoltracker.records import Stale

CONFLICT = 409


def kind_or_404(slug: str) -> kinds.Kind:
    kind = kinds.find(slug)
    if kind is None:
        raise Http404("There is no such kind of record.")
    return kind


def record_or_404(patient: Patient, kind: kinds.Kind, pk: Any) -> PatientRecord:
    record = kind.model.objects.filter(patient=patient, pk=pk).first()
    if record is None:
        raise Http404("This patient has no such record.")
    record.patient = patient
    return record


@require_GET
def record_list(request: HttpRequest, pk: Any, slug: str) -> HttpResponse:
    """All records of one kind, the newest first, with those entered in error struck through."""
    patient, kind = patient_or_404(request, pk), kind_or_404(slug)
    may = policies.may_for(request.user, kind.right, patient)
    found = list(kind.model.objects.filter(patient=patient).order_by("-on", "-created_at"))
    counts: dict[str, int] = {}
    for one in queries.standing_records(patient):
        counts[one[0]] = counts.get(one[0], 0) + 1
    context = {
        "patient": show.head(patient),
        "tabs": show.tabs(patient, kind, counts),
        "kind": show.listing(patient, kind, found, may_add=may),
        "rows": [show.row(patient, kind, record, may_change=may) for record in found],
        "empty": {"title": "Nothing recorded yet.", "text": ""},
        "crumbs": show.crumbs(patient, (kind.plural, "")),
    }
    return render(request, "records/list.html", context)


class PatientFormPage(FormPage):
    """A form about one patient; `right` says who may use it."""

    right = ""
    patient: Patient

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.patient = patient_or_404(request, kwargs["pk"])
        self.find(**kwargs)
        policies.check_right(request.user, self.right, self.patient)
        return super().dispatch(request, *args, **kwargs)

    def find(self, **kwargs: Any) -> None:
        """Look up what the address names, or answer like a missing one."""


class RecordPage(PatientFormPage):
    """The form of one record of any kind."""

    template_name = "records/form.html"
    kind: kinds.Kind
    record: PatientRecord | None = None

    def find(self, **kwargs: Any) -> None:
        self.kind = kind_or_404(kwargs["slug"])
        self.right = self.kind.right
        if "record_pk" in kwargs:
            self.record = record_or_404(self.patient, self.kind, kwargs["record_pk"])

    def get_form_class(self) -> type[RecordForm]:
        return import_string(self.kind.form)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"kind": self.kind, "patient": self.patient, "record": self.record}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        heading = self.heading()
        context = {
            "patient": self.patient,
            "heading": heading,
            "back_url": show.list_url(self.patient, self.kind),
            "crumbs": show.crumbs(
                self.patient, (self.kind.plural, show.list_url(self.patient, self.kind)), (heading, "")
            ),
        }
        return super().get_context_data(**context | kwargs)

    def heading(self) -> str:
        return f"Add {self.kind.noun}"


class RecordAdd(RecordPage):
    """Add a record. A closing event is shown as a preview first (nothing saved), then `step=save` does it all."""

    def form_valid(self, form: Any) -> HttpResponse:
        step = self.request.POST.get("step")
        if step == "change":
            return self.render_to_response(self.get_context_data(form=form))
        if self.kind.closes is None or step == "save":
            return super().form_valid(form)
        try:
            records.rehearse(**self._entry(form))
        except NOT_DONE as refusal:
            form.add_refusal(refusal)
            return self.form_invalid(form)
        return self._show_preview(form, closures.preview(patient=self.patient, kind=self.kind))

    def form_invalid(self, form: Any) -> HttpResponse:
        if isinstance(form.refusal, PlanChanged):
            return self._show_preview(form, form.refusal.preview, changed=True)
        return super().form_invalid(form)

    def _entry(self, form: Any) -> dict[str, Any]:
        return {
            "by": self.request.user,
            "patient": self.patient,
            "kind": self.kind,
            "values": form.values(),
            "today": today_at(self.patient.site),
            "explanation": form.explanation,
        }

    def write(self, form: Any) -> str:
        confirmed = self.request.POST.get("confirmed", "") if self.kind.closes else None
        record = records.add(**self._entry(form), confirmed=confirmed)
        messages.success(self.request, f"Recorded: {show.name(self.kind, record)}, {self.patient.subject}.")
        return self.patient.get_absolute_url() if self.kind.closes else show.list_url(self.patient, self.kind)

    def _show_preview(self, form: Any, found: Preview | None, *, changed: bool = False) -> HttpResponse:
        assert found is not None  # noqa: S101 - only closing kinds come here
        doses = len(found.activities)
        context = self.get_context_data(
            form=form.hidden(),
            heading=f"Record {self.kind.noun} of {self.patient.subject}",
            text=show.answers(self.kind, form.cleaned_data, self.patient),
            preview=show.closing(found, on=form.cleaned_data["on"], changed=changed),
            hidden={"confirmed": found.fingerprint},
            save_label=f"Record {self.kind.noun}, close {doses} {'dose' if doses == 1 else 'doses'}",
            danger=True,
            back_url=self.patient.get_absolute_url(),
            note="It can be undone on the patient’s page; undo restores all of it.",
        )
        return render(self.request, "records/preview.html", context, status=CONFLICT if changed else 200)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        closing = bool(self.kind.closes)
        context = {
            "text": "What it closes is shown before anything is saved." if closing else "",
            "save_label": "Preview" if closing else f"Record {self.kind.noun}",
        }
        return super().get_context_data(**context | kwargs)


class RecordEdit(RecordPage):
    """Change a record, with the reason. Who may not change it reads its history instead."""

    record: PatientRecord

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.patient = patient_or_404(request, kwargs["pk"])
        self.find(**kwargs)
        may = policies.may_for(request.user, self.kind.right, self.patient)
        if request.method == "GET" and (self.record.entered_in_error or not may):
            return HttpResponseRedirect(show.history_url(self.patient, self.kind, self.record))
        return super().dispatch(request, *args, **kwargs)

    def heading(self) -> str:
        return show.name(self.kind, self.record)

    def write(self, form: Any) -> str:
        record = records.change(
            by=self.request.user,
            record=self.record,
            values=form.values(),
            today=today_at(self.patient.site),
            reason=form.cleaned_data["reason"],
            explanation=form.explanation,
            row_version=form.cleaned_data["row_version"],
        )
        messages.success(self.request, f"Changed: {show.name(self.kind, record)}, {self.patient.subject}.")
        return show.list_url(self.patient, self.kind)

    def form_invalid(self, form: Any) -> HttpResponse:
        if not isinstance(form.refusal, Stale):
            return super().form_invalid(form)
        current = record_or_404(self.patient, self.kind, self.record.pk)
        answers = form.data.copy()
        answers["row_version"] = current.row_version
        again = self.get_form_class()(data=answers, kind=self.kind, patient=self.patient, record=current)
        read = trail.as_read(current, form.cleaned_data["row_version"])
        shown = conflict.of(
            self.kind, current, read=read, typed=form.values(), last=trail.last_change(current)
        )
        return self.render_to_response(self.get_context_data(form=again, conflict=shown), status=CONFLICT)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        history = show.history_url(self.patient, self.kind, self.record)
        context = {
            "record": {"history_url": history, "row_version": self.record.row_version},
            "save_label": "Save the change",
            "extra": [show.in_error_action(self.patient, self.kind, self.record)],
        }
        return super().get_context_data(**context | kwargs)


class RecordInError(RecordPage):
    """Mark a record as entered in error; for a closing event that is its undo."""

    record: PatientRecord

    def get_form_class(self) -> Any:
        return ReasonForm

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = FormPage.get_form_kwargs(self)
        return kwargs | {"row_version": self.record.row_version, "reason_label": "Why it was an error"}

    def write(self, form: Any) -> str:
        reason, version = form.cleaned_data["reason"], form.cleaned_data["row_version"]
        records.mark_in_error(by=self.request.user, record=self.record, reason=reason, row_version=version)
        messages.success(
            self.request, f"Entered in error: {show.name(self.kind, self.record)}, {self.patient.subject}."
        )
        return show.list_url(self.patient, self.kind)

    def heading(self) -> str:
        return f"Mark {show.name(self.kind, self.record)} as entered in error"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        closure = closures.of_event(self.record.pk)
        context = {
            "text": "It stays readable, struck through, and counts no more.",
            "notices": show.coming_back(closures.returns(closure)) if closure else [],
            "save_label": "Mark as entered in error",
        }
        return super().get_context_data(**context | kwargs)
