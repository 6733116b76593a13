"""Record what was given, and what was not. Checks block plans, not the truth; only the impossible is refused."""

import datetime as dt
import itertools
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from patients import policies
from patients.actions import closures, dose_checks, reminders
from patients.actions.cycles import locked
from patients.actions.given import STATE_AFTER, Given
from patients.enums import ActivityState, Outcome
from patients.models import Administration, Cycle, Patient, ScheduledActivity
from patients.models.treatment import GIVEN
from protocoltracker.audit.context import acting
from protocoltracker.records import Refused, check_fresh

__all__ = ["Given", "correct", "end", "record", "record_as_planned", "record_unscheduled", "take_back"]


def record_as_planned(
    *,
    by: Any,
    patient: Patient,
    doses: Sequence[tuple[ScheduledActivity, dt.datetime]],
    now: dt.datetime,
    row_versions: Mapping[uuid.UUID, int] | None = None,
) -> list[Administration]:
    """Record several planned doses of one patient as given, each at its own time, in one transaction.

    `row_versions` are those that the person saw, by dose.
    """
    policies.check_right(by, "record treatment", patient)
    with acting(by=by, reason="given as planned"):
        locked(patient.pk)
        times = {activity.pk: given_at for activity, given_at in doses}
        activities = _lock(times)
        if len(activities) != len(times) or any(a.patient_id != patient.pk for a in activities):
            raise Refused("One of these doses is not a dose of this patient. Reload the page.")
        rows = []
        for activity in activities:
            check_fresh(activity, (row_versions or {}).get(activity.pk))
            if activity.state == ActivityState.HELD:
                raise Refused(f"{activity.drug}, day {activity.day}, is held. Record it by its own form.")
            given = Given(outcome=Outcome.GIVEN, given_at=times[activity.pk], dose=activity.dose)
            dose_checks.check_planned(patient, activity, given, now)
            rows.append(_row(activity, given, by))
        Administration.objects.bulk_create(rows)
        _move_states(activities, Outcome.GIVEN, by)
    return rows


def record(
    *, by: Any, activity: ScheduledActivity, given: Given, now: dt.datetime, row_version: int | None = None
) -> Administration:
    """Record what became of one planned dose."""
    policies.check_right(by, "record treatment", activity.patient)
    with acting(by=by, reason=given.reason.strip() or f"recorded as {Outcome(given.outcome).label.lower()}"):
        patient = locked(activity.patient_id)
        (activity,) = _lock([activity.pk])
        check_fresh(activity, row_version)
        dose_checks.check_planned(patient, activity, given, now)
        row = _row(activity, given, by)
        row.corrects = _held_before(activity)
        row.save()
        _move_states([activity], given.outcome, by)
    return row


def record_unscheduled(
    *,
    by: Any,
    patient: Patient,
    cycle: Cycle | None,
    drug: str,
    route: str,
    dose_unit: str,
    given: Given,
    now: dt.datetime,
) -> Administration:
    """Record a dose that the plan did not have."""
    policies.check_right(by, "record treatment", patient)
    with acting(by=by, reason=given.reason.strip() or "unscheduled dose"):
        patient = locked(patient.pk)
        dose_checks.check_unscheduled(patient, drug=drug, dose_unit=dose_unit, given=given, now=now)
        return Administration.objects.create(
            patient=patient,
            cycle=cycle,
            drug=drug,
            route=route,
            outcome=Outcome.UNSCHEDULED,
            dose=given.dose,
            dose_unit=dose_unit,
            given_at=given.given_at,
            ended_at=given.ended_at,
            reason_code=given.reason_code,
            reason=given.reason,
            lot=given.lot,
            created_by=by,
        )


def end(
    *, by: Any, administration: Administration, ended_at: dt.datetime, now: dt.datetime
) -> Administration:
    """Record the end of a running infusion or of a drug taken every day."""
    policies.check_right(by, "record treatment", administration.patient)
    with acting(by=by, reason="end recorded"):
        locked(administration.patient_id)
        administration = Administration.objects.select_for_update().get(pk=administration.pk)
        if not administration.is_running:
            raise Refused(f"{administration.drug} is not running: its end is recorded already.")
        dose_checks.check_end(administration, ended_at, now)
        administration.ended_at = ended_at
        administration.save(update_fields=["ended_at"])
        (activity,) = _lock([administration.activity_id])
        _set_state([activity], STATE_AFTER[Outcome(administration.outcome)])
        reminders.cancel([activity.pk], because="ended")
    return administration


def correct(
    *,
    by: Any,
    administration: Administration,
    given: Given,
    reason: str,
    now: dt.datetime,
    row_version: int | None = None,
) -> Administration:
    """Replace a wrong entry by a new one; the old one stays in the record, no longer current."""
    dose_checks.needs_words(reason)
    policies.check_right(by, "record treatment", administration.patient)
    with acting(by=by, reason=reason):
        patient = locked(administration.patient_id)
        administration = _current(administration)
        check_fresh(administration, row_version)
        activity = administration.activity
        if activity is None:
            dose_checks.check_unscheduled(
                patient,
                drug=administration.drug,
                dose_unit=administration.dose_unit,
                given=given,
                now=now,
                instead_of=administration,
            )
        else:
            # Why the entry is corrected says why the dose or the day differs as well.
            said = given if given.reason.strip() else replace(given, reason=reason)
            dose_checks.check_content(patient, activity, said, now)
        row = _row(activity, given, by) if activity else _copy_of(administration, given, by)
        row.corrects = administration
        Administration.objects.filter(pk=administration.pk).update(is_current=False)
        row.save()
        if activity:
            _set_state([activity], _state_of(activity, row))
            closures.settle(patient=patient, by=by, reason=reason)
    return row


