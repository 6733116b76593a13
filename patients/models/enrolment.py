"""How the patient came into the trial: consent, version and arm, the anchor of the plan, and the baseline."""

from django.db import models

from patients.enums import Answer, Karyotype, Salvage
from patients.models.patient import Patient
from protocoltracker.records import Record, between, one_of
from regimens.models import ProtocolVersion

NEEDED_HERE = (
    "consented_on",
    "planned_day1",
    "measured_on",
    "height_cm",
    "weight_kg",
    "version_in_force",
    "prior_hct",
)
"""What a patient who is enrolled here always has; a file about former patients may leave it open."""


class Enrolment(Record):
    """Heights in cm, weights in kg, percentages 0-100, counts in 10^9/l. Missing stays missing.

    `historical`: imported from a file, treated before this record began; what the file does not say is missing.
    """

    patient = models.OneToOneField(Patient, on_delete=models.PROTECT, related_name="enrolment")
    historical = models.BooleanField(default=False, editable=False)
    enrolled_on = models.DateField()
    consented_on = models.DateField("consent signed on", null=True)
    consent_version = models.CharField(max_length=40, blank=True)
    protocol_version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="+")
    arm = models.CharField(max_length=40)
    dose_level = models.CharField(
        max_length=10, blank=True, help_text="Inotuzumab dose level; original version only."
    )
    version_in_force = models.ForeignKey(
        ProtocolVersion, on_delete=models.PROTECT, related_name="+", null=True
    )
    override_reason = models.TextField(blank=True)
    planned_day1 = models.DateField("planned day 1", null=True)

    salvage = models.CharField("salvage class", max_length=24, choices=Salvage.choices)
    cr1_months = models.DecimalField(
        "first remission lasted", max_digits=6, decimal_places=1, null=True, blank=True, help_text="Months."
    )
    prior_hct = models.BooleanField("prior transplant (HCT)", null=True)
    cd20_pct = models.DecimalField("CD20", max_digits=7, decimal_places=4, null=True, blank=True)
    cd22_pct = models.DecimalField("CD22", max_digits=7, decimal_places=4, null=True, blank=True)
    bm_blasts_pct = models.DecimalField(
        "marrow blasts", max_digits=7, decimal_places=4, null=True, blank=True
    )
    wbc_10e9_l = models.DecimalField("white cells", max_digits=9, decimal_places=4, null=True, blank=True)
    karyotype = models.CharField(max_length=32, choices=Karyotype.choices, blank=True)
    ecog = models.PositiveSmallIntegerField("ECOG performance status", null=True, blank=True)
    bilirubin_mg_dl = models.DecimalField("bilirubin", max_digits=8, decimal_places=4, null=True, blank=True)
    alt_u_l = models.DecimalField("ALT", max_digits=10, decimal_places=4, null=True, blank=True)
    creatinine_mg_dl = models.DecimalField(
        "creatinine", max_digits=8, decimal_places=4, null=True, blank=True
    )
    height_cm = models.DecimalField("height", max_digits=7, decimal_places=4, null=True)
    weight_kg = models.DecimalField("weight", max_digits=7, decimal_places=4, null=True)
    measured_on = models.DateField("height and weight measured on", null=True)

    class Meta:
        constraints = [
            one_of("enrolment_salvage", "salvage", Salvage),
            between("enrolment_cd20", "cd20_pct", 0, 100),
            between("enrolment_cd22", "cd22_pct", 0, 100),
            between("enrolment_blasts", "bm_blasts_pct", 0, 100),
            between("enrolment_ecog", "ecog", 0, 4),
            between("enrolment_height", "height_cm", 120, 220),
            between("enrolment_weight", "weight_kg", 30, 250),
            models.CheckConstraint(
                condition=models.Q(consented_on__lte=models.F("enrolled_on")), name="enrolment_after_consent"
            ),
            models.CheckConstraint(
                condition=models.Q(version_in_force=models.F("protocol_version"))
                | ~models.Q(override_reason=""),
                name="enrolment_override_has_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(historical=True)
                | (
                    models.Q(**{f"{field}__isnull": False for field in NEEDED_HERE})
                    & ~models.Q(consent_version="")
                ),
                name="enrolment_complete_unless_historical",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.patient}: {self.protocol_version}"


class EligibilityAnswer(Record):
    """The answer to one criterion of the protocol version, in the words it had on that day."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="eligibility")
    code = models.CharField(max_length=40)
    text = models.TextField()
    answer = models.CharField(max_length=16, choices=Answer.choices)
    note = models.TextField(
        blank=True, help_text="Waiver or explanation; needed when a criterion is not met."
    )

    class Meta:
        ordering = ("created_at", "code")
        constraints = [
            models.UniqueConstraint(fields=("enrolment", "code"), name="eligibility_once"),
            one_of("eligibility_answer", "answer", Answer),
            models.CheckConstraint(
                condition=~models.Q(answer=Answer.NOT_MET) | ~models.Q(note=""),
                name="eligibility_not_met_has_note",
            ),
        ]
