"""Builders in clinic language; each goes through the real actions."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from patients.actions import cycles, enrolment, importing, past_course, resuming, treatment
from patients.actions.past_course import PastCourse
from patients.actions.resuming import NewStart
from patients.enums import Answer
from patients.models import Cycle, PastTreatment, Patient, SubjectCounter
from patients.received import Received
from protocoltracker.accounts.models import Membership, Role, Site, User
from protocoltracker.audit.context import acting
from regimens import actions as regimens
from regimens import loading
from regimens.models import ProtocolVersion
from tests.cohort_files import a_file, a_row

_number = itertools.count(1)
TODAY = dt.date(2020, 6, 15)
"""A Monday; the default `today` of these builders."""


def a_site(name: str = "", *, zone: str = "Europe/Paris") -> Site:
    with acting(by="system:test"):
        return Site.objects.create(name=name or f"Site {next(_number)}", time_zone=zone)


def a_person(
    role: str | None = Role.NURSE, site: Site | None = None, *, name: str = "", **fields: Any
) -> User:
    """Somebody with a role at a site (at every site when there is none)."""
    username = name or f"person{next(_number)}"
    with acting(by="system:test"):
        user = User(username=username, full_name=username.title(), email=f"{username}@example.org", **fields)
        user.set_unusable_password()
        user.save()
        if role:
            Membership.objects.create(user=user, site=site, role=role)
    return user


def the_protocol(name: str = "amended") -> ProtocolVersion:
    """The shipped version of that name; both are stored."""
    for _, text in loading.shipped():
        regimens.load_version(text=text, by="system:test")
    return ProtocolVersion.objects.filter(name=name).latest("revision")


def baseline(**facts: Any) -> dict[str, Any]:
    """An ordinary patient: 170 cm, 70 kg, CD20 below the limit."""
    day1 = facts.pop("day1", TODAY - dt.timedelta(days=7))
    plain = {
        "enrolled_on": day1 - dt.timedelta(days=3),
        "consented_on": day1 - dt.timedelta(days=5),
        "consent_version": "4.0",
        "planned_day1": day1,
        "salvage": "S2",
        "cr1_months": None,
        "prior_hct": False,
        "cd20_pct": Decimal(5),
        "cd22_pct": Decimal(90),
        "bm_blasts_pct": Decimal(60),
        "wbc_10e9_l": None,
        "karyotype": "",
        "ecog": 1,
        "bilirubin_mg_dl": None,
        "alt_u_l": None,
        "creatinine_mg_dl": None,
        "height_cm": Decimal(170),
        "weight_kg": Decimal(70),
        "measured_on": day1 - dt.timedelta(days=3),
        "dose_level": "",
    }
    return plain | facts


def enrolled(
    *,
    version: str = "amended",
    site: Site | None = None,
    by: User | None = None,
    today: dt.date = TODAY,
    **facts: Any,
) -> Patient:
    """A patient enrolled under a version, whatever version is in force on the day of consent."""
    chosen = the_protocol(version)
    site = site or a_site()
    by = by or a_person(Role.INVESTIGATOR, site)
    if version == "original":
        facts.setdefault("dose_level", "1.8")
    return enrolment.enrol(
        by=by,
        site=site,
        today=today,
        sex="female",
        birth_date=dt.date(1980, 3, 1),
        baseline=baseline(**facts),
        criteria=[enrolment.Criterion(code=c.code, answer=Answer.MET) for c in chosen.definition.criteria],
        version=chosen,
        override_reason="chosen for the test",
    )


def opened(cycle: Cycle, *, by: User, weight_kg: Any = 70, day1: dt.date | None = None) -> Cycle:
    """Open a cycle on its planned day (or `day1`), weighed on that day."""
    day1 = day1 or cycle.day1
    return cycles.open_cycle(
        by=by,
        cycle=cycle,
        day1=day1,
        height_cm=Decimal(170),
        weight_kg=Decimal(weight_kg),
        measured_on=day1,
        today=day1,
        reason="" if day1 == cycle.day1 else "late recovery",
        weight_confirmed=True,
    )


def at(day: dt.date, hour: int = 10, *, zone: str = "Europe/Paris") -> dt.datetime:
    """A local time of the clinic, as an instant."""
    return dt.datetime.combine(day, dt.time(hour), ZoneInfo(zone))


def given_as_planned(cycle: Cycle, *, by: User) -> None:
    """Record every open dose of an opened cycle as given on its day, by the clock of the site."""
    zone = cycle.patient.site.time_zone
    doses = [
        (activity, at(activity.on, 8 + 12 * (activity.slot - 1), zone=zone))
        for activity in cycle.activities.open()
    ]
    end = at(cycle.last_day + dt.timedelta(days=60))
    treatment.record_as_planned(by=by, patient=cycle.patient, doses=doses, now=end)


def enrolled_on_cycle(
    number: int, *, by: User | None = None, site: Site | None = None, **facts: Any
) -> Patient:
    """A patient whose cycle in position `number` is open, with everything before it given as planned."""
    site = site or a_site()
    by = by or a_person(Role.INVESTIGATOR, site)
    patient = enrolled(site=site, by=by, **facts)
    for position in range(1, number + 1):
        cycle = opened(patient.cycles.get(position=position), by=by)
        if position < number:
            given_as_planned(cycle, by=by)
    return patient


def an_imported(**columns: str) -> Patient:
    """A former patient out of a file: a responder who is alive, with these columns of the file instead."""
    return imported(columns)[0]


def imported(*rows: dict[str, str]) -> list[Patient]:
    """Former patients out of one file, each with the next subject number unless it says another."""
    counter = SubjectCounter.objects.first()
    numbers = itertools.count(counter.last + 1 if counter else 1)
    full = [a_row(**({"subject": f"{next(numbers):03d}"} | row)) for row in rows]
    done = importing.store(by="system:import", content=a_file(*full), today=dt.date(2026, 1, 1))
    assert not done.blocked, done.errors
    subjects = [int(row["subject"]) for row in full]
    found = {
        patient.subject_number: patient for patient in Patient.objects.filter(subject_number__in=subjects)
    }
    return [found[subject] for subject in subjects]


def with_past_course(
    patient: Patient, *, by: User, days: int = 28, reason: str = "letter of the hospital", **facts: Any
) -> Patient:
    """A former patient with the cycles of mini-hyper-CVD of the file entered, one every so many days."""
    past = PastTreatment.objects.get(patient=patient)
    cycles = [
        Received(phase="mini-hcvd", number=number, day1=past.on + dt.timedelta(days=days * (number - 1)))
        for number in range(1, (past.mini_hcvd_cycles or 0) + 1)
    ]
    enrolment = patient.enrolment
    plain = {
        "cycles": cycles,
        "height_cm": enrolment.height_cm,
        "weight_kg": enrolment.weight_kg,
        "measured_on": enrolment.enrolled_on,
        "dose_level": "1.8" if enrolment.protocol_version.definition.dose_levels else "",
    }
    now = at(dt.date(2026, 1, 1))
    past_course.enter(by=by, patient=patient, course=PastCourse(**(plain | facts)), now=now, reason=reason)
    return Patient.objects.get(pk=patient.pk)


def resumed(patient: Patient, *, by: User, day1: dt.date = dt.date(2026, 1, 5), **facts: Any) -> Cycle:
    """A former patient is treated here again, with the first POMP cycle unless another is named."""
    plain = {
        "phase": "pomp",
        "number": 1,
        "day1": day1,
        "height_cm": Decimal(170),
        "weight_kg": Decimal("72.5"),
        "measured_on": day1 - dt.timedelta(days=3),
        "dose_level": "1.8" if patient.enrolment.protocol_version.definition.dose_levels else "",
    }
    start = NewStart(**(plain | facts))
    return resuming.resume(by=by, patient=patient, start=start, today=day1, reason="back in our hands")
