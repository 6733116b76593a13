"""Depart from the sequence of cycles: skip one, repeat one, end a phase early. What follows starts on a day given."""

import datetime as dt
import uuid
from typing import Any

from django.db.models import F

from patients import policies
from patients.actions import closures
from patients.actions.cycles import locked, move, planned_doses, shift
from patients.actions.materialising import activities_of
from patients.enums import ClosureCause, CycleState
from patients.models import Closure, Cycle, Patient, ScheduledActivity
from protocoltracker.audit.context import acting
from protocoltracker.records import Refused, check_fresh


def skip_cycle(
    *, by: Any, cycle: Cycle, next_on: dt.date | None, reason: str, row_version: int | None = None
) -> None:
    """Skip a planned cycle. The cycle after it starts on `next_on` (None: where it stands)."""
    _needs_reason(reason)
    policies.check_right(by, "change course", cycle.patient)
    with acting(by=by, reason=reason):
        patient = locked(cycle.patient_id)
        cycle = Cycle.objects.select_for_update().get(pk=cycle.pk)
        check_fresh(cycle, row_version)
        policies.check_treatable(patient)
        if cycle.state != CycleState.PLANNED:
            raise Refused(
                f"{cycle} is {cycle.get_state_display().lower()}: only a planned cycle can be skipped."
            )
        _close(patient, ClosureCause.CYCLE_SKIPPED, [cycle], next_on, by=by, reason=reason)


def end_phase(
    *, by: Any, cycle: Cycle, next_on: dt.date | None, reason: str, row_version: int | None = None
) -> None:
    """End the phase of `cycle`: none of its planned cycles is given. The next phase starts on `next_on`."""
    _needs_reason(reason)
    policies.check_right(by, "change course", cycle.patient)
    with acting(by=by, reason=reason):
        patient = locked(cycle.patient_id)
        cycle = Cycle.objects.select_for_update().get(pk=cycle.pk)
        check_fresh(cycle, row_version)
        policies.check_treatable(patient)
        ending = list(remaining_of_phase(patient, cycle))
        if not ending:
            raise Refused(f"Nothing of this phase is still planned after {cycle}: there is nothing to end.")
        _close(patient, ClosureCause.PHASE_ENDED, ending, next_on, by=by, reason=reason)


def remaining_of_phase(patient: Patient, cycle: Cycle) -> Any:
    """Planned cycles of the phase of `cycle`, itself included while it is planned."""
    return patient.cycles.filter(phase=cycle.phase, state=CycleState.PLANNED)


def following(patient: Patient, after: int, without: list[Cycle]) -> Cycle | None:
    """The first planned cycle after a position, leaving out those that go."""
    gone = [cycle.pk for cycle in without]
    return patient.cycles.filter(position__gt=after, state=CycleState.PLANNED).exclude(pk__in=gone).first()


def shifts(patient: Patient, gone: list[Cycle], next_on: dt.date | None) -> dict[uuid.UUID, int]:
    """Days by which each cycle after `gone` moves, when the first of them starts on `next_on` (None: as it stands).

    The gaps that cycles in between leave are closed: what follows keeps its distance to what is really given before.
    Cycles that were skipped or closed earlier move along with their place.
    """
    first = min(cycle.position for cycle in gone)
    follower = following(patient, first, gone)
    if follower is None:
        return {}
    days = 0 if next_on is None else (next_on - follower.day1).days
    leaving = {cycle.pk: cycle.length_days for cycle in gone}
    found: dict[uuid.UUID, int] = {}
    for cycle in patient.cycles.filter(position__gte=follower.position, weight_kg__isnull=True):
        if cycle.pk in leaving:
            days -= leaving[cycle.pk]
        elif days:
            found[cycle.pk] = days
    return found


def _close(
    patient: Patient,
    cause: ClosureCause,
    cycles: list[Cycle],
    next_on: dt.date | None,
    *,
    by: Any,
    reason: str,
) -> None:
    moved = shifts(patient, cycles, next_on)
    _check_after_opened(patient, next_on)
    closure = closures.close(
        patient=patient,
        cause=cause,
        on=min(cycle.day1 for cycle in cycles),
        activities=ScheduledActivity.objects.filter(cycle__in=cycles).open(),
        cycles=Cycle.objects.filter(pk__in=[cycle.pk for cycle in cycles]),
        by=by,
        reason=reason,
    )
    closure.shifts = {str(pk): days for pk, days in moved.items()}
    closure.save(update_fields=["shifts"])
    shift(patient, moved)


