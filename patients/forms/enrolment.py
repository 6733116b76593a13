"""The enrolment form: consent, criteria, baseline, planned day 1."""

from collections.abc import Sequence
from typing import Any

from crispy_forms.layout import Column, Fieldset, Layout, LayoutObject
from django import forms
from django.template.loader import render_to_string

from patients.actions.enrolment import Criterion as CriterionAnswer
from patients.enums import Answer, Karyotype, Salvage, Sex
from protocoltracker.fields import DateField, QuantityField
from protocoltracker.pages import BaseForm
from regimens.definition import Criterion
from regimens.models import ProtocolVersion

YES_NO = [("no", "No"), ("yes", "Yes")]
PATIENT = ("sex", "birth_date")
OVERRIDE = ("version", "override_reason")

# Section -> (title, {field: columns of 12}).
SECTIONS = {
    "consent": ("Consent", {"consented_on": "4", "consent_version": "4", "enrolled_on": "4"}),
    "patient": ("Patient", {"sex": "4", "birth_date": "4"}),
    "disease": (
        "Disease at baseline",
        {
            "salvage": "6",
            "cr1_months": "3",
            "prior_hct": "3",
            "cd20_pct": "4",
            "cd22_pct": "4",
            "bm_blasts_pct": "4",
            "wbc_10e9_l": "4",
            "karyotype": "4",
            "ecog": "4",
            "bilirubin_mg_dl": "4",
            "alt_u_l": "4",
            "creatinine_mg_dl": "4",
        },
    ),
    "size": ("Height and weight", {"height_cm": "4", "weight_kg": "4", "measured_on": "4"}),
    "plan": ("Plan", {"planned_day1": "4", "dose_level": "8", "version": "12", "override_reason": "12"}),
}


class Criteria(LayoutObject):
    """The criteria as a table, drawn by patients/_criteria.html."""

    def render(self, form: Any, context: Any, **kwargs: Any) -> str:
        rows = [
            {
                "criterion": criterion,
                "provenance": " ".join(criterion.provenance),
                "answer": form[f"criterion-{criterion.code}"],
                "note": form[f"note-{criterion.code}"],
            }
            for criterion in form.criteria
        ]
        for name in [name for row in rows for name in (row["answer"].name, row["note"].name)]:
            form.rendered_fields.add(name)
        return render_to_string("patients/_criteria.html", {"criteria": rows})


