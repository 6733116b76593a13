"""Response and minimal residual disease."""

from django.db import models

from patients.enums import MRDMethod, MRDResult, ResponseCategory
from patients.models.patient import PatientRecord
from protocoltracker.records import between, one_of, one_of_or_blank


class ResponseAssessment(PatientRecord):
    """A response on the day of assessment. Counts in 10^9/l, blasts in percent."""

    category = models.CharField("response", max_length=4, choices=ResponseCategory.choices)
    bm_blasts_pct = models.DecimalField(
        "marrow blasts", max_digits=5, decimal_places=2, null=True, blank=True
    )
    anc_10e9_l = models.DecimalField("neutrophils", max_digits=7, decimal_places=2, null=True, blank=True)
    platelets_10e9_l = models.DecimalField("platelets", max_digits=7, decimal_places=1, null=True, blank=True)
    extramedullary = models.BooleanField("extramedullary disease", null=True, blank=True)

    class Meta(PatientRecord.Meta):
        constraints = [
            one_of("response_category", "category", ResponseCategory),
            between("response_blasts", "bm_blasts_pct", 0, 100),
        ]


class MRDAssessment(PatientRecord):
    """One sample by one method. `value` and `sensitivity` are fractions (0.0001 = 0.01 %)."""

    sample = models.CharField(
        max_length=8, choices=[("marrow", "Marrow"), ("blood", "Blood")], default="marrow"
    )
    method = models.CharField(max_length=3, choices=MRDMethod.choices, blank=True)
    sensitivity = models.DecimalField(
        "sensitivity reached",
        max_digits=12,
        decimal_places=10,
        null=True,
        blank=True,
        help_text="As a fraction, for example 0.0001 (0.01 %).",
    )
    value = models.DecimalField(
        max_digits=18,
        decimal_places=16,
        null=True,
        blank=True,
        help_text="As a fraction; blank when below detection or not evaluable.",
    )
    result = models.CharField(max_length=14, choices=MRDResult.choices)
    reported_on = models.DateField("result reported on", null=True, blank=True)

    class Meta(PatientRecord.Meta):
        constraints = [
            one_of_or_blank("mrd_method", "method", MRDMethod),
            one_of("mrd_result", "result", MRDResult),
            between("mrd_value", "value", 0, 1),
            between("mrd_sensitivity", "sensitivity", 0, 1),
        ]
