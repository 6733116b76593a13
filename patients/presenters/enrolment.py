"""What follows from the answers of the enrolment form, and the enrolment as it was recorded."""

import datetime as dt
from typing import Any

from patients.ages import age_on
from patients.enums import Answer
from patients.models import EligibilityAnswer, Enrolment, Patient
from patients.presenters.common import amount, arm_of
from regimens import schedule
from regimens.definition import ProtocolDefinition
from regimens.dosing import Measurements, surface_of
from regimens.limits import PlanError
from regimens.models import ProtocolVersion
from regimens.units import show

UNITS = {
    "cr1_months": "months",
    "cd20_pct": "%",
    "cd22_pct": "%",
    "bm_blasts_pct": "%",
    "wbc_10e9_l": "×10⁹/l",
    "bilirubin_mg_dl": "mg/dl",
    "alt_u_l": "U/l",
    "creatinine_mg_dl": "mg/dl",
    "height_cm": "cm",
    "weight_kg": "kg",
}
GROUPS = {
    "Consent and plan": (
        "consented_on",
        "consent_version",
        "enrolled_on",
        "protocol_version",
        "arm",
        "dose_level",
        "override_reason",
        "planned_day1",
    ),
    "Disease at baseline": (
        "salvage",
        "cr1_months",
        "prior_hct",
        "cd20_pct",
        "cd22_pct",
        "bm_blasts_pct",
        "wbc_10e9_l",
        "karyotype",
        "ecog",
        "bilirubin_mg_dl",
        "alt_u_l",
        "creatinine_mg_dl",
    ),
    "Height and weight": ("height_cm", "weight_kg", "measured_on"),
}


def derived(values: dict[str, Any], *, version: ProtocolVersion | None, fault: str) -> list[dict[str, Any]]:
    """Lines of the panel beside the form; only what the answers so far decide."""
    lines: list[dict[str, Any]] = []
    if values.get("birth_date") and values.get("consented_on"):
        age = age_on(values["birth_date"], values["consented_on"])
        lines.append(
            {
                "label": "Age at consent",
                "value": f"{age} years",
                "note": "a minor: check the consent" if age < 18 else "",
            }
        )
    if version is None:
        if fault:
            lines.append({"label": "Version in force", "value": "none", "note": fault})
        return lines + _size(values)
    definition = version.definition
    lines.append(
        {
            "label": "Version",
            "value": str(version),
            "note": fault,
            "source": " ".join(definition.effective_on.provenance),
        }
    )
    lines.append(
        {"label": "Arm", "value": definition.arms[0].title, "arm": 1 if version.name == "original" else 2}
    )
    if definition.dose_levels and not values.get("dose_level"):
        lines.append({"label": "Dose level", "value": "–", "note": "This version needs one."})
    return lines + _conditions(values, definition) + _size(values) + _plan(values, definition)


def _size(values: dict[str, Any]) -> list[dict[str, Any]]:
    if not (values.get("height_cm") and values.get("weight_kg")):
        return []
    taken = Measurements(values["height_cm"], values["weight_kg"])
    surface = surface_of(taken)
    return [
        {
            "label": "Body surface area",
            "value": f"{surface.rounded} m²",
            "note": surface.workings(taken),
            "source": "C",
        }
    ]


def _conditions(values: dict[str, Any], definition: ProtocolDefinition) -> list[dict[str, Any]]:
    """Orders that depend on a fact: planned or not, and why."""
    found: dict[str, dict[str, Any]] = {}
    for phase in definition.phases:
        for template in phase.templates:
            for order in template.orders:
                if order.condition is not None:
                    value = values.get(order.condition.fact)
                    met = order.condition.met(value)
                    limit = f"from {show(order.condition.at_least)} % on"
                    known = "not known" if value is None else f"{show(value)} %"
                    found[order.code] = {
                        "label": order.drug.value.capitalize(),
                        "value": "planned" if met else "not planned",
                        "note": f"{limit}; {known}",
                        "source": " ".join(order.condition.provenance),
                    }
    return list(found.values())


def _plan(values: dict[str, Any], definition: ProtocolDefinition) -> list[dict[str, Any]]:
    day1 = values.get("planned_day1")
    if not isinstance(day1, dt.date):
        return []
    try:
        cycles = schedule.lay_out(definition, start=day1)
    except PlanError as error:
        return [{"label": "Plan", "value": "–", "note": error.message}]
    dates = [{"label": f"{cycle.short} {cycle.number}", "on": cycle.day1} for cycle in cycles[:8]]
    last = cycles[-1].last_day
    return [
        {
            "label": "Plan",
            "value": f"{len(cycles)} cycles",
            "note": f"nominal end {last}; provisional until opened",
            "dates": dates,
        }
    ]


def recorded(patient: Patient) -> list[dict[str, Any]]:
    """The enrolment in groups of (label, value)."""
    enrolment = patient.enrolment
    age = age_on(patient.birth_date, enrolment.consented_on or enrolment.enrolled_on)
    person = [
        {"label": "Sex", "value": patient.get_sex_display()},
        {"label": "Date of birth", "value": patient.birth_date.isoformat()},
        {"label": f"Age at {'consent' if enrolment.consented_on else 'enrolment'}", "value": f"{age} years"},
    ]
    groups = [{"title": "Patient", "rows": person}]
    for title, names in GROUPS.items():
        groups.append(
            {"title": title, "rows": [row for name in names if (row := _fact(patient, enrolment, name))]}
        )
    return groups


def _fact(patient: Patient, enrolment: Enrolment, name: str) -> dict[str, str] | None:
    field: Any = Enrolment._meta.get_field(name)
    value = getattr(enrolment, name)
    if name in ("dose_level", "override_reason") and not value:
        return None
    if name == "arm":
        text = arm_of(patient).label
    elif value is None or value == "":
        text = "not known"
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif field.choices:
        text = dict(field.flatchoices)[value]
    elif name in UNITS:
        text = amount(value, UNITS[name])
    else:
        text = str(value)
    label = str(field.verbose_name)
    return {"label": label[:1].upper() + label[1:], "value": text}


def answers(patient: Patient, rows: list[EligibilityAnswer]) -> list[dict[str, Any]]:
    """The criteria in the protocol's order, in the words they had on that day."""
    order = {c.code: n for n, c in enumerate(patient.enrolment.protocol_version.definition.criteria)}
    tags = {Answer.MET: "done", Answer.NOT_MET: "warning", Answer.NOT_APPLICABLE: "information"}
    return [
        {
            "text": row.text,
            "state": tags[Answer(row.answer)],
            "word": row.get_answer_display(),
            "note": row.note,
        }
        for row in sorted(rows, key=lambda row: order.get(row.code, 999))
    ]