class EnrolmentForm(BaseForm):
    """Everything a new patient needs. Percentages 0-100, heights in cm, weights in kg."""

    consented_on = DateField(label="Consent signed on")
    consent_version = forms.CharField(label="Consent version", max_length=40)
    enrolled_on = DateField(label="Enrolled on")
    sex = forms.ChoiceField(choices=[("", "Choose"), *Sex.choices])
    birth_date = DateField(label="Date of birth")
    salvage = forms.ChoiceField(label="Salvage class", choices=[("", "Choose"), *Salvage.choices])
    cr1_months = QuantityField(
        label="First remission lasted", unit="months", low=0, high=600, places=1, required=False
    )
    prior_hct = forms.ChoiceField(label="Prior transplant (HCT)", choices=[("", "Choose"), *YES_NO])
    cd20_pct = QuantityField(
        label="CD20", unit="%", low=0, high=100, required=False, help_text="Decides orders that depend on it."
    )
    cd22_pct = QuantityField(label="CD22", unit="%", low=0, high=100, required=False)
    bm_blasts_pct = QuantityField(label="Marrow blasts", unit="%", low=0, high=100, required=False)
    wbc_10e9_l = QuantityField(label="White cells", unit="×10⁹/l", low=0, high=2000, required=False)
    karyotype = forms.ChoiceField(choices=[("", "Not known"), *Karyotype.choices], required=False)
    ecog = forms.TypedChoiceField(
        label="ECOG performance status",
        choices=[("", "Not known"), *((str(n), str(n)) for n in range(5))],
        coerce=int,
        empty_value=None,
        required=False,
    )
    bilirubin_mg_dl = QuantityField(label="Bilirubin", unit="mg/dl", low=0, high=60, required=False)
    alt_u_l = QuantityField(label="ALT", unit="U/l", low=0, high=20000, places=1, required=False)
    creatinine_mg_dl = QuantityField(label="Creatinine", unit="mg/dl", low=0, high=30, required=False)
    height_cm = QuantityField(label="Height", unit="cm", low=120, high=220, places=1)
    weight_kg = QuantityField(label="Weight", unit="kg", low=30, high=250, places=1)
    measured_on = DateField(label="Height and weight measured on")
    planned_day1 = DateField(label="Planned day 1", help_text="The whole plan is anchored to this day.")
    dose_level = forms.ChoiceField(
        label="Dose level",
        required=False,
        help_text="Where the version has dose levels; assigned, never inferred.",
    )
    version = forms.ModelChoiceField(
        label="Protocol version",
        queryset=ProtocolVersion.objects.none(),
        required=False,
        empty_label="The version in force on the day of consent",
    )
    override_reason = forms.CharField(
        label="Why another version", widget=forms.Textarea(attrs={"rows": 2}), max_length=500, required=False
    )

    def __init__(
        self,
        *args: Any,
        versions: Sequence[ProtocolVersion],
        criteria: Sequence[Criterion],
        may_override: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        levels = {one.name: one.title for v in versions for one in v.definition.dose_levels}
        level: Any = self.fields["dose_level"]
        level.choices = [("", "None: the version has no dose levels"), *levels.items()]
        if may_override:
            version: Any = self.fields["version"]
            version.queryset = ProtocolVersion.objects.filter(pk__in=[v.pk for v in versions])
        else:
            del self.fields["version"], self.fields["override_reason"]
        for criterion in criteria:
            self._add_criterion(criterion)
        self.helper.layout = self._layout()

    def _layout(self) -> Layout:
        sections = [
            "form_token",
            "row_version",
            *(self._section(title, key, names) for key, (title, names) in SECTIONS.items()),
        ]
        sections.insert(4, Criteria())
        return Layout(*sections)

    def _section(self, title: str, key: str, names: dict[str, str]) -> Fieldset:
        present = [
            Column(name, css_class=f"col-md-{width}") for name, width in names.items() if name in self.fields
        ]
        return Fieldset(title, *present, css_class="pt-panel", css_id=f"s-{key}")

    def steps(self) -> list[dict[str, str]]:
        """The sections with how they stand, for the list beside the form."""
        named = {key: (title, set(names)) for key, (title, names) in SECTIONS.items()}
        answers = {f"{kind}-{c.code}" for c in self.criteria for kind in ("criterion", "note")}
        order = list(named.items())
        order.insert(2, ("eligibility", ("Eligibility", answers)))
        wrong = set(self.errors) if self.is_bound else set()
        return [
            {"id": f"s-{key}", "title": title, "state": "problem" if names & wrong else ""}
            for key, (title, names) in order
        ]

    def _add_criterion(self, criterion: Criterion) -> None:
        self.fields[f"criterion-{criterion.code}"] = forms.ChoiceField(
            label=criterion.text,
            choices=Answer.choices,
            widget=forms.RadioSelect({"class": "form-check-input"}),
            error_messages={"required": "Answer met, not met or not applicable."},
        )
        self.fields[f"note-{criterion.code}"] = forms.CharField(
            label=f"Waiver or explanation: {criterion.text}", required=False, max_length=500
        )

    def answers(self) -> list[CriterionAnswer]:
        data = self.cleaned_data
        return [
            CriterionAnswer(code=c.code, answer=data[f"criterion-{c.code}"], note=data[f"note-{c.code}"])
            for c in self.criteria
        ]

    def baseline(self) -> dict[str, Any]:
        """The fields of Enrolment."""
        own = set(EnrolmentForm.base_fields) - {*PATIENT, *OVERRIDE, "form_token", "row_version"}
        facts = {name: self.cleaned_data[name] for name in own}
        return facts | {"prior_hct": facts["prior_hct"] == "yes"}
