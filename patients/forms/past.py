"""Forms about patients who were treated before this record: their past course, and resuming treatment."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from crispy_forms.layout import Column, Fieldset, Layout, Row
from django import forms
from django.utils.text import capfirst

from patients.actions.past_course import PastCourse, day_field
from patients.actions.resuming import NewStart
from patients.forms.records import YesNoField
from patients.forms.treatment import text
from patients.models import PastTreatment
from patients.received import NUMBERS, Received, course, cycles, most
from protocoltracker.fields import DateField, QuantityField
from protocoltracker.pages import BaseForm
from regimens.definition import ProtocolDefinition
from regimens.planned import CycleRef, PlannedCycle
from regimens.units import show

INOTUZUMAB = "ino_cycles"
LONGEST = 3  # digits of a number of cycles


def label_of(name: str) -> str:
    field: Any = PastTreatment._meta.get_field(name)
    return capfirst(str(field.verbose_name))


class MeasuredForm(BaseForm):
    """Height, weight and, where the version has dose levels, the level of a former patient."""

    height_cm = QuantityField(label="Height", unit="cm", low=120, high=220, places=4)
    weight_kg = QuantityField(label="Weight", unit="kg", low=30, high=250, places=4)
    measured_on = DateField(label="Measured on")

    def __init__(self, *args: Any, definition: ProtocolDefinition, dose_level: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.definition = definition
        if definition.dose_levels:
            levels = [(level.name, level.title) for level in definition.dose_levels]
            known = [level for level in levels if level[0] == dose_level]
            self.fields["dose_level"] = forms.ChoiceField(
                label="Dose level",
                choices=known or [("", "Choose"), *levels],
                help_text="As recorded." if known else "Assigned to the patient, never inferred.",
            )

    @property
    def levels(self) -> list[str]:
        return ["dose_level"] if "dose_level" in self.fields else []


class PastCourseForm(MeasuredForm):
    """The numbers of cycles received; once they are known, day 1 of each. Blank days follow the cycle before."""

    started_on = DateField(label="Day 1 of the first cycle")
    ended_on = DateField(
        label="Last day of treatment",
        required=False,
        help_text="If it ended before relapse, transplant, death and the last contact.",
    )
    rituximab = YesNoField(label="Rituximab given", required=False)
    anew = forms.BooleanField(label="Work all dates out anew from the first day", required=False)
    reason = text("Where this is known from")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = most(self.definition)
        self.numbers = [name for name in NUMBERS if self.most[name]]
        for name in (*self.numbers, INOTUZUMAB):
            self.fields[name] = forms.IntegerField(
                label=label_of(name), min_value=0, max_value=self._most(name)
            )
        self.chosen = self._chosen() if self.is_bound else []
        for cycle in self.chosen:
            self.fields[day_field(cycle)] = DateField(label=f"{cycle.short} {cycle.number}", required=False)
        if not self.chosen:
            del self.fields["anew"]
        self.helper.layout = self._layout()

    def _most(self, name: str) -> int:
        return self.most[name] or sum(self.most.values())

    def _chosen(self) -> list[PlannedCycle]:
        typed = {name: self.data.get(name, "").strip() for name in self.numbers}
        numbers = {
            name: int(value) for name, value in typed.items() if value.isdecimal() and len(value) <= LONGEST
        }
        return cycles(self.definition, {name: min(n, self._most(name)) for name, n in numbers.items()})

    def _layout(self) -> Layout:
        counts = [Column(name, css_class="col-md-3 col-6") for name in (*self.numbers, INOTUZUMAB)]
        days = [Column(name, css_class="col-md-3 col-6") for name in ("started_on", "ended_on", *self.levels)]
        size = [
            Column(name, css_class="col-md-3 col-6") for name in ("height_cm", "weight_kg", "measured_on")
        ]
        each = [Column(day_field(c), css_class="col-xl-2 col-md-3 col-6") for c in self.chosen[1:]]
        more = [Fieldset("Day 1 of each later cycle", Row(*each, css_class="g-2"), "anew")] if each else []
        return Layout(
            *("form_token", "row_version"),
            Row(*counts, css_class="mb-3"),
            Row(*days, css_class="mb-3"),
            Row(*size, Column("rituximab", css_class="col-md-3 col-6"), css_class="mb-3"),
            *(more or ([] if not self.chosen else ["anew"])),
            "reason",
        )

    def received(self, until: dt.date | None) -> list[Received]:
        """The cycles with their days, after validation."""
        data = self.cleaned_data
        typed = {cycle.ref: data[day_field(cycle)] for cycle in self.chosen[1:]}
        days: Mapping[CycleRef, dt.date] = {
            ref: day for ref, day in typed.items() if day and not data.get("anew")
        }
        return course(
            self.definition,
            {name: data[name] for name in self.numbers},
            start=data["started_on"],
            until=until,
            with_inotuzumab=data[INOTUZUMAB],
            rituximab=data["rituximab"],
            days=days,
        )

    def course(self, received: Sequence[Received]) -> PastCourse:
        data = self.cleaned_data
        return PastCourse(
            cycles=received,
            height_cm=data["height_cm"],
            weight_kg=data["weight_kg"],
            measured_on=data["measured_on"],
            dose_level=data.get("dose_level", ""),
            ended_on=data["ended_on"],
        )

    def with_days(self, received: Sequence[Received]) -> "PastCourseForm":
        """The same form with every day filled in, to be shown."""
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        data.pop("anew", None)
        for cycle in received:
            data[day_field(cycle)] = cycle.day1.isoformat()
        again = type(self)(data, definition=self.definition, dose_level=data.get("dose_level", ""))
        again.full_clean()
        return again


class ResumeForm(MeasuredForm):
    """The cycle that comes next, its day 1, and height and weight for the plan."""

    cycle = forms.ChoiceField(label="The next cycle")
    day1 = DateField(label="Day 1")
    reason = text("Why treatment is resumed")

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cycle: Any = self.fields["cycle"]
        cycle.choices = [("", "Choose"), *choices]
        four = [Column(name, css_class="col-md-3 col-6") for name in ("cycle", "day1", *self.levels)]
        size = [
            Column(name, css_class="col-md-3 col-6") for name in ("height_cm", "weight_kg", "measured_on")
        ]
        self.helper.layout = Layout(
            *("form_token", "row_version"),
            Row(*four, css_class="mb-3"),
            Row(*size, css_class="mb-3"),
            "reason",
        )

    def start(self) -> NewStart:
        data = self.cleaned_data
        phase, _, number = data["cycle"].rpartition(" ")
        return NewStart(
            phase=phase,
            number=int(number),
            day1=data["day1"],
            height_cm=data["height_cm"],
            weight_kg=data["weight_kg"],
            measured_on=data["measured_on"],
            dose_level=data.get("dose_level", ""),
        )


def plain(value: Decimal | None) -> str:
    """A stored number as somebody types it; blank where nothing is known."""
    return "" if value is None else show(value)
