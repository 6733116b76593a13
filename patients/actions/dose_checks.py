"""What is impossible, or needs words, when a dose is recorded. Checks block slips, not the truth."""

import datetime as dt
from decimal import Decimal

from patients.actions.closures import stopped_drugs
from patients.actions.given import STATE_AFTER, Given
from patients.enums import ACTIVITY_MOVES, ActivityState, Outcome
from patients.models import Administration, Death, Patient, ScheduledActivity
from patients.models.treatment import GIVEN
from protocoltracker.records import Refused
from regimens.units import show, show_unit

LARGEST_DOSE = Decimal(100_000)  # of any unit: far above every dose, far below what the table can hold
TO_EXPLAIN = Decimal(10)  # percent from the planned dose; domain.md has no other figure for this trial


def check_planned(patient: Patient, activity: ScheduledActivity, given: Given, now: dt.datetime) -> None:
    """A planned dose may be recorded like this, in the state it is in now."""
    after = STATE_AFTER[Outcome(given.outcome)]
    if activity.provisional:
        raise Refused(
            f"{activity.cycle} is not open yet: {activity.drug} is provisional. "
            "Open the cycle with height and weight first."
        )
    if after not in ACTIVITY_MOVES[ActivityState(activity.state)]:
        raise Refused(_already(activity))
    check_content(patient, activity, given, now)


def check_content(patient: Patient, activity: ScheduledActivity, given: Given, now: dt.datetime) -> None:
    """What is said of a planned dose makes sense, whether entered first or in place of a wrong entry."""
    _check_closed(patient, activity, given)
    check_time(patient, given, now)
    _check_dose(activity, given)
    _check_day(patient, activity, given)


def check_unscheduled(
    patient: Patient,
    *,
    drug: str,
    dose_unit: str,
    given: Given,
    now: dt.datetime,
    instead_of: Administration | None = None,
) -> None:
    """A dose that the plan did not have; `instead_of` is the entry that this one corrects."""
    check_time(patient, given, now)
    _check_amount(given, dose_unit)
    _needs_reason(given)
    if drug in stopped_drugs(patient) and not given.reason.strip():
        raise Refused(
            f"{drug} is stopped for good in this patient. Say in words what happened.", field="reason"
        )
    same = Administration.objects.filter(patient=patient, drug=drug, given_at=given.given_at, is_current=True)
    if instead_of is not None:
        same = same.exclude(pk=instead_of.pk)
    twin = same.select_related("created_by").first()
    if twin is not None:
        raise Refused(
            f"{drug} at this time is recorded already, by {twin.created_by}. "
            "If it was given twice, enter the other time.",
            field="given_at",
        )


def _check_closed(patient: Patient, activity: ScheduledActivity, given: Given) -> None:
    closure = activity.closed_by
    if closure is None:
        return
    if given.outcome == Outcome.HELD:
        raise Refused(
            f"{activity.drug} was closed by “{closure}”: there is nothing left to hold. "
            "If it was left out before that day, choose “Omitted”.",
            field="outcome",
        )
    if given.given_at.astimezone(patient.site.zone).date() > closure.on:
        raise Refused(
            f"{activity.drug} was closed by “{closure}”. A dose given after that day is entered as an "
            "unscheduled dose, with its reason.",
            field="given_at",
        )


def _check_day(patient: Patient, activity: ScheduledActivity, given: Given) -> None:
    """Another day than planned is a departure: it is recorded, with words."""
    if given.outcome not in GIVEN or given.reason.strip():
        return
    on = given.given_at.astimezone(patient.site.zone).date()
    if on != activity.on:
        days = abs((on - activity.on).days)
        way = "later" if on > activity.on else "earlier"
        raise Refused(
            f"{on} is {days} {'day' if days == 1 else 'days'} {way} than planned ({activity.on}). "
            "Look at the date again, or say in words why.",
            field="reason",
        )


def _already(activity: ScheduledActivity) -> str:
    current = activity.administrations.filter(is_current=True).select_related("created_by").first()
    who = f" by {current.created_by} at {current.created_at:%Y-%m-%d %H:%M} UTC" if current else ""
    return (
        f"{activity.drug}, day {activity.day}, is recorded already as “{activity.get_state_display()}”{who}. "
        "Nothing was recorded a second time; correct the entry if it is wrong."
    )


def check_time(patient: Patient, given: Given, now: dt.datetime) -> None:
    if given.given_at > now:
        raise Refused("This time lies in the future. Record a dose when it has been given.", field="given_at")
    consented, on = patient.enrolment.consented_on, given.given_at.astimezone(patient.site.zone).date()
    death = Death.objects.filter(patient=patient, entered_in_error=False).first()
    if death is not None and on > death.on:
        raise Refused(f"The patient died on {death.on}. Look at the date again.", field="given_at")
    if consented is not None and on < consented:
        raise Refused(
            f"This time lies before the consent of {consented}. Look at the date again.", field="given_at"
        )
    if given.ended_at is not None and given.ended_at < given.given_at:
        raise Refused("The end lies before the start. Look at the times again.", field="ended_at")
    if given.ended_at is not None and given.ended_at > now:
        raise Refused("The end lies in the future. Leave it blank while the infusion runs.", field="ended_at")


def check_end(administration: Administration, ended_at: dt.datetime, now: dt.datetime) -> None:
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
    _check_far(activity, given, planned)


def _check_far(activity: ScheduledActivity, given: Given, planned: str) -> None:
    if given.dose is None or given.reason.strip():
        return
    far = (given.dose - activity.dose) / activity.dose * 100
    if abs(far) > TO_EXPLAIN:
        raise Refused(
            f"{show(given.dose)} is {abs(far):.0f} % {'above' if far > 0 else 'below'} the planned {planned}. "
            "Look at the dose again, or say in words why.",
            field="reason",
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


def needs_words(reason: str) -> None:
    if not reason.strip():
        raise Refused("Say why the entry changes: the history shows it.", field="reason")
