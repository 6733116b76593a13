"""Resume the treatment of a former patient here: from a chosen cycle on, its plan stands and is due again.

Where a past course was entered, the rest of that plan comes back, moved to the new day 1 and worked out anew; otherwise
the rest of the protocol is planned for the first time. What lies before the chosen cycle is never due.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from patients import policies
from patients.actions import closures
from patients.actions.coverage import WHOLE_PLAN, ids, standing
from patients.actions.cycles import locked, move, planned_doses
from patients.actions.materialising import AMOUNT_FIELDS, amount_of, store_plan
from patients.enums import ClosureCause, CycleState
from patients.models import Closure, Cycle, Enrolment, PastTreatment, Patient, Resumption, ScheduledActivity
from protocoltracker.audit.context import acting
from protocoltracker.records import Refused, check_fresh
from regimens import schedule
from regimens.dosing import Measurements
from regimens.limits import PlanError
from regimens.planned import CycleRef, Overrides, PlannedCycle


@dataclass(frozen=True, kw_only=True)
class NewStart:
    """The cycle that comes next, with its day 1. Height in cm, weight in kg. `dose_level` "": the recorded one."""

    phase: str
    number: int
    day1: dt.date
    height_cm: Decimal
    weight_kg: Decimal
    measured_on: dt.date
    dose_level: str = ""

    @property
    def ref(self) -> CycleRef:
        return CycleRef(self.phase, self.number)


def resume(
    *, by: Any, patient: Patient, start: NewStart, today: dt.date, reason: str, row_version: int | None = None
) -> Cycle:
    """The patient is on treatment again, from the chosen cycle on; the cycle. Raises Denied, Refused or Stale."""
    if not reason.strip():
        raise Refused("Say why treatment is resumed: the history shows it.", field="reason")
    policies.check_right(by, "resume treatment", patient)
    with acting(by=by, reason=f"treatment resumed: {reason.strip()}"):
        check_fresh(locked(patient.pk), row_version)
        patient = Patient.objects.select_related("site", "enrolment__protocol_version").get(pk=patient.pk)
        closure = check_resumable(patient)
        plan = rest_of_plan(patient=patient, start=start, today=today)
        if start.dose_level and start.dose_level != patient.enrolment.dose_level:
            Enrolment.objects.filter(pk=patient.enrolment.pk).update(dose_level=start.dose_level)
            patient.enrolment.dose_level = start.dose_level
        if patient.cycles.exists():
            _bring_back(patient, closure, start, by=by, reason=reason)
        else:
            store_plan(patient, plan, by=by)
            closures.lift(closure, patient=patient)
        closures.settle(patient=patient, by=by, reason="a drug stopped for good stays closed")
        cycle = patient.cycles.get(phase=start.phase, number=start.number, attempt=1)
        Resumption.objects.create(patient=patient, cycle=cycle, created_by=by, **_size(start))
    return cycle


def check_resumable(patient: Patient) -> Closure:
    """What closed the former patient's record; Refused with what stands in the way."""
    if not patient.enrolment.historical:
        raise Refused(
            f"Patient {patient} was enrolled here, not before this record: undo what closed the plan if it was "
            "a mistake."
        )
    closed = [closure for closure in standing(patient) if closure.cause in WHOLE_PLAN]
    others = [closure for closure in closed if closure.cause != ClosureCause.HISTORICAL]
    if others:
        named = ", ".join(f"“{closure}”" for closure in others)
        raise Refused(
            f"Treatment of patient {patient} cannot be resumed: {named} closed it. If that is a mistake, mark the "
            "event as entered in error first."
        )
    if not closed:
        raise Refused(f"Patient {patient} is on treatment already.")
    return closed[0]


def choices(patient: Patient) -> list[tuple[str, str]]:
    """(phase and number, what pages call it) of the cycles that may come next: those not received yet."""
    if patient.cycles.exists():
        last = _last_received(patient)
        later = patient.cycles.filter(position__gt=last.position if last else 0, attempt=1)
        return [(f"{cycle.phase} {cycle.number}", cycle.label) for cycle in later]
    planned = schedule.lay_out(patient.enrolment.protocol_version.definition, start=dt.date(2000, 1, 1))
    return [(str(cycle.ref), f"{cycle.short} {cycle.number}") for cycle in planned]


