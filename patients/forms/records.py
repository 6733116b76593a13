"""Forms of the record kinds. Labels and hints come from the model; units, limits and choices are said here."""

from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.text import capfirst

from patients import enums
from patients.actions.closures import PlanChanged
from patients.actions.records import Questioned
from patients.cohort.cells import LONGEST_NOTES
from patients.edit_checks import errors, warnings
from patients.kinds import Kind
from patients.models import Patient
from patients.models.past import MOST_CYCLES
from patients.models.patient import PatientRecord
from protocoltracker.accounts.access import Denied
from protocoltracker.fields import DateField, QuantityField
from protocoltracker.pages import BaseForm
from protocoltracker.records import Refused, Stale

SAMPLES = [("marrow", "Marrow"), ("blood", "Blood")]


def choice(choices: type[TextChoices] | list[tuple[str, str]], **kwargs: Any) -> forms.ChoiceField:
    """One of a list, none of them chosen beforehand."""
    listed = choices if isinstance(choices, list) else choices.choices
    return forms.ChoiceField(choices=[("", "Choose…"), *listed], **kwargs)


class YesNoField(forms.TypedChoiceField):
    """Yes or no; where it may stay open, the third answer is “not assessed”."""

    def __init__(self, *, required: bool = True, **kwargs: Any) -> None:
        asked = [("yes", "Yes"), ("no", "No")]
        super().__init__(
            choices=asked if required else [("", "Not assessed"), *asked],
            coerce=lambda answer: answer == "yes",
            empty_value=None,
            required=required,
            widget=forms.RadioSelect,
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no", None: ""}.get(value, value)


class ReasonForm(BaseForm):
    """Only the reason: to mark as entered in error, or to undo."""

    asks_reason = True

    def __init__(self, *args: Any, reason_label: str = "Reason", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = reason_label


def note_field(*, longest: int = 2_000) -> forms.CharField:
    return forms.CharField(required=False, max_length=longest, widget=forms.Textarea(attrs={"rows": 2}))


class RecordForm(BaseForm):
    """What the forms of all kinds share: the date, a note, the reason of a change, and the explanation of warnings."""

    refusal: Refused | Denied | None = None

    on = DateField()
    note = note_field()

    def __init__(
        self, *args: Any, kind: Kind, patient: Patient, record: PatientRecord | None = None, **kwargs: Any
    ) -> None:
        self.record_kind, self.patient, self.record = kind, patient, record
        self.asks_reason = record is not None
        if record is not None:
            recorded = {name: getattr(record, name) for name in kind.fields()}
            kwargs["initial"] = recorded | (kwargs.get("initial") or {})
            kwargs.setdefault("row_version", record.row_version)
        super().__init__(*args, **kwargs)
        for name in kind.fields():
            self._describe(name)
        self._lay_out([*kind.fields(), "reason"])
        if self.is_bound and self.data.get("explanation"):
            self._ask_explanation(required=False)

    def _describe(self, name: str) -> None:
        field, described = self.fields[name], self.record_kind.field(name)
        field.label = field.label or capfirst(str(described.verbose_name))
        field.help_text = field.help_text or described.help_text

    def values(self) -> dict[str, Any]:
        """The fields of the record, as its action takes them."""
        return {name: self.cleaned_data[name] for name in self.record_kind.fields()}

    def hidden(self) -> "RecordForm":
        """The same answers in hidden fields, for the preview."""
        for field in self.fields.values():
            field.widget = field.hidden_widget()
        return self

    @property
    def explanation(self) -> str:
        return self.cleaned_data.get("explanation", "")

    def add_refusal(self, refusal: Refused | Denied) -> None:
        """Findings go to their fields; a stale form or a changed plan is told by the page around the form."""
        self.refusal = refusal
        if isinstance(refusal, Questioned):
            self._show_findings(refusal)
        elif not isinstance(refusal, PlanChanged | Stale):
            super().add_refusal(refusal)

    def _show_findings(self, questioned: Questioned) -> None:
        for finding in errors(questioned.findings):
            self.add_error(finding.field, finding.message)
        unusual = warnings(questioned.findings)
        for finding in unusual:
            self.fields[finding.field].warning = finding.message  # type: ignore[attr-defined]
        if unusual:
            self._ask_explanation(after=unusual[-1].field)
            if not self.explanation.strip():
                self.add_error("explanation", "Say why this is right, or correct it: see the amber note.")

    def _ask_explanation(self, *, after: str = "note", required: bool = True) -> None:
        self.fields["explanation"] = forms.CharField(
            label="Why this is right",
            help_text="Kept in the history of the record.",
            required=required,
            max_length=500,
            widget=forms.Textarea(attrs={"rows": 2}),
        )
        order = [*self.record_kind.fields(), "reason"]
        order.insert(order.index(after) + 1, "explanation")
        self._lay_out(order)

    def _lay_out(self, order: list[str]) -> None:
        self.order_fields(order)
        self.helper.layout = self.helper.build_default_layout(self)


class ResponseForm(RecordForm):
    category = choice(enums.ResponseCategory)
    bm_blasts_pct = QuantityField(unit="%", low=0, high=100, required=False)
    anc_10e9_l = QuantityField(unit="×10⁹/l", low=0, high=200, required=False)
    platelets_10e9_l = QuantityField(unit="×10⁹/l", low=0, high=3000, places=1, required=False)
    extramedullary = YesNoField(required=False)


class MRDForm(RecordForm):
    sample = choice(SAMPLES, initial="marrow")
    method = choice(enums.MRDMethod)
    sensitivity = QuantityField(low=0, high=1, places=10, required=False)
    value = QuantityField(low=0, high=1, places=10, required=False)
    result = choice(enums.MRDResult)
    reported_on = DateField(required=False)


class HCTForm(RecordForm):
    on = DateField(label="Day 0", help_text="The day of infusion.")
    donor = choice(enums.Donor)
    conditioning = choice(enums.Conditioning)


class VODForm(RecordForm):
    on = DateField(label="Onset")
    grade = choice(enums.VODGrade)
    bilirubin_mg_dl = QuantityField(unit="mg/dl", low=0, high=80, required=False)
    resolved = YesNoField(required=False)
    resolved_on = DateField(required=False)


class RelapseForm(RecordForm):
    kind = choice(enums.RelapseKind)
    bm_blasts_pct = QuantityField(unit="%", low=0, high=100, required=False)


class DeathForm(RecordForm):
    on = DateField(label="Date of death")
    cause = choice(enums.CauseOfDeath)


class LastContactForm(RecordForm):
    on = DateField(help_text="The patient was known to be alive on this day.")
    kind = choice(enums.ContactKind)


class WithdrawalForm(RecordForm):
    follow_up_allowed = YesNoField()


class OffTreatmentForm(RecordForm):
    reason_code = choice(enums.OffTreatmentReason)


def cycles() -> forms.IntegerField:
    """Cycles received; blank: not recorded."""
    return forms.IntegerField(min_value=0, max_value=MOST_CYCLES, required=False)


class PastTreatmentForm(RecordForm):
    on = DateField(label="Treatment started on")
    note = note_field(longest=LONGEST_NOTES)
    rituximab = YesNoField(required=False)
    best_response = choice(enums.PastResponse, required=False)
    mrd_method = choice(enums.MRDMethod, required=False)
    best_mrd = choice(enums.MRDResult, required=False)
    mrd_negative_on = DateField(required=False)
    ino_cycles = cycles()
    mini_hcvd_cycles = cycles()
    blina_cycles = cycles()
    maintenance_cycles = cycles()
