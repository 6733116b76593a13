"""From the pure plan to rows: cycles and scheduled activities."""

from collections.abc import Iterable, Sequence
from typing import Any

from patients.models import Cycle, Patient, ScheduledActivity
from regimens.schedule import PlannedCycle, PlannedDose


def store_plan(patient: Patient, cycles: Sequence[PlannedCycle], *, by: Any) -> None:
    """Write the whole plan of a new patient; its doses are provisional until a cycle is opened."""
    rows = [
        new_cycle(patient, cycle, position=position, by=by) for position, cycle in enumerate(cycles, start=1)
    ]
    Cycle.objects.bulk_create(rows)
    activities = (
        activity
        for row, cycle in zip(rows, cycles, strict=True)
        for activity in activities_of(row, cycle.doses, provisional=True, by=by)
    )
    ScheduledActivity.objects.bulk_create(activities, batch_size=1000)


def new_cycle(patient: Patient, cycle: PlannedCycle, *, position: int, by: Any, attempt: int = 1) -> Cycle:
    return Cycle(
        patient=patient,
        position=position,
        phase=cycle.phase,
        number=cycle.number,
        label=f"{cycle.short} {cycle.number}",
        attempt=attempt,
        course_number=cycle.course_number,
        planned_day1=cycle.day1,
        day1=cycle.day1,
        length_days=cycle.length_days,
        created_by=by,
    )


def activities_of(
    cycle: Cycle, doses: Iterable[PlannedDose], *, provisional: bool, by: Any
) -> Iterable[ScheduledActivity]:
    """One row a dose: an order given twice a day has two slots; an infusion or a daily drug is one row with `until`."""
    for dose in doses:
        slots = 1 if dose.until else dose.times_per_day
        for slot in range(1, slots + 1):
            yield ScheduledActivity(
                patient_id=cycle.patient_id,
                cycle=cycle,
                slot=slot,
                planned_on=dose.date,
                on=dose.date,
                until=dose.until,
                provisional=provisional,
                created_by=by,
                **order_of(dose),
                **amount_of(dose),
            )


def order_of(dose: PlannedDose) -> dict[str, Any]:
    """What the protocol orders, whatever the patient weighs."""
    return {
        "order_code": dose.order_code,
        "drug": dose.drug,
        "route": dose.route,
        "day": dose.day,
        "times_per_day": dose.times_per_day,
        "second_person": dose.second_person,
    }


def amount_of(dose: PlannedDose) -> dict[str, Any]:
    """What height and weight decide; fixed when the cycle is opened."""
    return {
        "protocol_dose": dose.protocol_dose,
        "protocol_unit": dose.protocol_unit,
        "dose": dose.dose,
        "dose_unit": dose.dose_unit,
        "bsa_m2": dose.bsa,
        "workings": [list(line) for line in dose.workings.workings()],
        "provenance": " ".join(dose.provenance),
        "to_be_confirmed": dose.to_be_confirmed,
    }


AMOUNT_FIELDS = (
    "protocol_dose",
    "protocol_unit",
    "dose",
    "dose_unit",
    "bsa_m2",
    "workings",
    "provenance",
    "to_be_confirmed",
    "provisional",
)