def rest_of_plan(*, patient: Patient, start: NewStart, today: dt.date) -> Sequence[PlannedCycle]:
    """The plan from the chosen cycle on, worked out with the new measurements. Refused with the field."""
    definition = patient.enrolment.protocol_version.definition
    _check(patient, start, today)
    order = [cycle.ref for cycle in schedule.lay_out(definition, start=start.day1)]
    if start.ref not in order:
        raise Refused(f"The {definition.name} version has no cycle {start.ref}.", field="cycle")
    before = order[: order.index(start.ref)]
    try:
        return schedule.plan(
            definition,
            arm=patient.enrolment.arm,
            dose_level=start.dose_level or patient.enrolment.dose_level or None,
            start=start.day1,
            measurements=Measurements(start.height_cm, start.weight_kg, measured_on=start.measured_on),
            cd20_pct=patient.enrolment.cd20_pct,
            overrides=Overrides(skipped=frozenset(before)),
        ).cycles
    except PlanError as error:
        raise Refused(error.message, field={"start": "day1"}.get(error.field, error.field)) from error


def _check(patient: Patient, start: NewStart, today: dt.date) -> None:
    level = patient.enrolment.dose_level
    if start.dose_level and level and start.dose_level != level:
        raise Refused(f"Dose level {level} is recorded; leave it as it is.", field="dose_level")
    if start.measured_on > today:
        raise Refused(f"Measured on {start.measured_on}, which lies in the future.", field="measured_on")
    if start.measured_on > start.day1:
        raise Refused(
            f"Measured on {start.measured_on}, after day 1 ({start.day1}). Give the height and weight of before.",
            field="measured_on",
        )
    before = _last_received(patient)
    if before is not None and start.day1 <= before.day1:
        raise Refused(
            f"{start.day1} is not after day 1 of {before} ({before.day1}). Choose a later day.", field="day1"
        )
    if before is not None and before.position >= _position(patient, start):
        raise Refused(f"{before} was received already: choose a later cycle.", field="cycle")
    past = PastTreatment.objects.filter(patient=patient).standing().first()
    if past is not None and start.day1 <= past.on:
        raise Refused(f"{start.day1} is not after the start of treatment ({past.on}).", field="day1")


def _last_received(patient: Patient) -> Cycle | None:
    return patient.cycles.filter(state=CycleState.COMPLETED).last()


def _position(patient: Patient, start: NewStart) -> int:
    cycle = patient.cycles.filter(phase=start.phase, number=start.number, attempt=1).first()
    if cycle is None:
        raise Refused(
            f"The plan of patient {patient} has no cycle {start.ref}: choose another.", field="cycle"
        )
    return cycle.position


def _bring_back(patient: Patient, closure: Closure, start: NewStart, *, by: Any, reason: str) -> None:
    """What lies before the chosen cycle stays closed, as skipped; the rest comes back at its new days."""
    position = _position(patient, start)
    _leave_out(patient, position, start, by=by, reason=reason)
    closures.lift(closure, patient=patient)
    cycle = patient.cycles.get(position=position)
    move(patient, from_position=position, days=(start.day1 - cycle.day1).days)
    taken = Measurements(start.height_cm, start.weight_kg, measured_on=start.measured_on)
    for later in patient.cycles.filter(position__gte=position):
        doses = planned_doses(patient, later, taken)
        rows = list(later.activities.all())
        for row in rows:
            for name, value in amount_of(doses[row.order_code, row.day]).items():
                setattr(row, name, value)
        ScheduledActivity.objects.bulk_update(rows, [name for name in AMOUNT_FIELDS if name != "provisional"])


def _leave_out(patient: Patient, position: int, start: NewStart, *, by: Any, reason: str) -> None:
    """A closure of its own for cycles that are passed over, and for what of the past course was not given."""
    cycles = patient.cycles.filter(position__lt=position, closed_by__isnull=False)
    activities = patient.activities.filter(cycle__position__lt=position, closed_by__isnull=False)
    if activities.exists():
        Closure.objects.create(
            patient=patient,
            cause=ClosureCause.CYCLE_SKIPPED,
            on=start.day1,
            cycle_ids=ids(cycles),
            activity_ids=ids(activities),
            patient_state_before=patient.state,
            created_by=by,
        )


def _size(start: NewStart) -> dict[str, Any]:
    return {"height_cm": start.height_cm, "weight_kg": start.weight_kg, "measured_on": start.measured_on}
