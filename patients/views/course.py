"""Skip, repeat, end a phase: one page with its preview. Undo of what closed a part of the plan."""

import datetime as dt
from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse

from patients import policies
from patients.actions import course as actions
from patients.enums import CycleState
from patients.forms.treatment import CourseForm, ReasonForm
from patients.models import Cycle, ScheduledActivity
from patients.presenters import course as show
from patients.presenters.common import cycle_name, where
from patients.views.common import cycle_or_404, patient_or_404
from protocoltracker.pages import FormPage

KINDS: dict[str, dict[str, Any]] = {
    "skip": {
        "heading": "Skip {cycle}",
        "text": "The cycle is not given; its planned doses are closed. What follows can start earlier.",
        "next": "The cycle after it starts on",
        "save": "Skip {cycle}",
        "danger": True,
    },
    "end-phase": {
        "heading": "End {phase} early",
        "text": "No further cycle of this phase is given; their planned doses are closed.",
        "next": "The next phase starts on",
        "save": "End {phase}",
        "danger": True,
    },
    "repeat": {
        "heading": "Repeat {cycle}",
        "text": "The cycle is planned once more before what follows. Its doses are provisional until it is opened.",
        "next": "Day 1 of the repeat",
        "save": "Repeat {cycle}",
        "danger": False,
    },
}


class ChangeCourse(FormPage):
    """`step=preview` shows what would change and saves nothing; `step=save` does it."""

    form_class = CourseForm
    template_name = "cycles/change_course.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.kind = kwargs["kind"]
        if self.kind not in KINDS:
            raise Http404("There is no such change.")
        self.words = KINDS[self.kind]
        self.preview: dict[str, Any] | None = None
        self.patient = patient_or_404(request, kwargs["pk"])
        self.cycle = cycle_or_404(self.patient, kwargs["cycle_pk"])
        policies.check_right(request.user, "change course", self.patient)

    def get_form_kwargs(self) -> dict[str, Any]:
        label = self.words["next"]
        initial = {"next_on": self._proposal()}
        return super().get_form_kwargs() | {"cycle": self.cycle, "next_label": label, "initial": initial}

    def _gone(self) -> list[Cycle]:
        if self.kind == "skip":
            return [self.cycle]
        if self.kind == "end-phase":
            return list(actions.remaining_of_phase(self.patient, self.cycle))
        return []

    def _follower(self) -> Cycle | None:
        gone = self._gone()
        after = min((cycle.position for cycle in gone), default=self.cycle.position)
        return actions.following(self.patient, after, gone)

    def _proposal(self) -> dt.date | None:
        """Where the first cycle that goes stood; for a repeat, the day after the cycle ends."""
        if self.kind == "repeat":
            return self.cycle.last_day + dt.timedelta(days=1)
        if self._follower() is None:
            return None
        return min((cycle.day1 for cycle in self._gone()), default=None)

    def form_valid(self, form: CourseForm) -> HttpResponse:
        if self.request.POST.get("step") != "save":
            self.preview = self._preview(form.cleaned_data["next_on"])
            return self.render_to_response(self.get_context_data(form=form))
        return super().form_valid(form)

    def _preview(self, next_on: dt.date | None) -> dict[str, Any]:
        gone = self._gone()
        open_doses = (
            ScheduledActivity.objects.filter(cycle__in=gone).open().values_list("cycle_id", flat=True)
        )
        day1 = next_on or self.cycle.last_day + dt.timedelta(days=1)
        added = self._repeat(day1) if self.kind == "repeat" else None
        days = self._shifts_of_repeat(added) if added else actions.shifts(self.patient, gone, next_on)
        moved = self.patient.cycles.filter(pk__in=days, state=CycleState.PLANNED)
        return show.preview(gone=gone, moved=moved, days=days, doses=Counter(open_doses), added=added)

    def _shifts_of_repeat(self, added: Cycle) -> dict[Any, int]:
        follower = self._follower()
        if follower is None:
            return {}
        days = (added.last_day - follower.day1).days + 1
        later = self.patient.cycles.filter(position__gte=follower.position, state=CycleState.PLANNED)
        return dict.fromkeys(later.values_list("pk", flat=True), days) if days else {}

    def _repeat(self, day1: dt.date) -> Cycle:
        c = self.cycle
        return Cycle(label=f"{c.label}, again", day1=day1, length_days=c.length_days)

    def write(self, form: CourseForm) -> str:
        data = form.cleaned_data
        common = {
            "by": self.request.user,
            "cycle": self.cycle,
            "reason": data["reason"],
            "row_version": data["row_version"],
        }
        if self.kind == "repeat":
            day1 = data["next_on"] or self.cycle.last_day + dt.timedelta(days=1)
            again = actions.repeat_cycle(day1=day1, **common)
            messages.success(self.request, f"Planned again: {where(again)}, {self.patient.subject}.")
            return again.get_absolute_url()
        change = actions.skip_cycle if self.kind == "skip" else actions.end_phase
        change(next_on=data["next_on"], **common)
        messages.success(
            self.request, f"{self._say('save')}: done, {self.patient.subject}. It can be undone here."
        )
        return self.patient.get_absolute_url()

    def _say(self, what: str) -> str:
        words: str = self.words[what]
        return words.format(cycle=cycle_name(self.cycle), phase=self.cycle.label.rpartition(" ")[0])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        heading = self._say("heading")
        context = {
            "patient": self.patient,
            "heading": heading,
            "text": self.words["text"],
            "preview": self.preview,
            "preview_label": "Update preview" if self.preview else "Preview",
            "save_label": self._say("save"),
            "back_url": self.cycle.get_absolute_url(),
            "danger": self.words["danger"],
            "note": "" if self.kind == "repeat" else "It can be undone until a later cycle is opened.",
            "crumbs": [
                {"title": self.patient.subject, "url": self.patient.get_absolute_url()},
                {"title": where(self.cycle), "url": self.cycle.get_absolute_url()},
                {"title": heading, "url": ""},
            ],
        }
        return super().get_context_data(**context | kwargs)


class UndoCourse(FormPage):
    """Take back a skipped cycle or an ended phase."""

    form_class = ReasonForm
    template_name = "cycles/record_dose.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.patient = patient_or_404(request, kwargs["pk"])
        policies.check_right(request.user, "change course", self.patient)
        closure = self.patient.closures.filter(pk=kwargs["closure_pk"], undone_at__isnull=True).first()
        if closure is None:
            raise Http404("There is nothing to undo.")
        closure.patient = self.patient
        self.closure = closure

    def write(self, form: Any) -> str:
        actions.undo_course_change(
            by=self.request.user, closure=self.closure, reason=form.cleaned_data["reason"]
        )
        messages.success(self.request, f"Undone: {self.closure}, {self.patient.subject}.")
        return self.patient.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {
            "patient": self.patient,
            "heading": f"Undo: {self.closure}",
            "planned": None,
            "save_label": "Undo",
            "back_url": self.patient.get_absolute_url(),
            "crumbs": [
                {"title": self.patient.subject, "url": self.patient.get_absolute_url()},
                {"title": "Undo", "url": ""},
            ],
        }
        return super().get_context_data(**context | kwargs)
