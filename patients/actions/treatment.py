"""Record what was given, and what was not. Checks block plans, not the truth; only the impossible is refused."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from patients import policies
from patients.actions import closures, reminders
from patients.actions.cycles import locked
from patients.enums import ACTIVITY_MOVES, ActivityState, Outcome
from patients.models import Administration, Cycle, Patient, ScheduledActivity
from patients.models.treatment import GIVEN
from protocoltracker.audit.context import acting
from protocoltracker.records import Refused, check_fresh
from regimens.units import show, show_unit

LARGEST_DOSE = Decimal(100_000)  # of any unit: far above every dose, far below what the table can hold
STATE_AFTER = {
    Outcome.GIVEN: ActivityState.GIVEN,
    Outcome.CHANGED: ActivityState.CHANGED,
    Outcome.HELD: ActivityState.HELD,
    Outcome.OMITTED: ActivityState.OMITTED,
}


@dataclass(frozen=True, kw_only=True)
class Given:
    """What happened to one planned dose. `dose` None with an outcome that gives: as planned."""

    outcome: str
    given_at: dt.datetime
    dose: Decimal | None = None
    ended_at: dt.datetime | None = None
    reason_code: str = ""
    reason: str = ""
    lot: str = ""


def record_as_planned(
    *, by: Any, patient: Patient, doses: Sequence[tuple[ScheduledActivity, dt.datetime]], now: dt.datetime
) -> list[Administration]:
    """Record several planned doses of one patient as given, each at its own time, in one transaction."""
    policies.check_right(by, "record treatment", patient)
    with acting(by=by, reason="given as planned"):
        locked(patient.pk)
        times = {activity.pk: given_at for activity, given_at in doses}
        activities = _lock(times)
        if len(activities) != len(times) or any(a.patient_id != patient.pk for a in activities):
            raise Refused("One of these doses is not a dose of this patient. Reload the page.")
        rows = []
        for activity in activities:
            given = Given(outcome=Outcome.GIVEN, given_at=times[activity.pk], dose=activity.dose)
            _check(patient, activity, given, now)
            rows.append(_row(activity, given, by))
        _replace_current(activities)
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
        _check(patient, activity, given, now)
        row = _row(activity, given, by)
        _replace_current([activity])
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
        locked(patient.pk)
        _check_time(patient, given, now)
        _check_amount(given, dose_unit)
        _needs_reason(given)
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
        _check_end(administration, ended_at, now)
        administration.ended_at = ended_at
        administration.save(update_fields=["ended_at"])
        (activity,) = _lock([administration.activity_id])
        _set_state([activity], STATE_AFTER[Outcome(administration.outcome)])
        reminders.cancel([activity.pk], because="ended")
    return administration


def correct(
    *, by: Any, administration: Administration, given: Given, reason: str, now: dt.datetime
) -> Administration:
    """Replace a wrong entry by a new one; the old one stays in the record, no longer current."""
    _needs_words(reason)
    policies.check_right(by, "record treatment", administration.patient)
    with acting(by=by, reason=reason):
        patient = locked(administration.patient_id)
        administration = _current(administration)
        activity = administration.activity
        if activity is None:
            _check_time(patient, given, now)
            _check_amount(given, administration.dose_unit)
        else:
            _check_time(patient, given, now)
            _check_dose(activity, given)
        row = _row(activity, given, by) if activity else _copy_of(administration, given, by)
        row.corrects = administration
        Administration.objects.filter(pk=administration.pk).update(is_current=False)
        row.save()
        if activity:
            _set_state([activity], _state_of(activity, row))
    return row


def take_back(*, by: Any, administration: Administration, reason: str) -> None:
    """The entry was a mistake: the dose is planned again, and the entry stays in the history."""
    _needs_words(reason)
    policies.check_right(by, "record treatment", administration.patient)
    with acting(by=by, reason=reason):
        patient = locked(administration.patient_id)
        administration = _current(administration)
        Administration.objects.filter(pk=administration.pk).update(is_current=False)
        if administration.activity is not None:
            _set_state([administration.activity], ActivityState.PLANNED)
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


def _check(patient: Patient, activity: ScheduledActivity, given: Given, now: dt.datetime) -> None:
    after = STATE_AFTER[Outcome(given.outcome)]
    if activity.provisional:
        raise Refused(
            f"{activity.cycle} is not open yet: {activity.drug} is provisional. "
            "Open the cycle with height and weight first."
        )
    if after not in ACTIVITY_MOVES[ActivityState(activity.state)]:
        raise Refused(_already(activity))
    closure = activity.closed_by
    if closure is not None and given.given_at.astimezone(patient.site.zone).date() > closure.on:
        raise Refused(
            f"{activity.drug} was closed by “{closure}”. A dose given after that day is entered as an "
            "unscheduled dose, with its reason."
        )
    _check_time(patient, given, now)
    _check_dose(activity, given)


def _already(activity: ScheduledActivity) -> str:
    current = activity.administrations.filter(is_current=True).select_related("created_by").first()
    who = f" by {current.created_by} at {current.created_at:%Y-%m-%d %H:%M} UTC" if current else ""
    return (
        f"{activity.drug}, day {activity.day}, is recorded already as “{activity.get_state_display()}”{who}. "
        "Nothing was recorded a second time; correct the entry if it is wrong."
    )


def _check_time(patient: Patient, given: Given, now: dt.datetime) -> None:
    if given.given_at > now:
        raise Refused("This time lies in the future. Record a dose when it has been given.", field="given_at")
    consented = patient.enrolment.consented_on
    if given.given_at.astimezone(patient.site.zone).date() < consented:
        raise Refused(
            f"This time lies before the consent of {consented}. Look at the date again.", field="given_at"
        )
    if given.ended_at is not None and given.ended_at < given.given_at:
        raise Refused("The end lies before the start. Look at the times again.", field="ended_at")
    if given.ended_at is not None and given.ended_at > now:
        raise Refused("The end lies in the future. Leave it blank while the infusion runs.", field="ended_at")


def _check_end(administration: Administration, ended_at: dt.datetime, now: dt.datetime) -> None:
    if ended_at > now:
        raise Refused("The end lies in the future. Record it when the infusion has ended.", field="ended_at")
    if ended_at < administration.given_at:
        raise Refused("The end lies before the start. Look at the times again.", field="ended_at")


def _check_dose(activity: ScheduledActivity, given: Given) -> None:
    if given.outcome != Outcome.GIVEN:
        _needs_reason(given)
    if given.outcome not in GIVEN:
        return
    _check_amount(given, activity.dose_unit)
    planned = f"{show(activity.dose)} {show_unit(activity.dose_unit)}"
    if given.dose is not None and given.outcome == Outcome.GIVEN and given.dose != activity.dose:
        raise Refused(
            f"{show(given.dose)} is not the planned {planned}. Choose “Given, changed” and say why, "
            "or correct the dose.",
            field="dose",
        )


def _check_amount(given: Given, unit: str) -> None:
    if given.dose is None:
        raise Refused(f"Enter the dose that was given, in {show_unit(unit)}.", field="dose")
    if given.dose <= 0:
        raise Refused(
            f"{show(given.dose)} {show_unit(unit)} is not a dose. If nothing was given, choose “Omitted”.",
            field="dose",
        )
    if given.dose > LARGEST_DOSE:
        raise Refused(
            f"{show(given.dose):.12} {show_unit(unit)} is more than any dose of the protocol. Look at the digits.",
            field="dose",
        )


def _needs_reason(given: Given) -> None:
    if not given.reason_code:
        raise Refused("Choose a reason.", field="reason_code")


def _needs_words(reason: str) -> None:
    if not reason.strip():
        raise Refused("Say why the entry changes: the history shows it.", field="reason")


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


def _replace_current(activities: list[ScheduledActivity]) -> None:
    """A held dose has an entry; what comes of it in the end takes its place."""
    Administration.objects.filter(activity__in=activities, is_current=True).update(is_current=False)


def _move_states(activities: list[ScheduledActivity], outcome: str, by: Any) -> None:
    spans = [a for a in activities if a.until is not None and outcome in GIVEN and not _has_end(a)]
    others = [a for a in activities if a not in spans]
    _set_state(others, STATE_AFTER[Outcome(outcome)])
    _set_state(spans, ActivityState.RUNNING)
    for activity in spans:
        _end_step_before(activity)
    reminders.cancel([activity.pk for activity in activities], because="recorded")


def _has_end(activity: ScheduledActivity) -> bool:
    return activity.administrations.filter(is_current=True, ended_at__isnull=False).exists()


def _end_step_before(activity: ScheduledActivity) -> None:
    """The next step of a continuous infusion starts when the one before ends."""
    started = activity.administrations.get(is_current=True).given_at
    running = Administration.objects.filter(
        activity__cycle_id=activity.cycle_id,
        activity__order_code=activity.order_code,
        activity__day__lt=activity.day,
        activity__state=ActivityState.RUNNING,
        is_current=True,
        given_at__lte=started,
    )
    for step in running.select_related("activity"):
        Administration.objects.filter(pk=step.pk).update(ended_at=started)
        _set_state([step.activity] if step.activity else [], STATE_AFTER[Outcome(step.outcome)])


def _set_state(activities: list[ScheduledActivity], state: str) -> None:
    # An activity recorded late under a closing event is no longer closed by it.
    ScheduledActivity.objects.filter(pk__in=[a.pk for a in activities]).update(
        state=state, closed_by=None, state_before_closure=""
    )