def _check_after_opened(patient: Patient, next_on: dt.date | None) -> None:
    last = patient.cycles.filter(state__in=[CycleState.OPEN, CycleState.COMPLETED]).last()
    if last is not None and next_on is not None and next_on <= last.day1:
        raise Refused(
            f"{next_on} is not after day 1 of {last} ({last.day1}), the last cycle opened. Choose a later day.",
            field="next_on",
        )


def undo_course_change(*, by: Any, closure: Closure, reason: str) -> None:
    """Take back a skipped cycle or an ended phase: states and dates as they were, unless a later cycle was opened."""
    _needs_reason(reason)
    policies.check_right(by, "change course", closure.patient)
    with acting(by=by, reason=reason):
        patient = locked(closure.patient_id)
        moved = {uuid.UUID(pk): days for pk, days in closure.shifts.items()}
        opened = patient.cycles.filter(pk__in=moved, weight_kg__isnull=False).first()
        if opened is not None:
            raise Refused(f"{opened} was opened since then: this can no longer be undone.")
        shift(patient, {pk: -days for pk, days in moved.items()})
        closures.undo(closure=closure, by=by, reason=reason, dates_restored=True)


def repeat_cycle(
    *, by: Any, cycle: Cycle, day1: dt.date, reason: str, row_version: int | None = None
) -> Cycle:
    """Plan `cycle` once more, from `day1`, before what follows; what follows moves by the length of the cycle.

    Its doses are provisional until it is opened. A drug that is stopped for good stays closed.
    """
    _needs_reason(reason)
    policies.check_right(by, "change course", cycle.patient)
    with acting(by=by, reason=reason):
        patient = locked(cycle.patient_id)
        cycle = Cycle.objects.select_for_update().get(pk=cycle.pk)
        check_fresh(cycle, row_version)
        policies.check_treatable(patient)
        _check_repeatable(patient, cycle, day1)
        again = _copy(patient, cycle, day1, by)
        follower = following(patient, again.position, [])
        if follower is not None:
            gap = (again.last_day - follower.day1).days + 1
            move(patient, from_position=again.position + 1, days=gap)
    return again


def _check_repeatable(patient: Patient, cycle: Cycle, day1: dt.date) -> None:
    last = patient.cycles.filter(state__in=[CycleState.OPEN, CycleState.COMPLETED]).last()
    if last is None or last.pk != cycle.pk:
        raise Refused(f"Only the last cycle that was opened can be repeated; {cycle} is not that one.")
    if day1 <= cycle.day1:
        raise Refused(
            f"{day1} is not after day 1 of {cycle} ({cycle.day1}). Choose a later day.", field="next_on"
        )


def _copy(patient: Patient, cycle: Cycle, day1: dt.date, by: Any) -> Cycle:
    # From the back, so that no two cycles share a position on the way; the database checks at the end.
    patient.cycles.filter(position__gt=cycle.position).update(position=F("position") + 1)
    same = patient.cycles.filter(phase=cycle.phase, number=cycle.number)
    first, attempts = same.get(attempt=1), same.count()
    again = Cycle.objects.create(
        patient=patient,
        position=cycle.position + 1,
        phase=cycle.phase,
        number=cycle.number,
        label=f"{first.label} (repeat {attempts})",
        attempt=attempts + 1,
        course_number=cycle.course_number,
        planned_day1=day1,
        day1=day1,
        length_days=cycle.length_days,
        created_by=by,
    )
    taken = cycle.measured()
    doses = planned_doses(patient, again, taken).values()
    ScheduledActivity.objects.bulk_create(activities_of(again, doses, provisional=True, by=by))
    closures.settle(patient=patient, by=by, reason="a drug stopped for good stays closed")
    return again


def _needs_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused("Say why the course changes: the history shows it.", field="reason")
