"""Enrolment with the whole plan, and the record of a whole cycle, beside the bare INSERT of the same rows."""

import dataclasses
import datetime as dt
import statistics
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from patients.actions import treatment
from patients.demo import hours, seeding
from patients.demo.course import Course
from patients.models import Administration, Cycle, EligibilityAnswer, Enrolment, Patient, ScheduledActivity
from tests.bench import bare, clock

ROUNDS = 7
TABLES = (Patient, Enrolment, EligibilityAnswer, Cycle, ScheduledActivity, Administration)
HEAD = ["action", "rows", "ms", "bare INSERT ms", "x bare"]


def tables() -> list[str]:
    return [model._meta.db_table for model in TABLES]


def run(place: Any) -> list[list[str]]:
    [story] = [told for told in seeding.STORIES if "to be opened today" in told.what]
    return [_enrolment(place, story), _cycle(place, story)]


def _enrolment(place: Any, story: Any) -> list[str]:
    now = timezone.now()
    model = place.enrol(story, now)
    rows = bare.Rows(_of_enrolment(model))
    ready = iter([rows.statements(number) for number in range(ROUNDS + 1)])
    target, reference = clock.in_turn(
        [lambda: place.enrol(story, now), lambda: bare.send(next(ready))], rounds=ROUNDS
    )
    return _row("enrolment with the whole plan", rows.count, target, reference)


def _of_enrolment(patient: Patient) -> list[Any]:
    return [
        Patient.objects.filter(pk=patient.pk),
        Enrolment.objects.filter(patient=patient),
        EligibilityAnswer.objects.filter(enrolment__patient=patient),
        patient.cycles.all(),
        patient.activities.all(),
    ]


def _cycle(place: Any, story: Any) -> list[str]:
    now = timezone.now()
    opened = [_opened(place, story, now) for _ in range(ROUNDS + 2)]
    _record(*opened[0], now)
    rows = bare.Rows([Administration.objects.filter(patient=opened[0][0].patient)])
    ready = iter([rows.statements(number) for number in range(ROUNDS + 1)])
    courses: Iterator = iter(opened[1:])
    target, reference = clock.in_turn(
        [lambda: _record(*next(courses), now), lambda: bare.send(next(ready))], rounds=ROUNDS
    )
    return _row("a whole cycle given as planned", rows.count, target, reference)


def _opened(place: Any, story: Any, now: dt.datetime) -> tuple[Course, list[Any]]:
    """A patient with the first cycle open, and its doses with the time of each."""
    patient = place.enrol(dataclasses.replace(story, started=60), now)
    course = Course(patient, place.staff(story.site), today=patient.site.today(now), now=now)
    course.open()
    doses = course.cycle.activities.order_by("day", "slot")
    return course, [(dose, hours.start_of(dose, course.zone, course.chance)) for dose in doses]


def _record(course: Course, doses: list[Any], now: dt.datetime) -> None:
    treatment.record_as_planned(by=course.nurse, patient=course.patient, doses=doses, now=now)


def _row(name: str, count: int, target: list[float], reference: list[float]) -> list[str]:
    median = statistics.median
    times = [f"{median(target):.0f}", f"{median(reference):.1f}", f"{clock.ratio(target, reference):.1f}"]
    return [name, str(count), *times]
