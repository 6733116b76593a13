"""Enter the past course of a former patient: which cycles were received, and with that every dose as it was planned.

The whole plan is written, as at an enrolment: received cycles are completed and their doses given, on their planned
day at a usual hour; what was not given and all that would have followed is closed by what closed this patient's record
("Treated before this record"). Nothing is due afterwards. Single doses are corrected on the pages of their cycles.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from patients import policies
from patients.actions.coverage import WHOLE_PLAN, standing
from patients.actions.cycles import locked
from patients.actions.given import usual_end, usual_time
from patients.actions.materialising import activities_of, new_cycle
from patients.enums import ActivityState, ClosureCause, CycleState, Outcome, PatientState
from patients.models import (
    Administration,
    Closure,
    Cycle,
    Enrolment,
    PastTreatment,
    Patient,
    ScheduledActivity,
)
from patients.received import DAY, End, Received, was_given
from protocoltracker.audit.context import acting
from protocoltracker.records import Refused, check_fresh
from regimens import schedule
from regimens.dosing import Measurements, surface_of
from regimens.limits import PlanError
from regimens.planned import Overrides, PlannedCycle

ENTERED_AFTERWARDS = "Entered afterwards, as planned"


@dataclass(frozen=True, kw_only=True)
class PastCourse:
    """What somebody says of a past course. Height in cm, weight in kg; `ended_on` is the last day of treatment.

    `dose_level` "" where the version has none. `ended_on` None: the treatment lasted until the record ended.
    """

    cycles: Sequence[Received]
    height_cm: Decimal
    weight_kg: Decimal
    measured_on: dt.date
    dose_level: str = ""
    ended_on: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class Outline:
    """The course laid out, before it is written: the plan, and up to which day doses were given."""

    plan: tuple[PlannedCycle, ...]
    received: dict[Any, Received]
    end: End
    measurements: Measurements

    def given(self, cycle: PlannedCycle) -> tuple[int, int]:
        """(administrations given, administrations not given) of a received cycle."""
        counts = [0, 0]
        for dose in cycle.doses:
            rows = 1 if dose.until else dose.times_per_day
            counts[not was_given(dose, self.received[cycle.ref], self.end)] += rows
        return counts[0], counts[1]


def outline(*, patient: Patient, course: PastCourse, today: dt.date) -> Outline:
    """What `enter` would write; `today` is the day at the patient's site. Refused with the field and the way out."""
    check_enterable(patient)
    end = end_of(patient, course.ended_on, today=today)
    _check_cycles(patient, course, end)
    taken, plan = _plan(patient.enrolment, course, today)
    received = {cycle.ref: cycle for cycle in course.cycles}
    return Outline(plan=plan, received=received, end=end, measurements=taken)


def enter(
    *,
    by: Any,
    patient: Patient,
    course: PastCourse,
    now: dt.datetime,
    reason: str,
    row_version: int | None = None,
) -> Outline:
    """Write the past course, all of it or nothing. `reason` says where it is known from. Raises Denied or Refused."""
    if not reason.strip():
        raise Refused("Say where the past course is known from: the history shows it.", field="reason")
    policies.check_right(by, "enter past course", patient)
    with acting(by=by, reason=f"past course entered: {reason.strip()}"):
        check_fresh(locked(patient.pk), row_version)
        patient = Patient.objects.select_related("site", "enrolment__protocol_version").get(pk=patient.pk)
        found = outline(patient=patient, course=course, today=patient.site.today(now))
        _note_level(patient.enrolment, course)
        _write(
            patient,
            found,
            closure=check_enterable(patient),
            by=by,
            note=f"{ENTERED_AFTERWARDS}. {reason.strip()}",
        )
    return found


def closure_of(patient: Patient) -> Closure | None:
    """What closed a former patient's record, while it stands."""
    return next((c for c in standing(patient) if c.cause == ClosureCause.HISTORICAL), None)


def check_enterable(patient: Patient) -> Closure:
    """What closed the former patient's record; Refused where no past course can be entered."""
    if not patient.enrolment.historical:
        raise Refused(
            f"Patient {patient} was enrolled here: every dose is recorded in its cycle. A past course is entered only "
            "for patients who were treated before this record began."
        )
    if patient.state == PatientState.ENROLLED_IN_ERROR:
        raise Refused(f"Patient {patient} is marked as enrolled in error: nothing more is recorded.")
    closure = closure_of(patient)
    if closure is None or patient.cycles.exists():
        raise Refused(
            f"Patient {patient} has a plan already: a past course is entered once, and before treatment is resumed. "
            "Correct single doses on the pages of their cycles."
        )
    return closure


def end_of(patient: Patient, ended_on: dt.date | None, *, today: dt.date) -> End:
    """The first of what ended the treatment, and the days on which single drugs were stopped for good."""
    closed = standing(patient)
    ends = [(c.on, _in_words(c)) for c in closed if c.cause in WHOLE_PLAN]
    ends.append((today - DAY, f"yesterday ({today - DAY})"))
    if ended_on is not None:
        ends.append((ended_on, f"the last day of treatment ({ended_on})"))
    on, because = min(ends)
    stopped: dict[str, dt.date] = {}
    for stop in closed:
        for drug in stop.drugs:
            stopped[drug] = min(stop.on, stopped.get(drug, stop.on))
    return End(on=on, because=because, drugs=MappingProxyType(stopped))


def _in_words(closure: Closure) -> str:
    known = closure.cause == ClosureCause.HISTORICAL
    return f"the last day that is known ({closure.on})" if known else f"“{closure}”"


