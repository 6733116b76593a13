"""Open a cycle: height and weight fix its doses, and its real day 1 moves what follows."""

import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import F

from patients import policies
from patients.actions import reminders
from patients.actions.materialising import AMOUNT_FIELDS, amount_of
from patients.enums import CycleState
from patients.models import Cycle, Patient, Resumption, ScheduledActivity
from protocoltracker.audit.context import acting
from protocoltracker.records import Refused, check_fresh
from regimens import schedule
from regimens.dosing import Measurements, surface_of
from regimens.limits import PlanError

WEIGHT_CHANGE_TO_CONFIRM = Decimal(10)  # percent; GK, to be confirmed by the study team
MEASUREMENT_AGE = dt.timedelta(days=28)


def locked(patient_id: uuid.UUID) -> Patient:
    """The patient's row, locked: every change of a plan takes this lock first, so two never cross."""
    return Patient.objects.select_for_update().get(pk=patient_id)


def open_cycle(
    *,
    by: Any,
    cycle: Cycle,
    day1: dt.date,
    height_cm: Decimal,
    weight_kg: Decimal,
    measured_on: dt.date,
    today: dt.date,
    reason: str = "",
    weight_confirmed: bool = False,
    row_version: int | None = None,
) -> Cycle:
    """Fix the doses of the patient's next cycle from height (cm) and weight (kg), and give it its real day 1.

    A day 1 other than planned needs a reason, and moves this cycle and all that follow by the same number of days.
    The cycle before counts as completed; what is still unrecorded in it stays on the worklist.
    """
    policies.check_right(by, "record treatment", cycle.patient)
    with acting(by=by, reason=reason.strip() or f"{cycle} opened"):
        patient = locked(cycle.patient_id)
        cycle = Cycle.objects.select_for_update().get(pk=cycle.pk)
        check_fresh(cycle, row_version)
        policies.check_treatable(patient)
        previous = _check_turn(patient, cycle)
        _check_day1(cycle, previous, day1, measured_on, today, reason)
        _check_weight(patient, weight_kg, weight_confirmed, before=cycle)
        move(patient, from_position=cycle.position, days=(day1 - cycle.day1).days)
        cycle.refresh_from_db()
        Cycle.objects.filter(patient=patient, state=CycleState.OPEN).update(state=CycleState.COMPLETED)
        _fix_doses(patient, cycle, Measurements(height_cm, weight_kg, measured_on=measured_on))
        reminders.cancel_cycles([cycle.pk], because="cycle opened")
    return cycle


def next_cycle(patient: Patient) -> Cycle | None:
    """The first cycle that is still only planned."""
    return patient.cycles.filter(state=CycleState.PLANNED).first()


def _check_turn(patient: Patient, cycle: Cycle) -> Cycle | None:
    if cycle.state != CycleState.PLANNED:
        raise Refused(f"{cycle} is {cycle.get_state_display().lower()} already: it cannot be opened.")
    first = next_cycle(patient)
    if first is not None and first.pk != cycle.pk:
        raise Refused(f"{first} comes before {cycle}. Open it, or skip it with a reason.")
    return patient.cycles.filter(state__in=[CycleState.OPEN, CycleState.COMPLETED]).last()


def _check_day1(
    cycle: Cycle, previous: Cycle | None, day1: dt.date, measured_on: dt.date, today: dt.date, reason: str
) -> None:
    if day1 > today + dt.timedelta(days=1):
        raise Refused(
            f"Day 1 on {day1} lies more than a day ahead. Open the cycle on day 1 or the day before, "
            "with the weight of that day.",
            field="day1",
        )
    if previous is not None and day1 <= previous.day1:
        raise Refused(f"Day 1 on {day1} is not after day 1 of {previous} ({previous.day1}).", field="day1")
    enrolment = cycle.patient.enrolment
    if enrolment.consented_on is not None and day1 < enrolment.consented_on:
        raise Refused(f"Day 1 on {day1} lies before the consent of {enrolment.consented_on}.", field="day1")
    if measured_on > today:
        raise Refused(f"Measured on {measured_on}, which lies in the future.", field="measured_on")
    if not day1 - MEASUREMENT_AGE <= measured_on <= day1:
        raise Refused(
            f"Height and weight of {measured_on} are not of the 28 days up to day 1 ({day1}). Measure again.",
            field="measured_on",
        )
    if day1 != cycle.day1 and not reason.strip():
        days = (day1 - cycle.day1).days
        way = "later" if days > 0 else "earlier"
        raise Refused(
            f"Day 1 is {abs(days)} days {way} than planned ({cycle.day1}). Say why.", field="reason"
        )


