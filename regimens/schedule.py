"""The plan: which dose is due on which day. A pure function of the protocol and the facts of a patient.

Dates are calendar days at the patient's site. A cycle of 28 days with day 1 on 2020-01-01 has its last day on
2020-01-28; the next cycle starts on 2020-01-29. Doses are provisional until their cycle is opened with a height
and weight of its own. Not an order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from regimens.definition import Arm, DoseLevel, Order, Phase, ProtocolDefinition, Step
from regimens.dosing import Dose, Measurements, dose
from regimens.layout import check_whole_cycle, lay_out
from regimens.limits import CD20, PlanError
from regimens.planned import NO_OVERRIDES, CycleRef, Overrides, Plan, PlannedCycle, PlannedDose
from regimens.provenance import Provenance, is_to_be_confirmed, merge

__all__ = [
    "NO_OVERRIDES",
    "CycleRef",
    "Overrides",
    "Plan",
    "PlannedCycle",
    "PlannedDose",
    "check_arm",
    "check_dose_level",
    "cycle_doses",
    "lay_out",
    "plan",
]


def plan(
    definition: ProtocolDefinition,
    *,
    arm: str,
    dose_level: str | None,
    start: date,
    measurements: Measurements,
    cd20_pct: Decimal | None = None,
    overrides: Overrides = NO_OVERRIDES,
) -> Plan:
    """The whole treatment with every dose, all for one height and weight. PlanError says what is wrong.

    `cd20_pct` None: not known, so an order that depends on it is not planned.
    """
    check_arm(definition, arm)
    check_dose_level(definition, dose_level)
    patient = _Patient(definition, measurements, dose_level, _facts(cd20_pct))
    phases = {phase.name: phase for phase in definition.phases}
    cycles = tuple(
        replace(cycle, doses=_rows(phases[cycle.phase], cycle.ref, cycle.day1, patient))
        for cycle in lay_out(definition, start=start, overrides=overrides)
    )
    return Plan(definition.name, arm, dose_level, cycles)


def cycle_doses(
    definition: ProtocolDefinition,
    *,
    ref: CycleRef,
    day1: date,
    measurements: Measurements,
    dose_level: str | None,
    cd20_pct: Decimal | None = None,
) -> tuple[PlannedDose, ...]:
    """The doses of one cycle, for the height and weight it is opened with. PlanError says what is wrong."""
    check_dose_level(definition, dose_level)
    phase = definition.phase(ref.phase)
    if phase is None or ref.number not in phase.numbers:
        raise PlanError(f"The {definition.name} version has no cycle {ref}.", field="cycle")
    check_whole_cycle(day1, phase.cycle_length.value)
    return _rows(phase, ref, day1, _Patient(definition, measurements, dose_level, _facts(cd20_pct)))


def check_arm(definition: ProtocolDefinition, arm: str) -> Arm:
    """The arm of this version with that name; PlanError names those that there are."""
    for candidate in definition.arms:
        if candidate.name == arm:
            return candidate
    names = " or ".join(candidate.name for candidate in definition.arms)
    message = f"The {definition.name} version has only the arm {names}; {arm!r:.60} is not part of it."
    raise PlanError(message, field="arm")


def check_dose_level(definition: ProtocolDefinition, level: str | None) -> DoseLevel | None:
    """The dose level of this version with that name, None where the version has none; PlanError otherwise."""
    if not definition.dose_levels:
        if level is None:
            return None
        message = f"The {definition.name} version has no dose levels; leave it out."
        raise PlanError(message, field="dose_level")
    for candidate in definition.dose_levels:
        if candidate.name == level:
            return candidate
    names = " or ".join(candidate.name for candidate in definition.dose_levels)
    problem = "One has to be chosen" if level is None else f"{level!r:.60} is none of them"
    raise PlanError(
        f"The {definition.name} version has the dose levels {names}. {problem}.", field="dose_level"
    )


@dataclass(frozen=True, slots=True)
class _Patient:
    """What the doses of a treatment depend on."""

    definition: ProtocolDefinition
    measurements: Measurements
    level: str | None
    facts: Mapping[str, Decimal | None]

    def may_have(self, order: Order) -> bool:
        return order.condition is None or order.condition.met(self.facts[order.condition.fact])

    def dose(self, step: Step) -> Dose:
        return dose(step, self.measurements, level=self.level, formula=self.definition.bsa_formula.value)


def _facts(cd20_pct: Decimal | None) -> dict[str, Decimal | None]:
    return {"cd20_pct": None if cd20_pct is None else CD20.check(cd20_pct)}


def _rows(phase: Phase, ref: CycleRef, day1: date, patient: _Patient) -> tuple[PlannedDose, ...]:
    """The rows of a cycle by day; rows of one day in the order of the file."""
    rows: list[PlannedDose] = []
    for order in phase.orders(ref.number):
        if patient.may_have(order):
            for step in order.steps:
                rows += _step_rows(ref, day1, order, step, patient.dose(step))
    return tuple(sorted(rows, key=lambda row: row.day))


def _step_rows(ref: CycleRef, day1: date, order: Order, step: Step, worked: Dose) -> list[PlannedDose]:
    """A row for each day, or one for the whole span."""
    days = step.days.value
    spans = [(days[0], days[-1])] if order.pattern.is_span else [(day, None) for day in days]
    provenance, unconfirmed = _sources(order, step, worked)
    return [
        PlannedDose(
            ref=ref,
            order_code=order.code,
            drug=order.drug.value,
            route=order.route.value,
            day=first,
            date=day1 + timedelta(days=first - 1),
            until_day=last,
            until=None if last is None else day1 + timedelta(days=last - 1),
            times_per_day=order.times_per_day.value,
            protocol_dose=worked.rule.value,
            protocol_unit=worked.rule.unit,
            bsa=worked.bsa,
            dose=worked.value,
            dose_unit=worked.unit,
            provenance=provenance,
            unconfirmed=unconfirmed,
            second_person=order.second_person,
            pattern=order.pattern,
            infusion_hours=order.infusion_hours,
            note=order.note,
            workings=worked,
        )
        for first, last in spans
    ]


def _sources(order: Order, step: Step, worked: Dose) -> tuple[Provenance, tuple[str, ...]]:
    """The tags of all values behind a row, and the names of those that are to be confirmed."""
    tags = {
        "drug": order.drug.provenance,
        "dose": worked.provenance,
        "days": step.days.provenance,
        "times per day": order.times_per_day.provenance,
        "route": order.route.provenance,
    }
    if order.condition is not None:
        tags["condition"] = order.condition.provenance
    unconfirmed = tuple(name for name in tags if is_to_be_confirmed(tags[name]))
    return merge(*tags.values()), unconfirmed