def _check_cycles(patient: Patient, course: PastCourse, end: End) -> None:
    if not course.cycles:
        raise Refused("Enter at least one cycle that was received.", field="cycles")
    if len({cycle.ref for cycle in course.cycles}) < len(course.cycles):
        raise Refused("A cycle is named twice. Enter each cycle once.", field="cycles")
    start = PastTreatment.objects.filter(patient=patient).standing().values_list("on", flat=True).first()
    before: Received | None = None
    for cycle in course.cycles:
        where = {"field": day_field(cycle)}
        if start is not None and cycle.day1 < start:
            raise Refused(f"{_name(cycle)} lies before the start of treatment ({start}).", **where)
        if before is not None and cycle.day1 <= before.day1:
            raise Refused(f"{_name(cycle)} is not after {_name(before)}.", **where)
        if cycle.day1 > end.on:
            raise Refused(
                f"{_name(cycle)} begins after {end.because}. Look at the day again, or enter fewer cycles.",
                **where,
            )
        before = cycle


def day_field(cycle: Any) -> str:
    """The name of the form field that holds day 1 of a cycle."""
    return f"day1-{cycle.phase}-{cycle.number}"


def _name(cycle: Received) -> str:
    return f"{cycle.phase} {cycle.number} on {cycle.day1}"


def _plan(
    enrolment: Enrolment, course: PastCourse, today: dt.date
) -> tuple[Measurements, tuple[PlannedCycle, ...]]:
    """The plan of the protocol with the real days; cycles that were passed over on the way are not part of it."""
    definition = enrolment.protocol_version.definition
    if course.measured_on > today:
        raise Refused(f"Measured on {course.measured_on}, which lies in the future.", field="measured_on")
    days = {cycle.ref: cycle.day1 for cycle in course.cycles}
    order = [cycle.ref for cycle in schedule.lay_out(definition, start=course.cycles[0].day1)]
    reached = [ref in days for ref in order]
    last = len(order) - reached[::-1].index(True) if any(reached) else 0
    passed_over = frozenset(ref for ref in order[:last] if ref not in days)
    try:
        taken = Measurements(course.height_cm, course.weight_kg, measured_on=course.measured_on)
        plan = schedule.plan(
            definition,
            arm=enrolment.arm,
            dose_level=course.dose_level or None,
            start=course.cycles[0].day1,
            measurements=taken,
            cd20_pct=enrolment.cd20_pct,
            overrides=Overrides(skipped=passed_over, day1=MappingProxyType(days)),
        )
    except PlanError as error:
        raise Refused(error.message, field=error.field) from error
    return taken, plan.cycles


def _note_level(enrolment: Enrolment, course: PastCourse) -> None:
    if enrolment.dose_level not in ("", course.dose_level):
        raise Refused(
            f"Dose level {course.dose_level or 'none'} is not the recorded one ({enrolment.dose_level}).",
            field="dose_level",
        )
    if enrolment.dose_level != course.dose_level:
        Enrolment.objects.filter(pk=enrolment.pk).update(dose_level=course.dose_level)


def _write(patient: Patient, found: Outline, *, closure: Closure, by: Any, note: str) -> None:
    """Three statements of many rows, whatever the length of the course."""
    cycles: list[Cycle] = []
    activities: list[ScheduledActivity] = []
    given: list[Administration] = []
    for position, planned in enumerate(found.plan, start=1):
        cycle = new_cycle(patient, planned, position=position, by=by)
        received = found.received.get(planned.ref)
        for activity, was, daily in _doses(cycle, planned, received, found.end, by):
            activities.append(activity if was else _closed(activity, closure))
            if was:
                given.append(_given(patient, activity, found.end, daily=daily, note=note, by=by))
        cycles.append(_closed(cycle, closure) if received is None else _completed(cycle, found.measurements))
    Cycle.objects.bulk_create(cycles)
    ScheduledActivity.objects.bulk_create(activities, batch_size=1000)
    Administration.objects.bulk_create(given, batch_size=1000)


def _doses(
    cycle: Cycle, planned: PlannedCycle, received: Received | None, end: End, by: Any
) -> Iterator[tuple[ScheduledActivity, bool, bool]]:
    """(row, whether it was given, whether it is a drug of every day) of each dose of a cycle."""
    for dose in planned.doses:
        was = received is not None and was_given(dose, received, end)
        daily = dose.pattern == dose.pattern.EVERY_DAY
        for activity in activities_of(cycle, [dose], provisional=received is None, by=by):
            if was:
                activity.state = ActivityState.GIVEN
            yield activity, was, daily


def _closed(row: Any, closure: Closure) -> Any:
    """As closing the plan leaves a planned row."""
    row.state_before_closure = row.state
    row.state = CycleState.CLOSED if isinstance(row, Cycle) else ActivityState.CLOSED
    row.closed_by = closure
    return row


def _completed(cycle: Cycle, taken: Measurements) -> Cycle:
    cycle.state = CycleState.COMPLETED
    cycle.height_cm, cycle.weight_kg = taken.height_cm, taken.weight_kg
    cycle.measured_on, cycle.bsa_m2 = taken.measured_on, surface_of(taken).rounded
    return cycle


def _given(
    patient: Patient, activity: ScheduledActivity, end: End, *, daily: bool, note: str, by: Any
) -> Administration:
    """Given as planned at a usual hour; what would have run on longer ended with the treatment."""
    zone = patient.site.zone
    return Administration(
        patient=patient,
        cycle=activity.cycle,
        activity=activity,
        drug=activity.drug,
        route=activity.route,
        outcome=Outcome.GIVEN,
        dose=activity.dose,
        dose_unit=activity.dose_unit,
        given_at=usual_time(activity, zone),
        ended_at=usual_end(activity, zone, daily=daily, last=end.of(activity.drug)),
        reason=note,
        created_by=by,
    )