def weight_change_pct(patient: Patient, weight_kg: Decimal, before: Cycle) -> tuple[Decimal, Decimal]:
    """(former weight in kg, change in percent) against the last cycle opened, or the baseline.

    Of a former patient the baseline is that of the day on which treatment was resumed. Where no former weight is
    known, this one stands for it.
    """
    resumed = Resumption.objects.filter(patient=patient).select_related("cycle").first()
    opened = patient.cycles.filter(position__lt=before.position, weight_kg__isnull=False)
    last = opened.filter(position__gte=resumed.cycle.position if resumed else 0).last()
    known = [row.weight_kg for row in (last, resumed, patient.enrolment) if row and row.weight_kg]
    former = known[0] if known else weight_kg
    return former, (weight_kg - former) / former * 100


def _check_weight(patient: Patient, weight_kg: Decimal, confirmed: bool, *, before: Cycle) -> None:
    former, change = weight_change_pct(patient, weight_kg, before)
    if abs(change) >= WEIGHT_CHANGE_TO_CONFIRM and not confirmed:
        raise Refused(
            f"{weight_kg} kg differs from the last weight, {former} kg, by {change:+.0f} %. Weigh again, "
            "or confirm it with the tick below.",
            field="weight_confirmed",
        )


def move(patient: Patient, *, from_position: int, days: int) -> None:
    """Move every cycle from `from_position` on that was not opened, by `days`. What was given stays.

    Cycles that are skipped or closed move along, so that they come back at their place when that is undone.
    """
    later = patient.cycles.filter(position__gte=from_position, weight_kg__isnull=True)
    shift(patient, dict.fromkeys(later.values_list("pk", flat=True), days))


def shift(patient: Patient, days_of: Mapping[uuid.UUID, int]) -> None:
    """Move cycles that were not opened, with their doses, each by its own number of days."""
    by_days: dict[int, list[uuid.UUID]] = {}
    for pk, days in days_of.items():
        if days:
            by_days.setdefault(days, []).append(pk)
    for days, ids in by_days.items():
        step = dt.timedelta(days=days)
        ScheduledActivity.objects.filter(cycle__in=ids).update(on=F("on") + step, until=F("until") + step)
        patient.cycles.filter(pk__in=ids).update(day1=F("day1") + step)
    moved = [pk for ids in by_days.values() for pk in ids]
    reminders.move(list(ScheduledActivity.objects.filter(cycle__in=moved).values_list("pk", flat=True)))
    reminders.restore_cycles(moved)


def planned_doses(
    patient: Patient, cycle: Cycle, taken: Measurements
) -> dict[tuple[str, int], schedule.PlannedDose]:
    """The doses of a cycle for these measurements, by order and day."""
    enrolment = patient.enrolment
    try:
        doses = schedule.cycle_doses(
            enrolment.protocol_version.definition,
            ref=schedule.CycleRef(cycle.phase, cycle.number, cycle.attempt),
            day1=cycle.day1,
            measurements=taken,
            dose_level=enrolment.dose_level or None,
            cd20_pct=enrolment.cd20_pct,
        )
    except PlanError as error:
        raise Refused(error.message, field=error.field) from error
    return {(dose.order_code, dose.day): dose for dose in doses}


def _fix_doses(patient: Patient, cycle: Cycle, taken: Measurements) -> None:
    doses = planned_doses(patient, cycle, taken)
    activities = list(cycle.activities.select_for_update())
    for activity in activities:
        for name, value in amount_of(doses[activity.order_code, activity.day]).items():
            setattr(activity, name, value)
        activity.provisional = False
    ScheduledActivity.objects.bulk_update(activities, AMOUNT_FIELDS)
    Cycle.objects.filter(pk=cycle.pk).update(
        state=CycleState.OPEN,
        height_cm=taken.height_cm,
        weight_kg=taken.weight_kg,
        measured_on=taken.measured_on,
        bsa_m2=surface_of(taken).rounded,
    )
    cycle.refresh_from_db()
