"""Close a part of the plan, and undo it. What is closed is always what the standing closures cover, no more, no less.

Locks are taken in one order: the patient's row, then cycles, then activities.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Now

from patients import kinds, policies
from patients.actions import reminders
from patients.actions.coverage import (
    OPEN_ACTIVITY,
    OPEN_CYCLE,
    WHOLE_PLAN,
    causes,
    closed_as,
    covered_activities,
    covered_cycles,
    ids,
    of_event,
    reach,
    standing,
    state_of,
    stop_drugs_of,
    stopped_drugs,
)
from patients.actions.previews import Preview, Return, preview, preview_enrolled_in_error, returns
from patients.enums import ActivityState, ClosureCause, CycleState, PatientState
from patients.models import Closure, Cycle, Patient, ScheduledActivity
from protocoltracker.audit.context import acting
from protocoltracker.records import Refused, check_fresh

# Undone by course.undo_course_change, which puts the dates back first.
COURSE_CHANGES = frozenset({ClosureCause.CYCLE_SKIPPED, ClosureCause.PHASE_ENDED})
RIGHTS_OF_OTHERS = {
    ClosureCause.ENROLLED_IN_ERROR: "mark enrolled in error",
    ClosureCause.HISTORICAL: "resume treatment",
}

__all__ = [
    "PlanChanged",
    "Preview",
    "Return",
    "close",
    "close_for_event",
    "lift",
    "mark_enrolled_in_error",
    "of_event",
    "preview",
    "preview_enrolled_in_error",
    "redate",
    "returns",
    "right_for",
    "settle",
    "standing",
    "stopped_drugs",
    "undo",
]


class PlanChanged(Refused):
    """The plan is no longer what the preview showed; `preview` is the new one."""

    def __init__(self, preview: Preview) -> None:
        super().__init__(
            "The plan changed after the preview was shown. Nothing was saved. Look at the new preview."
        )
        self.preview = preview


def close_for_event(
    *, patient: Patient, kind: kinds.Kind, event: Any, by: Any, reason: str, confirmed: str | None = None
) -> Closure | None:
    """Close what a recorded event closes; None if it closes nothing. Call it with the patient locked.

    `confirmed` is the fingerprint of the preview that a person saw: another plan than that is refused (PlanChanged).
    """
    if kind.closes is None:
        return None
    if confirmed is not None:
        now = preview(patient=patient, kind=kind)
        if now is not None and now.fingerprint != confirmed:
            raise PlanChanged(now)
    drugs = stop_drugs_of(patient, kind)
    if kind.closes_stop_drugs and not drugs:
        return None
    activities, cycles = reach(patient, kind, drugs)
    return close(
        patient=patient,
        cause=kind.closes,
        on=event.on,
        activities=activities,
        cycles=cycles,
        by=by,
        reason=reason,
        event_id=event.pk,
        drugs=drugs,
    )


def close(
    *,
    patient: Patient,
    cause: ClosureCause,
    on: Any,
    activities: QuerySet,
    cycles: QuerySet,
    by: Any,
    reason: str,
    event_id: uuid.UUID | None = None,
    drugs: Sequence[str] = (),
) -> Closure:
    """Close what of `activities` and `cycles` is still open, with its reminders, and set the patient's state.

    Rows in other states stay as they are. What another closure holds already counts as covered too: it stays closed
    when that one is undone.
    """
    whole = cause in WHOLE_PLAN
    with acting(by=by, reason=reason):
        patient = Patient.objects.select_for_update().get(pk=patient.pk)
        closure = Closure.objects.create(
            patient=patient,
            cause=cause,
            on=on,
            event_id=event_id,
            drugs=list(drugs),
            cycle_ids=None if whole else ids(cycles),
            activity_ids=None if whole or drugs else ids(activities),
            patient_state_before=patient.state,
            created_by=by,
        )
        _apply(closure)
        _set_patient_state(patient)
    return closure


def undo(
    *, closure: Closure, by: Any, reason: str, row_version: int | None = None, dates_restored: bool = False
) -> None:
    """Take a closure back: its event counts as entered in error, what no other closure covers is as it was before."""
    if not reason.strip():
        raise Refused("Say why this is undone: the history shows it.", field="reason")
    policies.check_right(by, right_for(closure), closure.patient)
    with acting(by=by, reason=reason):
        patient = Patient.objects.select_for_update().get(pk=closure.patient_id)
        closure = Closure.objects.select_for_update().get(pk=closure.pk)
        check_fresh(closure, row_version)
        if closure.cause in COURSE_CHANGES and not dates_restored:
            raise Refused(f"“{closure}” moved other cycles too. Undo it from the patient’s page.")
        if closure.cause == ClosureCause.HISTORICAL:
            raise Refused(
                f"“{closure}” is what the file of former patients said, and is not undone. To go on with this patient, "
                "resume treatment from the patient’s page."
            )
        if closure.undone_at is not None:
            raise Refused(f"“{closure}” was undone already at {closure.undone_at:%Y-%m-%d %H:%M} UTC.")
        _withdraw_event(closure)
        lift(closure, patient=patient)


def lift(closure: Closure, *, patient: Patient) -> None:
    """The closure stands no more. Call it inside `acting` with the patient locked, and with the right checked."""
    Closure.objects.filter(pk=closure.pk).update(undone_at=Now())
    for other in Closure.objects.filter(patient=patient, undone_at__isnull=True).order_by("created_at", "pk"):
        _hand_over(closure, other)
    cycles, activities = _restore(closure)
    _check_order(patient, restored=cycles)
    _set_patient_state(patient)
    # Last: what is told again depends on the plan and on the patient's state.
    reminders.restore_cycles(cycles)
    reminders.restore(activities)


def settle(*, patient: Patient, by: Any, reason: str) -> None:
    """Close what has become open again, or was planned anew, under a standing closure that covers it."""
    with acting(by=by, reason=reason):
        patient = Patient.objects.select_for_update().get(pk=patient.pk)
        for closure in reversed(standing(patient)):
            _apply(closure)


def redate(*, event: Any, by: Any, reason: str) -> None:
    """The date of a closing event was corrected: its closure, if it stands, takes the new one."""
    with acting(by=by, reason=reason):
        Closure.objects.filter(event_id=event.pk, undone_at__isnull=True).update(on=event.on)


def mark_enrolled_in_error(
    *, patient: Patient, on: Any, by: Any, reason: str, row_version: int | None = None
) -> Closure:
    """This patient should never have been enrolled. Nothing is deleted: the plan is closed, the record stays."""
    if not reason.strip():
        raise Refused("Say why the enrolment was an error: the history shows it.", field="reason")
    policies.check_right(by, "mark enrolled in error", patient)
    with acting(by=by, reason=reason):
        patient = Patient.objects.select_for_update().get(pk=patient.pk)
        check_fresh(patient, row_version)
        if patient.state == PatientState.ENROLLED_IN_ERROR:
            raise Refused(f"Patient {patient} is marked as enrolled in error already.")
        return close(
            patient=patient,
            cause=ClosureCause.ENROLLED_IN_ERROR,
            on=on,
            activities=patient.activities.all(),
            cycles=patient.cycles.all(),
            by=by,
            reason=reason,
        )


def right_for(closure: Closure) -> str:
    """The right (a key of policies.RIGHTS) that undoing takes."""
    kind = kinds.closing_by(closure.cause)
    if kind is not None:
        return kind.right
    return RIGHTS_OF_OTHERS.get(ClosureCause(closure.cause), "change course")


def _locked_ids(rows: QuerySet) -> list[uuid.UUID]:
    return list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))


def _apply(closure: Closure) -> None:
    """Close everything open that the closure covers, and cancel its reminders."""
    cycles = _locked_ids(covered_cycles(closure).filter(state__in=OPEN_CYCLE))
    activities = _locked_ids(covered_activities(closure).filter(state__in=OPEN_ACTIVITY))
    Cycle.objects.filter(pk__in=cycles).update(
        state_before_closure=F("state"), state=closed_as(closure), closed_by=closure
    )
    ScheduledActivity.objects.filter(pk__in=activities).update(
        state_before_closure=F("state"), state=ActivityState.CLOSED, closed_by=closure
    )
    because = f"closed: {closure.get_cause_display()}"
    reminders.cancel_cycles(cycles, because=because)
    reminders.cancel(activities, because=because)


def _hand_over(closure: Closure, other: Closure) -> None:
    """What `closure` held and `other` covers too stays closed, now by `other`."""
    cycles = _locked_ids(covered_cycles(other).filter(closed_by=closure))
    activities = _locked_ids(covered_activities(other).filter(closed_by=closure))
    Cycle.objects.filter(pk__in=cycles).update(closed_by=other, state=closed_as(other))
    ScheduledActivity.objects.filter(pk__in=activities).update(closed_by=other)


def _restore(closure: Closure) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
    """Give everything that `closure` still holds its state of before; the cycles and activities that come back."""
    cycles = _locked_ids(Cycle.objects.filter(closed_by=closure))
    activities = _locked_ids(ScheduledActivity.objects.filter(closed_by=closure))
    as_before = {"state": F("state_before_closure"), "closed_by": None, "state_before_closure": ""}
    Cycle.objects.filter(pk__in=cycles).update(**as_before)
    ScheduledActivity.objects.filter(pk__in=activities).update(**as_before)
    return cycles, activities


def _check_order(patient: Patient, *, restored: list[uuid.UUID]) -> None:
    """No cycle may come back before one that was opened: the plan went on after the closure that is undone."""
    opened = patient.cycles.filter(state__in=[CycleState.OPEN, CycleState.COMPLETED]).exclude(pk__in=restored)
    last = opened.order_by("position").last()
    back = patient.cycles.filter(pk__in=restored, position__lt=last.position).first() if last else None
    if back is not None:
        raise Refused(
            f"{last} was opened after this, so {back} cannot come back before it. Repeat or plan it instead."
        )


def _withdraw_event(closure: Closure) -> None:
    kind = kinds.closing_by(closure.cause)
    if kind is not None and closure.event_id is not None:
        kind.model.objects.filter(pk=closure.event_id).update(entered_in_error=True)


def _set_patient_state(patient: Patient) -> None:
    Patient.objects.filter(pk=patient.pk).update(state=state_of(causes(standing(patient))))
