"""What a file says about a patient who was treated before this record began."""

from django.db import models
from django.db.models import Q

from patients.enums import MRDMethod, MRDResult, PastResponse
from patients.models.patient import Patient, PatientRecord
from patients.models.plan import Cycle
from protocoltracker.records import Record, between, one_of_or_blank

MOST_CYCLES = 100


class PastTreatment(PatientRecord):
    """The past course in summary; `on` is the day on which treatment started.

    Best response and best MRD are those of the file, which may know them without the single assessments. The cycles are
    numbers received (0 or more; null: not recorded).
    """

    rituximab = models.BooleanField("rituximab given", null=True, blank=True)
    best_response = models.CharField(max_length=4, choices=PastResponse.choices, blank=True)
    mrd_method = models.CharField("MRD method", max_length=3, choices=MRDMethod.choices, blank=True)
    best_mrd = models.CharField("best MRD", max_length=14, choices=MRDResult.choices, blank=True)
    mrd_negative_on = models.DateField("MRD first negative on", null=True, blank=True)
    ino_cycles = models.PositiveSmallIntegerField("cycles with inotuzumab", null=True, blank=True)
    mini_hcvd_cycles = models.PositiveSmallIntegerField("cycles of mini-hyper-CVD", null=True, blank=True)
    blina_cycles = models.PositiveSmallIntegerField("cycles of blinatumomab", null=True, blank=True)
    maintenance_cycles = models.PositiveSmallIntegerField("cycles of maintenance", null=True, blank=True)

    class Meta(PatientRecord.Meta):
        constraints = [
            one_of_or_blank("past_best_response", "best_response", PastResponse),
            one_of_or_blank("past_mrd_method", "mrd_method", MRDMethod),
            one_of_or_blank("past_best_mrd", "best_mrd", MRDResult),
            between("past_ino_cycles", "ino_cycles", 0, MOST_CYCLES),
            between("past_mini_hcvd_cycles", "mini_hcvd_cycles", 0, MOST_CYCLES),
            between("past_blina_cycles", "blina_cycles", 0, MOST_CYCLES),
            between("past_maintenance_cycles", "maintenance_cycles", 0, MOST_CYCLES),
            models.UniqueConstraint(
                fields=("patient",), condition=Q(entered_in_error=False), name="past_treatment_once"
            ),
        ]


class Resumption(Record):
    """A former patient is treated here from `cycle` on. Height (cm) and weight (kg) are those behind the new plan."""

    patient = models.OneToOneField(Patient, on_delete=models.PROTECT, related_name="resumption")
    cycle = models.OneToOneField(Cycle, on_delete=models.PROTECT, related_name="+")
    height_cm = models.DecimalField(max_digits=7, decimal_places=4)
    weight_kg = models.DecimalField(max_digits=7, decimal_places=4)
    measured_on = models.DateField()

    class Meta:
        constraints = [
            between("resumption_height", "height_cm", 120, 220),
            between("resumption_weight", "weight_kg", 30, 250),
        ]

    def __str__(self) -> str:
        return f"{self.patient} resumed with {self.cycle}"
