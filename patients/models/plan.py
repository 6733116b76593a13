"""The plan as stored: cycles and scheduled activities, and what closed a part of it."""

import datetime as dt
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse

from patients.enums import ActivityState, ClosureCause, CycleState
from patients.models.patient import READERS, Patient
from protocoltracker.accounts.access import access_of
from protocoltracker.records import Record, between, one_of, required_together
from regimens.dosing import Measurements


class Closure(Record):
    """One event that closed planned activities. Undone as a whole; what it closed points to it.

    `drugs`, `activity_ids` and `cycle_ids` say what it covers, also what another closure had closed before or what is
    planned later: so undoing one event leaves closed what another one covers. With `drugs`, no cycle is covered.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="closures")
    cause = models.CharField(max_length=20, choices=ClosureCause.choices)
    on = models.DateField()
    event_id = models.UUIDField(
        null=True, help_text="The recorded event (death, HCT, ...), if one caused it."
    )
    drugs = models.JSONField(default=list, help_text="Closed drugs; empty: everything.")
    activity_ids = ArrayField(
        models.UUIDField(), null=True, help_text="What it covers; null: every activity."
    )
    cycle_ids = ArrayField(models.UUIDField(), null=True, help_text="What it covers; null: every cycle.")
    patient_state_before = models.CharField(max_length=20)
    shifts = models.JSONField(default=dict, help_text="Cycles that were moved with it: id -> days.")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("created_at",)
        constraints = [one_of("closure_cause", "cause", ClosureCause)]

    def __str__(self) -> str:
        return f"{self.get_cause_display()} on {self.on}"


class Cycle(Record):
    """One cycle of one phase. `position` is its place in the patient's whole course, from 1.

    `planned_day1` is the first plan and never changes; `day1` is where it stands now. Height, weight and body surface
    area are those taken when the cycle was opened.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="cycles")
    position = models.PositiveIntegerField()
    phase = models.CharField(max_length=40)
    number = models.PositiveIntegerField(help_text="Cycle number within the phase, as the protocol counts.")
    label = models.CharField(max_length=60, help_text="What pages call it: POMP 3.")
    attempt = models.PositiveIntegerField(
        default=1, help_text="2 for a repeated cycle, 3 for the next repeat, ..."
    )
    course_number = models.PositiveIntegerField(null=True)
    planned_day1 = models.DateField()
    day1 = models.DateField()
    length_days = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=CycleState.choices, default=CycleState.PLANNED)
    height_cm = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    weight_kg = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    measured_on = models.DateField(null=True)
    bsa_m2 = models.DecimalField(max_digits=4, decimal_places=2, null=True)
    closed_by = models.ForeignKey(Closure, on_delete=models.PROTECT, related_name="cycles", null=True)
    state_before_closure = models.CharField(max_length=12, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(
                fields=("patient", "position"), name="cycle_position", deferrable=models.Deferrable.DEFERRED
            ),
            models.UniqueConstraint(fields=("patient", "phase", "number", "attempt"), name="cycle_once"),
            models.UniqueConstraint(
                fields=("patient",), condition=models.Q(state=CycleState.OPEN), name="cycle_one_open"
            ),
            one_of("cycle_state", "state", CycleState),
            between("cycle_height", "height_cm", 120, 220),
            between("cycle_weight", "weight_kg", 30, 250),
            required_together("cycle_measured", "height_cm", "weight_kg", "measured_on", "bsa_m2"),
            models.CheckConstraint(
                condition=~models.Q(state__in=[CycleState.OPEN, CycleState.COMPLETED])
                | models.Q(weight_kg__isnull=False),
                name="cycle_open_is_measured",
            ),
        ]
        indexes = [
            models.Index(fields=("day1",), name="cycle_planned", condition=models.Q(state=CycleState.PLANNED))
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def last_day(self) -> dt.date:
        """The last calendar day of the cycle."""
        return self.day1 + dt.timedelta(days=self.length_days - 1)

    @property
    def is_opened(self) -> bool:
        return self.weight_kg is not None

    @property
    def moved_days(self) -> int:
        return (self.day1 - self.planned_day1).days

    def measured(self) -> Measurements:
        """Height and weight of an opened cycle."""
        if self.height_cm is None or self.weight_kg is None:
            raise ValueError(f"{self} is not opened: it has no height and weight of its own.")
        return Measurements(self.height_cm, self.weight_kg, measured_on=self.measured_on)

    def day_of(self, on: dt.date) -> int:
        """Day of the cycle on a date; day 1 is the first day."""
        return (on - self.day1).days + 1

    def get_absolute_url(self) -> str:
        return reverse("patients:cycle", args=[self.patient_id, self.pk])


class ScheduledActivityQuerySet(models.QuerySet):
    def for_user(self, user: Any) -> "ScheduledActivityQuerySet":
        site_ids = access_of(user).site_ids(READERS)
        return self if site_ids is None else self.filter(patient__site_id__in=site_ids)

    def open(self) -> "ScheduledActivityQuerySet":
        """Still to be done: planned or held."""
        return self.filter(state__in=[ActivityState.PLANNED, ActivityState.HELD])


class ScheduledActivity(Record):
    """One planned dose or infusion on one date. `on` moves with the plan; `planned_on` is the first plan.

    `dose` is one administration in `dose_unit`, 3 decimals, before vial rounding. It is provisional until its cycle
    is opened. `slot` counts the doses of one order on one day (1 of 2 for q12h).
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="activities")
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="activities")
    order_code = models.CharField(max_length=60)
    drug = models.CharField(max_length=60)
    route = models.CharField(max_length=20)
    day = models.PositiveIntegerField()
    slot = models.PositiveIntegerField(default=1)
    times_per_day = models.PositiveIntegerField(default=1)
    planned_on = models.DateField()
    on = models.DateField()
    until = models.DateField(
        null=True, help_text="Last calendar day, of an infusion or a drug taken every day."
    )
    protocol_dose = models.DecimalField(max_digits=10, decimal_places=3)
    protocol_unit = models.CharField(max_length=12)
    dose = models.DecimalField(max_digits=10, decimal_places=3)
    dose_unit = models.CharField(max_length=12)
    bsa_m2 = models.DecimalField(max_digits=4, decimal_places=2, null=True)
    workings = models.JSONField(default=list, help_text="The dose receipt: (label, text) lines.")
    provenance = models.CharField(max_length=40)
    to_be_confirmed = models.BooleanField(default=False)
    second_person = models.BooleanField(default=False)
    provisional = models.BooleanField(default=True)
    state = models.CharField(max_length=10, choices=ActivityState.choices, default=ActivityState.PLANNED)
    closed_by = models.ForeignKey(Closure, on_delete=models.PROTECT, related_name="activities", null=True)
    state_before_closure = models.CharField(max_length=10, blank=True)

    objects = ScheduledActivityQuerySet.as_manager()

    class Meta:
        ordering = ("on", "day", "order_code", "slot")
        constraints = [
            models.UniqueConstraint(fields=("cycle", "order_code", "day", "slot"), name="activity_once"),
            one_of("activity_state", "state", ActivityState),
            models.CheckConstraint(
                condition=models.Q(provisional=False)
                | ~models.Q(state__in=[ActivityState.GIVEN, ActivityState.CHANGED, ActivityState.RUNNING]),
                name="activity_provisional_not_given",
            ),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("on")),
                name="activity_until",
            ),
            models.CheckConstraint(
                condition=models.Q(state=ActivityState.CLOSED, closed_by__isnull=False)
                | (~models.Q(state=ActivityState.CLOSED) & models.Q(closed_by__isnull=True)),
                name="activity_closed_by",
            ),
        ]
        indexes = [
            models.Index(
                fields=("on",),
                name="activity_due",
                condition=models.Q(
                    state__in=[ActivityState.PLANNED, ActivityState.HELD, ActivityState.RUNNING]
                ),
            ),
            models.Index(fields=("patient", "on"), name="activity_patient_on"),
            models.Index(
                fields=("until",), name="activity_running", condition=models.Q(state=ActivityState.RUNNING)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.drug} day {self.day}"

    @property
    def moved_days(self) -> int:
        return (self.on - self.planned_on).days
