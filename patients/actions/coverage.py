"""What a closure covers, and what the closures that stand make of the patient's state. Reads only."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from patients import facts, kinds
from patients.enums import ActivityState, ClosureCause, CycleState, PatientState
from patients.models import Closure, Cycle, Patient, ScheduledActivity

OPEN_ACTIVITY = (ActivityState.PLANNED, ActivityState.HELD)
OPEN_CYCLE = (CycleState.PLANNED, CycleState.OPEN)

# What the patient's state becomes; where several closures stand, the first of these states holds.
STATE_AFTER = {
    ClosureCause.ENROLLED_IN_ERROR: PatientState.ENROLLED_IN_ERROR,
    ClosureCause.DEATH: PatientState.DEAD,
    ClosureCause.WITHDRAWAL: PatientState.WITHDRAWN,
    ClosureCause.RELAPSE: PatientState.OFF_TREATMENT,
    ClosureCause.HCT: PatientState.OFF_TREATMENT,
    ClosureCause.OFF_TREATMENT: PatientState.OFF_TREATMENT,
    ClosureCause.HISTORICAL: PatientState.OFF_TREATMENT,
}
WHOLE_PLAN = frozenset(STATE_AFTER)


def standing(patient: Patient) -> list[Closure]:
    """Closures that were not undone, the newest first."""
    return list(patient.closures.filter(undone_at__isnull=True).order_by("-created_at", "-pk"))


def of_event(event_id: uuid.UUID) -> Closure | None:
    """The standing closure that a recorded event caused."""
    return Closure.objects.filter(event_id=event_id, undone_at__isnull=True).select_related("patient").first()


def stopped_drugs(patient: Patient) -> set[str]:
    """Drugs that are stopped for good, in every cycle opened or planned from now on."""
    return {drug for closure in standing(patient) for drug in closure.drugs}


def stop_drugs_of(patient: Patient, kind: kinds.Kind) -> tuple[str, ...]:
    return facts.stop_drugs(patient, kind.slug) if kind.closes_stop_drugs else ()


def reach(patient: Patient, kind: kinds.Kind, drugs: Iterable[str]) -> tuple[QuerySet, QuerySet]:
    """Activities and cycles in reach of an event, whatever their state."""
    if kind.closes_stop_drugs:
        return patient.activities.filter(drug__in=list(drugs)), patient.cycles.none()
    return patient.activities.all(), patient.cycles.all()


def covered_activities(closure: Closure) -> QuerySet:
    activities = ScheduledActivity.objects.filter(patient_id=closure.patient_id)
    if closure.drugs:
        return activities.filter(drug__in=closure.drugs)
    return activities if closure.activity_ids is None else activities.filter(pk__in=closure.activity_ids)


def covered_cycles(closure: Closure) -> QuerySet:
    cycles = Cycle.objects.filter(patient_id=closure.patient_id)
    if closure.drugs:
        return cycles.none()
    return cycles if closure.cycle_ids is None else cycles.filter(pk__in=closure.cycle_ids)


def closed_as(closure: Closure) -> CycleState:
    return CycleState.SKIPPED if closure.cause == ClosureCause.CYCLE_SKIPPED else CycleState.CLOSED


def causes(closures: Iterable[Closure]) -> list[ClosureCause]:
    return [ClosureCause(closure.cause) for closure in closures]


def state_of(causes: Iterable[ClosureCause]) -> PatientState:
    held = set(causes)
    return next((state for cause, state in STATE_AFTER.items() if cause in held), PatientState.ON_TREATMENT)


def ids(rows: Any) -> list[uuid.UUID]:
    return list(rows.values_list("pk", flat=True))