def take_back(*, by: Any, administration: Administration, reason: str) -> None:
    """The entry was a mistake: the dose is planned, or held, as before; the entry stays in the history."""
    dose_checks.needs_words(reason)
    policies.check_right(by, "record treatment", administration.patient)
    with acting(by=by, reason=reason):
        patient = locked(administration.patient_id)
        administration = _current(administration)
        Administration.objects.filter(pk=administration.pk).update(is_current=False)
        if administration.activity is not None:
            _set_state([administration.activity], _state_before(administration))
            closures.settle(patient=patient, by=by, reason=reason)
            reminders.restore([administration.activity.pk])


def _lock(ids: Iterable[Any]) -> list[ScheduledActivity]:
    return list(
        ScheduledActivity.objects.select_for_update(of=("self",))
        .select_related("cycle")
        .filter(pk__in=list(ids))
        .order_by("pk")
    )


def _current(administration: Administration) -> Administration:
    administration = (
        Administration.objects.select_for_update(of=("self",))
        .select_related("activity")
        .get(pk=administration.pk)
    )
    if not administration.is_current:
        raise Refused("This entry was corrected already. Open the cycle again to see what stands now.")
    return administration


def _row(activity: ScheduledActivity, given: Given, by: Any) -> Administration:
    gives = given.outcome in GIVEN
    return Administration(
        patient_id=activity.patient_id,
        cycle_id=activity.cycle_id,
        activity=activity,
        drug=activity.drug,
        route=activity.route,
        outcome=given.outcome,
        dose=given.dose if gives else None,
        dose_unit=activity.dose_unit if gives else "",
        given_at=given.given_at,
        ended_at=given.ended_at,
        reason_code=given.reason_code,
        reason=given.reason,
        lot=given.lot,
        created_by=by,
    )


def _copy_of(old: Administration, given: Given, by: Any) -> Administration:
    return Administration(
        patient_id=old.patient_id,
        cycle_id=old.cycle_id,
        drug=old.drug,
        route=old.route,
        outcome=Outcome.UNSCHEDULED,
        dose=given.dose,
        dose_unit=old.dose_unit,
        given_at=given.given_at,
        ended_at=given.ended_at,
        reason_code=given.reason_code or old.reason_code,
        reason=given.reason,
        lot=given.lot,
        created_by=by,
    )


def _state_of(activity: ScheduledActivity, row: Administration) -> str:
    """A started infusion runs until its end is recorded."""
    if row.outcome in GIVEN and activity.until is not None and row.ended_at is None:
        return ActivityState.RUNNING
    return STATE_AFTER[Outcome(row.outcome)]


def _held_before(activity: ScheduledActivity) -> Administration | None:
    """A held dose has an entry; what comes of it in the end takes its place and points to it."""
    held = Administration.objects.filter(activity=activity, is_current=True).first()
    if held is not None:
        Administration.objects.filter(pk=held.pk).update(is_current=False)
    return held


def _state_before(taken_back: Administration) -> str:
    """A dose that was held before this entry is held again."""
    before = taken_back.corrects
    if before is None or before.outcome != Outcome.HELD or taken_back.outcome == Outcome.HELD:
        return ActivityState.PLANNED
    # One entry replaces another only once: the one that is taken back lets go of it.
    Administration.objects.filter(pk=taken_back.pk).update(corrects=None)
    Administration.objects.filter(pk=before.pk).update(is_current=True)
    return ActivityState.HELD


def _move_states(activities: list[ScheduledActivity], outcome: str, by: Any) -> None:
    spans = [a for a in activities if a.until is not None and outcome in GIVEN and not _has_end(a)]
    others = [a for a in activities if a not in spans]
    _set_state(others, STATE_AFTER[Outcome(outcome)])
    _set_state(spans, ActivityState.RUNNING)
    for activity in activities:
        if activity.until is not None and outcome in GIVEN:
            _join_steps(activity)
    reminders.cancel([activity.pk for activity in activities], because="recorded")


def _has_end(activity: ScheduledActivity) -> bool:
    return activity.administrations.filter(is_current=True, ended_at__isnull=False).exists()


def _join_steps(activity: ScheduledActivity) -> None:
    """Where a later step of an infusion starts, the one before ends, whichever of them is entered first."""
    entries = Administration.objects.filter(
        activity__cycle_id=activity.cycle_id,
        activity__order_code=activity.order_code,
        is_current=True,
        outcome__in=GIVEN,
    )
    steps = list(entries.select_related("activity").order_by("activity__day"))
    for step, after in itertools.pairwise(steps):
        if step.activity and step.ended_at is None and step.given_at <= after.given_at:
            Administration.objects.filter(pk=step.pk).update(ended_at=after.given_at)
            _set_state([step.activity], STATE_AFTER[Outcome(step.outcome)])


def _set_state(activities: list[ScheduledActivity], state: str) -> None:
    # An activity recorded late under a closing event is no longer closed by it.
    ScheduledActivity.objects.filter(pk__in=[a.pk for a in activities]).update(
        state=state, closed_by=None, state_before_closure=""
    )
