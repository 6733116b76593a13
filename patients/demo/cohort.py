"""The 108 former patients of the demo: a synthetic file, imported as any other, and an invented course for each.

The file says how many cycles each of them received, not when, and holds no dose level: both are made up here, the same
each time, and entered as somebody would enter a past course.
"""

import datetime as dt
import random
from collections.abc import Sequence

from patients.actions import importing, past_course
from patients.actions.past_course import PastCourse
from patients.cohort.published import FILE, published_cohort
from patients.models import PastTreatment, Patient
from patients.received import DAY, NUMBERS, End, begin, course, cycles
from protocoltracker.accounts.models import User
from regimens.planned import CycleRef, PlannedCycle

FIRST_LEVEL = 48
"""The first patients are said to have had the higher dose level; those after them the lower one."""
LATE = (0, 0, 0, 1, 2, 3, 5, 7)  # days
LONGEST = 42
"""No cycle is stretched beyond this many days."""
WHY = "Invented for the demo: the synthetic file holds no dose level, no day of a cycle and no single dose."


def tell(*, by: User, now: dt.datetime) -> list[Patient]:
    """Import the file and enter the course of every patient in it; `by` is the data manager."""
    done = importing.store(by=by, content=published_cohort(), today=now.date(), source=FILE.name)
    if done.blocked:
        raise ValueError(
            f"{FILE.name} cannot be imported: {[finding.message for finding in done.errors][:3]}"
        )
    former = Patient.objects.filter(enrolment__historical=True)
    found = list(former.select_related("site", "enrolment__protocol_version"))
    pasts = {past.patient_id: past for past in PastTreatment.objects.all()}
    for patient in found:
        if invented := invent(patient, pasts[patient.pk], today=patient.site.today(now)):
            past_course.enter(by=by, patient=patient, course=invented, now=now, reason=WHY)
    return found


def invent(patient: Patient, past: PastTreatment, *, today: dt.date) -> PastCourse | None:
    """A course with the numbers of the file that fits before the end; None where nothing was received."""
    enrolment = patient.enrolment
    definition = enrolment.protocol_version.definition
    if enrolment.height_cm is None or enrolment.weight_kg is None:
        return None
    numbers = {name: getattr(past, name) or 0 for name in NUMBERS}
    end = past_course.end_of(patient, None, today=today)
    received = course(
        definition,
        numbers,
        start=past.on,
        with_inotuzumab=past.ino_cycles,
        rituximab=past.rituximab,
        days=days_of(cycles(definition, numbers), past.on, end, random.Random(patient.subject_number)),  # noqa: S311
    )
    fitting = [cycle for cycle in received if cycle.day1 <= end.on]
    if not fitting:
        return None
    return PastCourse(
        cycles=fitting,
        height_cm=enrolment.height_cm,
        weight_kg=enrolment.weight_kg,
        measured_on=enrolment.enrolled_on,
        dose_level=level_of(patient) if definition.dose_levels else "",
    )


def level_of(patient: Patient) -> str:
    return "1.8" if patient.subject_number <= FIRST_LEVEL else "1.3"


def days_of(
    chosen: Sequence[PlannedCycle], start: dt.date, end: End, chance: random.Random
) -> dict[CycleRef, dt.date]:
    """Day 1 of each cycle: squeezed where time was short, otherwise some of them a few days late.

    Nobody is late on the way to the day on which a drug was stopped for good: what the file counts was before it.
    """
    nominal = begin(start, [cycle.length_days for cycle in chosen], until=end.on)
    room = (end.on - nominal[-1]).days - chosen[-1].length_days if chosen and not end.drugs else 0
    passed, found = 0, {}
    for cycle, day in zip(chosen, nominal, strict=True):
        found[cycle.ref] = day + passed * DAY
        passed += min(chance.choice(LATE), max(room - passed, 0), LONGEST - cycle.length_days)
    return found
