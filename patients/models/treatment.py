"""What was really given, and what was not."""

from django.db import models
from django.db.models import Q

from patients.enums import DoseReason, Outcome
from patients.models.patient import Patient
from patients.models.plan import Cycle, ScheduledActivity
from protocoltracker.records import Record, one_of

GIVEN = [Outcome.GIVEN, Outcome.CHANGED, Outcome.UNSCHEDULED]


class Administration(Record):
    """What became of one planned dose, or a dose that was not planned.

    `given_at` is when it happened (`created_at` is when it was entered). An infusion or a daily drug has `ended_at`
    once it has ended. A correction is a new row that `corrects` the old one; the old one stays, no longer current.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="administrations")
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="administrations", null=True)
    activity = models.ForeignKey(
        ScheduledActivity, on_delete=models.PROTECT, related_name="administrations", null=True
    )
    drug = models.CharField(max_length=60)
    route = models.CharField(max_length=20)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    dose = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    dose_unit = models.CharField(max_length=12, blank=True)
    given_at = models.DateTimeField("when it happened")
    ended_at = models.DateTimeField(null=True, blank=True)
    reason_code = models.CharField("reason", max_length=20, choices=DoseReason.choices, blank=True)
    reason = models.TextField("in words", blank=True)
    lot = models.CharField("lot number", max_length=40, blank=True)
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, related_name="corrected_by", null=True)
    is_current = models.BooleanField(default=True)

    class Meta:
        ordering = ("given_at", "created_at")
        constraints = [
            one_of("administration_outcome", "outcome", Outcome),
            models.UniqueConstraint(
                fields=("activity",), condition=Q(is_current=True), name="administration_one_current"
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=GIVEN) | Q(dose__gt=0), name="administration_given_has_dose"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=GIVEN) | Q(dose__isnull=True), name="administration_not_given_no_dose"
            ),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.GIVEN) | ~Q(reason_code=""),
                name="administration_departure_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("given_at")),
                name="administration_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(activity__isnull=False) | Q(outcome=Outcome.UNSCHEDULED),
                name="administration_planned_or_unscheduled",
            ),
        ]
        indexes = [models.Index(fields=("patient", "given_at"), name="administration_patient_at")]

    def __str__(self) -> str:
        return f"{self.drug}, {self.get_outcome_display()}"

    @property
    def is_running(self) -> bool:
        """An infusion or a daily drug that was started and has not ended."""
        return (
            self.is_current
            and self.outcome in GIVEN
            and self.ended_at is None
            and self.activity is not None
            and self.activity.until is not None
        )
