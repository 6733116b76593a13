"""Events that decide a patient's course. Each date is a local date of the site.

Kinds, grades and causes are asked for by every form; only an imported event may leave them blank (not recorded).
"""

from django.db import models
from django.db.models import Q

from patients.enums import (
    CauseOfDeath,
    Conditioning,
    ContactKind,
    Donor,
    OffTreatmentReason,
    RelapseKind,
    VODGrade,
)
from patients.models.patient import PatientRecord
from protocoltracker.records import between, one_of, one_of_or_blank


class HCT(PatientRecord):
    """A transplant; `on` is the day of infusion (day 0)."""

    donor = models.CharField(max_length=20, choices=Donor.choices, blank=True)
    conditioning = models.CharField(max_length=20, choices=Conditioning.choices, blank=True)

    class Meta(PatientRecord.Meta):
        constraints = [
            one_of_or_blank("hct_donor", "donor", Donor),
            one_of_or_blank("hct_conditioning", "conditioning", Conditioning),
        ]


class VOD(PatientRecord):
    """Veno-occlusive disease; `on` is the day of onset. Bilirubin in mg/dl."""

    grade = models.CharField("EBMT severity", max_length=12, choices=VODGrade.choices, blank=True)
    bilirubin_mg_dl = models.DecimalField(
        "highest bilirubin", max_digits=6, decimal_places=2, null=True, blank=True
    )
    resolved = models.BooleanField(null=True, blank=True)
    resolved_on = models.DateField(null=True, blank=True)

    class Meta(PatientRecord.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_on__isnull=True) | Q(resolved=True), name="vod_resolved_has_its_day"
            ),
            one_of_or_blank("vod_grade", "grade", VODGrade),
            models.CheckConstraint(
                condition=Q(resolved_on__isnull=True) | Q(resolved_on__gte=models.F("on")),
                name="vod_resolved_after",
            ),
        ]


class Relapse(PatientRecord):
    kind = models.CharField("site of relapse", max_length=20, choices=RelapseKind.choices, blank=True)
    bm_blasts_pct = models.DecimalField(
        "marrow blasts", max_digits=5, decimal_places=2, null=True, blank=True
    )

    class Meta(PatientRecord.Meta):
        constraints = [
            one_of_or_blank("relapse_kind", "kind", RelapseKind),
            between("relapse_blasts", "bm_blasts_pct", 0, 100),
        ]


class Death(PatientRecord):
    cause = models.CharField("cause of death", max_length=20, choices=CauseOfDeath.choices, blank=True)

    class Meta(PatientRecord.Meta):
        constraints = [
            one_of_or_blank("death_cause", "cause", CauseOfDeath),
            models.UniqueConstraint(
                fields=("patient",), condition=Q(entered_in_error=False), name="death_once"
            ),
        ]


class LastContact(PatientRecord):
    """The patient was known to be alive on this day."""

    kind = models.CharField("how", max_length=16, choices=ContactKind.choices, blank=True)

    class Meta(PatientRecord.Meta):
        constraints = [one_of_or_blank("contact_kind", "kind", ContactKind)]


class Withdrawal(PatientRecord):
    """Consent withdrawn."""

    follow_up_allowed = models.BooleanField("may still be followed for survival")

    class Meta(PatientRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=("patient",), condition=Q(entered_in_error=False), name="withdrawal_once"
            )
        ]


class OffTreatment(PatientRecord):
    reason_code = models.CharField("reason", max_length=12, choices=OffTreatmentReason.choices)

    class Meta(PatientRecord.Meta):
        constraints = [
            one_of("off_treatment_reason", "reason_code", OffTreatmentReason),
            models.UniqueConstraint(
                fields=("patient",), condition=Q(entered_in_error=False), name="off_treatment_once"
            ),
        ]
