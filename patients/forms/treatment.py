"""Forms of the cycle page: open it, record a dose, end an infusion, depart from the course."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from crispy_forms.layout import Column, Layout, Row
from django import forms

from patients.actions.given import usual_time
from patients.enums import DoseReason, Outcome
from patients.models import Administration, Cycle, ScheduledActivity
from protocoltracker.accounts.access import Denied
from protocoltracker.fields import DateField, LocalDateTimeField, QuantityField
from protocoltracker.pages import BaseForm
from protocoltracker.records import Refused
from regimens.units import show, show_unit

REASONS = [("", "Choose"), *DoseReason.choices]


def text(label: str, **kwargs: Any) -> forms.CharField:
    kwargs.setdefault("max_length", 500)
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 2}), **kwargs)


class OpenCycleForm(BaseForm):
    """Height, weight and the real day 1 of a cycle."""

    day1 = DateField(label="Day 1")
    height_cm = QuantityField(label="Height", unit="cm", low=120, high=220, places=1)
    weight_kg = QuantityField(label="Weight", unit="kg", low=30, high=250, places=1)
    measured_on = DateField(label="Measured on")
    weight_confirmed = forms.BooleanField(
        label="The weight was checked and is right, though it changed by 10 % or more", required=False
    )
    reason = text(
        "Why day 1 is not as planned", required=False, help_text="Only when day 1 differs from the plan."
    )

    def __init__(self, *args: Any, cycle: Cycle, today: dt.date, height_cm: Any, **kwargs: Any) -> None:
        initial = {
            "day1": cycle.day1,
            "height_cm": height_cm,
            "measured_on": today,
            **kwargs.pop("initial", {}),
        }
        super().__init__(*args, initial=initial, row_version=cycle.row_version, **kwargs)
        self._lay_out()

    def _lay_out(self, *, ask_weight: bool = False) -> None:
        """One row of fields; the tick for a surprising weight only once it is asked for."""
        names = ("day1", "height_cm", "weight_kg", "measured_on")
        four = [Column(name, css_class="col-md-3 col-6") for name in names]
        tick = ["weight_confirmed"] if ask_weight else []
        self.helper.layout = Layout(
            "form_token", "row_version", Row(*four, css_class="mb-3"), *tick, "reason"
        )

    def add_refusal(self, refusal: Refused | Denied) -> None:
        super().add_refusal(refusal)
        if refusal.field == "weight_confirmed":
            self._lay_out(ask_weight=True)


class RecordDoseForm(BaseForm):
    """What became of one planned dose."""

    outcome = forms.ChoiceField(
        label="What happened",
        choices=[(o.value, o.label) for o in Outcome if o != Outcome.UNSCHEDULED],
        widget=forms.RadioSelect,
    )
    given_at = LocalDateTimeField(label="When it happened")
    dose = QuantityField(label="Dose given", low=0, high=100_000, places=3, required=False)
    ended_at = LocalDateTimeField(
        label="Ended", required=False, help_text="Leave blank while it is still running."
    )
    reason_code = forms.ChoiceField(
        label="Reason", choices=REASONS, required=False, help_text="Unless it was given as planned."
    )
    reason = text("In words", required=False)
    lot = forms.CharField(label="Lot number", required=False, max_length=40)

    def __init__(self, *args: Any, activity: ScheduledActivity, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, row_version=activity.row_version, **kwargs)
        _in_zone(self, zone)
        unit = show_unit(activity.dose_unit)
        dose: Any = self.fields["dose"]
        dose.unit = unit
        # Who records a drug that needs two pairs of eyes types its dose; the page does not fill it in.
        self.fields["dose"].help_text = f"In {unit}; planned are {show(activity.dose)} {unit}."
        if not activity.second_person:
            self.fields["dose"].initial = show(activity.dose)
        if activity.until is None:
            del self.fields["ended_at"]
        _lay_out_again(self)


class CorrectDoseForm(RecordDoseForm):
    """The right entry in place of a wrong one."""

    def __init__(self, *args: Any, administration: Administration, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["row_version"].initial = administration.row_version
        self.fields["why"] = text("Why the entry is corrected")
        for name in ("outcome", "given_at", "ended_at", "reason_code", "reason", "lot"):
            if name in self.fields:
                self.fields[name].initial = getattr(administration, name)
        if administration.dose is not None:
            self.fields["dose"].initial = show(administration.dose)
        _lay_out_again(self)


class UnscheduledDoseForm(BaseForm):
    """A dose that the plan did not have. Drug and route are chosen together, so none is given by a wrong route."""

    order = forms.ChoiceField(label="Drug and route")
    given_at = LocalDateTimeField(label="When it was given")
    dose = QuantityField(label="Dose given", low=0, high=100_000, places=3)
    reason_code = forms.ChoiceField(label="Reason", choices=REASONS)
    reason = text("In words", required=False)
    lot = forms.CharField(label="Lot number", required=False, max_length=40)

    def __init__(self, *args: Any, orders: list[tuple[str, str]], zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_zone(self, zone)
        order: Any = self.fields["order"]
        order.choices = [("", "Choose"), *orders]


class CorrectUnscheduledForm(BaseForm):
    """The right entry in place of a wrong one, of a dose that was not planned."""

    given_at = LocalDateTimeField(label="When it was given")
    dose = QuantityField(label="Dose given", low=0, high=100_000, places=3)
    reason_code = forms.ChoiceField(label="Reason", choices=REASONS)
    reason = text("In words", required=False)
    lot = forms.CharField(label="Lot number", required=False, max_length=40)
    why = text("Why the entry is corrected")

    def __init__(self, *args: Any, administration: Administration, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, row_version=administration.row_version, **kwargs)
        _in_zone(self, zone)
        for name in ("given_at", "reason_code", "reason", "lot"):
            self.fields[name].initial = getattr(administration, name)
        self.fields["dose"].initial = "" if administration.dose is None else show(administration.dose)
        self.fields["dose"].help_text = f"In {show_unit(administration.dose_unit)}."


class EndForm(BaseForm):
    ended_at = LocalDateTimeField(label="Ended at")

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _in_zone(self, zone)


class ReasonForm(BaseForm):
    """Take something back: only the reason is asked."""

    reason = text("Why")


class CourseForm(BaseForm):
    """Skip, repeat or end: what follows starts on `next_on`."""

    next_on = DateField(label="What follows starts on", required=False)
    reason = text("Why the course changes")

    def __init__(self, *args: Any, cycle: Cycle, next_label: str, **kwargs: Any) -> None:
        super().__init__(*args, row_version=cycle.row_version, **kwargs)
        self.fields["next_on"].label = next_label


def _in_zone(form: forms.Form, zone: ZoneInfo) -> None:
    for field in form.fields.values():
        if isinstance(field, LocalDateTimeField):
            field.zone = zone
            field.help_text = field.help_text or f"Local time of the site ({zone.key})."


def _lay_out_again(form: BaseForm) -> None:
    """Crispy shows the fields that there were when the form began: show those added since, forget those taken away."""
    form.helper.layout = form.helper.build_default_layout(form)


class BulkForm(BaseForm):
    """The time of each of several doses that were given as planned."""

    def __init__(
        self, *args: Any, activities: list[ScheduledActivity], zone: ZoneInfo, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for activity in activities:
            amount = f"{show(activity.dose)} {show_unit(activity.dose_unit)}"
            slot = f", dose {activity.slot} of {activity.times_per_day}" if activity.times_per_day > 1 else ""
            self.fields[f"at-{activity.pk}"] = LocalDateTimeField(
                zone=zone,
                label=f"Day {activity.day}: {activity.drug} {amount}{slot}",
                initial=usual_time(activity, zone),
                help_text=f"Planned {activity.on:%Y-%m-%d %a}. Set it to the time it was really given.",
            )
        _lay_out_again(self)
