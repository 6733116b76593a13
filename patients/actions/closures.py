"""Close a part of the plan, and undo it. What is closed is always what the standing closures cover, no more, no less.

Locks are taken in one order: the patient's row, then cycles, then activities.
"""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from patients import facts, kinds, policies
from patients.actions import reminders
from patients.actions.ledger import LIVE, WAITING
from patients.enums import ActivityState, ClosureCause, CycleState, PatientState
from patients.models import Closure, Cycle, Patient, Reminder, ScheduledActivity
from protocoltracker.audit.context import acting
from protocoltracker.records import Refused, check_fresh

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
}
WHOLE_PLAN = frozenset(STATE_AFTER)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What recording an event would close now. `fingerprint` changes when the plan does."""

    patient: Patient
    cause: ClosureCause
    drugs: tuple[str, ...]
    cycles: tuple[Cycle, ...]
    activities: tuple[ScheduledActivity, ...]
    running: tuple[ScheduledActivity, ...]
    reminders: int
    state_after: str
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class Return:
    """What undoing a closure brings back, and what `others` keep closed (doses and cycles)."""

    cycles: int
    activities: int
    still_closed: int
    others: tuple[Closure, ...]
    state_after: str


class PlanChanged(Refused):
    """The plan is no longer what the preview showed; `preview` is the new one."""

    def __init__(self, preview: Preview) -> None:
        super().__init__(
            "The plan changed after the preview was shown. Nothing was saved. Look at the new preview."
        )
        self.preview = preview


def preview(*, patient: Patient, kind: kinds.Kind) -> Preview | None:
    """What recording an event of `kind` closes; None for a kind that closes nothing."""
    if kind.closes is None:
        return None
    drugs = stop_drugs_of(patient, kind)
    activities, cycles = _reach(patient, kind, drugs)
    return _preview(patient, kind.closes, drugs, activities, cycles)


def preview_enrolled_in_error(*, patient: Patient) -> Preview:
    cause = ClosureCause.ENROLLED_IN_ERROR
    return _preview(patient, cause, (), patient.activities.all(), patient.cycles.all())


def _preview(
    patient: Patient, cause: ClosureCause, drugs: tuple[str, ...], activities: QuerySet, cycles: QuerySet
) -> Preview:
    with_cycle = activities.select_related("cycle")
    closing = tuple(_by_cycle(with_cycle.filter(state__in=OPEN_ACTIVITY)))
    running = tuple(_by_cycle(with_cycle.filter(state=ActivityState.RUNNING)))
    closing_cycles = tuple(cycles.filter(state__in=OPEN_CYCLE))
    return Preview(
        patient=patient,
        cause=cause,
        drugs=drugs,
        cycles=closing_cycles,
        activities=closing,
        running=running,
        reminders=_waiting_reminders(closing, closing_cycles),
        state_after=_state_of([*_causes(standing(patient)), cause]),
        fingerprint=_fingerprint(patient, closing_cycles, closing, running),
    )


def _by_cycle(activities: QuerySet) -> QuerySet:
    return activities.order_by("cycle__position", "on", "day", "order_code", "slot")


def stop_drugs_of(patient: Patient, kind: kinds.Kind) -> tuple[str, ...]:
    return facts.stop_drugs(patient, kind.slug) if kind.closes_stop_drugs else ()


def _reach(patient: Patient, kind: kinds.Kind, drugs: Iterable[str]) -> tuple[QuerySet, QuerySet]:
    """Activities and cycles in reach of an event, whatever their state."""
    if kind.closes_stop_drugs:
        return patient.activities.filter(drug__in=list(drugs)), patient.cycles.none()
    return patient.activities.all(), patient.cycles.all()


def _waiting_reminders(activities: Sequence[ScheduledActivity], cycles: Sequence[Cycle]) -> int:
    """Reminders in digests that are not sent yet."""
    of_these = Q(activity__in=[row.pk for row in activities]) | Q(cycle__in=[row.pk for row in cycles])
    waiting = Reminder.objects.filter(
        state__in=LIVE, digest__state__in=WAITING, digest__next_attempt_at__isnull=False
    )
    return waiting.filter(of_these).count()


def _fingerprint(patient: Patient, *found: Iterable[Any]) -> str:
    rows = sorted(f"{row.pk} {row.state}" for rows in found for row in rows)
    return hashlib.sha256("\n".join([patient.state, *rows]).encode()).hexdigest()


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
    activities, cycles = _reach(patient, kind, drugs)
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
            cycle_ids=None if whole else _ids(cycles),
            activity_ids=None if whole or drugs else _ids(activities),
            patient_state_before=patient.state,
            created_by=by,
        )
        _apply(closure)
        _set_patient_state(patient)
    return closure


def returns(closure: Closure) -> Return:
    """What `undo` would bring back now."""
    others = [other for other in standing(closure.patient) if other.pk != closure.pk]
    cycles, activities = set(_ids(closure.cycles)), set(_ids(closure.activities))
    held = {pk for other in others for pk in _ids(_covered_cycles(other).filter(closed_by=closure))}
    held |= {pk for other in others for pk in _ids(_covered_activities(other).filter(closed_by=closure))}
    return Return(
        cycles=len(cycles - held),
        activities=len(activities - held),
        still_closed=len(held),
        others=tuple(others),
        state_after=_state_of(_causes(others)),
    )


def undo(*, closure: Closure, by: Any, reason: str, row_version: int | None = None) -> None:
    """Take a closure back: its event counts as entered in error, what no other closure covers is as it was before."""
    if not reason.strip():
        raise Refused("Say why this is undone: the history shows it.", field="reason")
    policies.check_right(by, right_for(closure), closure.patient)
    with acting(by=by, reason=reason):
        patient = Patient.objects.select_for_update().get(pk=closure.patient_id)
        closure = Closure.objects.select_for_update().get(pk=closure.pk)
        check_fresh(closure, row_version)
        if closure.undone_at is not None:
            raise Refused(f"“{closure}” was undone already at {closure.undone_at:%Y-%m-%d %H:%M} UTC.")
        Closure.objects.filter(pk=closure.pk).update(undone_at=Now())
        _withdraw_event(closure)
        for other in Closure.objects.filter(patient=patient, undone_at__isnull=True).order_by(
            "created_at", "pk"
        ):
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


def standing(patient: Patient) -> list[Closure]:
    """Closures that were not undone, the newest first."""
    return list(patient.closures.filter(undone_at__isnull=True).order_by("-created_at", "-pk"))


def of_event(event_id: uuid.UUID) -> Closure | None:
    """The standing closure that a recorded event caused."""
    return Closure.objects.filter(event_id=event_id, undone_at__isnull=True).select_related("patient").first()


def stopped_drugs(patient: Patient) -> set[str]:
    """Drugs that are stopped for good, in every cycle opened or planned from now on."""
    return {drug for closure in standing(patient) for drug in closure.drugs}


def right_for(closure: Closure) -> str:
    """The right (a key of policies.RIGHTS) that undoing takes."""
    kind = kinds.closing_by(closure.cause)
    if kind is not None:
        return kind.right
    return "mark enrolled in error" if closure.cause == ClosureCause.ENROLLED_IN_ERROR else "change course"


def _covered_activities(closure: Closure) -> QuerySet:
    activities = ScheduledActivity.objects.filter(patient_id=closure.patient_id)
    if closure.drugs:
        return activities.filter(drug__in=closure.drugs)
    return activities if closure.activity_ids is None else activities.filter(pk__in=closure.activity_ids)


def _covered_cycles(closure: Closure) -> QuerySet:
    cycles = Cycle.objects.filter(patient_id=closure.patient_id)
    if closure.drugs:
        return cycles.none()
    return cycles if closure.cycle_ids is None else cycles.filter(pk__in=closure.cycle_ids)


def _closed_as(closure: Closure) -> CycleState:
    return CycleState.SKIPPED if closure.cause == ClosureCause.CYCLE_SKIPPED else CycleState.CLOSED


def _ids(rows: Any) -> list[uuid.UUID]:
    return list(rows.values_list("pk", flat=True))


def _locked_ids(rows: QuerySet) -> list[uuid.UUID]:
    return list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))


def _apply(closure: Closure) -> None:
    """Close everything open that the closure covers, and cancel its reminders."""
    cycles = _locked_ids(_covered_cycles(closure).filter(state__in=OPEN_CYCLE))
    activities = _locked_ids(_covered_activities(closure).filter(state__in=OPEN_ACTIVITY))
    Cycle.objects.filter(pk__in=cycles).update(
        state_before_closure=F("state"), state=_closed_as(closure), closed_by=closure
    )
    ScheduledActivity.objects.filter(pk__in=activities).update(
        state_before_closure=F("state"), state=ActivityState.CLOSED, closed_by=closure
    )
    because = f"closed: {closure.get_cause_display()}"
    reminders.cancel_cycles(cycles, because=because)
    reminders.cancel(activities, because=because)


def _hand_over(closure: Closure, other: Closure) -> None:
    """What `closure` held and `other` covers too stays closed, now by `other`."""
    cycles = _locked_ids(_covered_cycles(other).filter(closed_by=closure))
    activities = _locked_ids(_covered_activities(other).filter(closed_by=closure))
    Cycle.objects.filter(pk__in=cycles).update(closed_by=other, state=_closed_as(other))
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


def _causes(closures: Iterable[Closure]) -> list[ClosureCause]:
    return [ClosureCause(closure.cause) for closure in closures]


def _state_of(causes: Iterable[ClosureCause]) -> PatientState:
    held = set(causes)
    return next((state for cause, state in STATE_AFTER.items() if cause in held), PatientState.ON_TREATMENT)


def _set_patient_state(patient: Patient) -> None:
    Patient.objects.filter(pk=patient.pk).update(state=_state_of(_causes(standing(patient))))
