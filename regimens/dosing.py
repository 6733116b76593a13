"""From a line of the protocol and the measurements of a patient to one dose, with its workings.

The body surface is rounded once to 2 decimals, the dose last to 3, both half up, before any rounding to vials
or tablets. Units: cm, kg, m2; doses in mg, or in ug a day for an infusion by the day. Not an order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from regimens.bsa import BSA_DECIMALS, FORMULAS, body_surface
from regimens.definition import DoseRule, Step
from regimens.limits import HEIGHT, WEIGHT, PlanError
from regimens.provenance import Provenance, merge
from regimens.units import CLINICAL, Quantity, round_half_up, show, show_unit

DOSE_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Measurements:
    """Height and weight behind a dose, and the day they were taken (None: not known). PlanError out of range."""

    height_cm: Decimal
    weight_kg: Decimal
    measured_on: date | None = None

    def __post_init__(self) -> None:
        height, weight = HEIGHT.check(self.height_cm), WEIGHT.check(self.weight_kg)
        object.__setattr__(self, "height_cm", height)
        object.__setattr__(self, "weight_kg", weight)


@dataclass(frozen=True, slots=True)
class BodySurface:
    """The body surface behind a dose, in m2."""

    formula: str
    unrounded: Decimal
    rounded: Decimal

    def workings(self, measurements: Measurements) -> str:
        """√(165 × 63.4 ÷ 3600) = 1.70465 → 1.70 m²"""
        sum_ = FORMULAS[self.formula].with_numbers(measurements.height_cm, measurements.weight_kg)
        return f"{sum_} = {round_half_up(self.unrounded, 5)} → {self.rounded} m²"


@dataclass(frozen=True, slots=True)
class Dose:
    """One administration (one day of an infusion): `value` in `unit`, and how it came about."""

    value: Decimal  # 3 decimals
    unit: str
    rule: DoseRule
    measurements: Measurements
    surface: BodySurface | None  # None: the dose does not depend on it
    raw: Decimal  # before cap and rounding
    cap_applied: bool
    provenance: Provenance  # of the dose, with its cap where that decides

    @property
    def bsa(self) -> Decimal | None:
        return None if self.surface is None else self.surface.rounded

    def workings(self) -> tuple[tuple[str, str], ...]:
        """The receipt as (label, text) lines, in the order a person checks them."""
        return tuple(_workings(self))


def dose(
    step: Step, measurements: Measurements, *, level: str | None = None, formula: str = "mosteller"
) -> Dose:
    """The dose of one step for these measurements. PlanError when no rule fits the dose level and weight."""
    rule = rule_for(step, measurements, level=level)
    surface = surface_of(measurements, formula) if rule.per_m2 else None
    raw = rule.value if surface is None else CLINICAL.multiply(rule.value, surface.rounded)
    cap = rule.at_most
    capped = cap is not None and raw > cap.value.value
    amount = cap.value.value if cap is not None and capped else raw
    return Dose(
        value=round_half_up(amount, DOSE_DECIMALS),
        unit=rule.given_in,
        rule=rule,
        measurements=measurements,
        surface=surface,
        raw=raw,
        cap_applied=capped,
        provenance=merge(rule.provenance, cap.provenance) if cap and capped else rule.provenance,
    )


def rule_for(step: Step, measurements: Measurements, *, level: str | None) -> DoseRule:
    """The one rule of a step for this dose level and weight; loading makes sure there is no second."""
    for rule in step.rules:
        if rule.applies(level, measurements.weight_kg):
            return rule
    raise PlanError(f"No dose is defined for dose level {level or 'none'}.", field="dose_level")


def surface_of(measurements: Measurements, formula: str = "mosteller") -> BodySurface:
    """Body surface by one of the formulas in regimens.bsa; PlanError when `formula` is none of them."""
    if formula not in FORMULAS:
        raise PlanError(f"Formula {formula!r:.40} is not one of {', '.join(FORMULAS)}.", field="formula")
    return BodySurface(formula, *body_surface(formula, measurements.height_cm, measurements.weight_kg))


def _workings(dose: Dose) -> list[tuple[str, str]]:
    lines = [("Protocol dose", str(dose.rule.quantity))]
    if dose.rule.level is not None:
        lines.append(("Dose level", dose.rule.level))
    lines += _weight_lines(dose)
    if dose.surface is None:
        return [*lines, ("Body surface", "not used: the dose is flat"), _result(dose)]
    title = f"Body surface, {FORMULAS[dose.surface.formula].title}"
    product = f"{show(dose.rule.value)} × {dose.surface.rounded} = {show(dose.raw)} {show_unit(dose.unit)}"
    return [
        *lines,
        (title, dose.surface.workings(dose.measurements)),
        ("Before rounding", product),
        _cap(dose),
        _result(dose),
    ]


def _weight_lines(dose: Dose) -> list[tuple[str, str]]:
    """Height and weight where the dose depends on them; the weight also where it chooses the dose."""
    taken, rule = dose.measurements, dose.rule
    day = f", {taken.measured_on.isoformat()}" if taken.measured_on else ""
    weight = ("Weight", f"{show(taken.weight_kg)} kg{day}")
    height = ("Height", f"{show(taken.height_cm)} cm{day}")
    band = [f"{show(rule.from_kg)} kg and above"] if rule.from_kg is not None else []
    band += [f"below {show(rule.below_kg)} kg"] if rule.below_kg is not None else []
    lines = [height, weight] if rule.per_m2 else [weight] if band else []
    return lines + ([("Weight rule", ", ".join(band))] if band else [])


def _cap(dose: Dose) -> tuple[str, str]:
    if dose.rule.at_most is None:
        return "Cap", "none"
    reached = "applied" if dose.cap_applied else "not reached"
    return "Cap", f"at most {dose.rule.at_most.value}, {reached}"


def _result(dose: Dose) -> tuple[str, str]:
    return "Dose", str(Quantity(dose.value, dose.unit))


__all__ = ["BSA_DECIMALS", "DOSE_DECIMALS", "BodySurface", "Dose", "Measurements", "dose", "surface_of"]
