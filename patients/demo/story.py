"""A demo patient: who came into the trial, how many days ago, and what happened since."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from patients.actions import enrolment
from patients.demo.course import DAY, Course, Staff
from patients.enums import Answer, Salvage, Sex
from patients.models import Patient
from protocoltracker.accounts.models import Site
from regimens.models import ProtocolVersion

CHEMO, BLINA = 28, 42
"""Days of a cycle as planned, to count back from today to day 1 of the first cycle."""
CONSENT, ENROLMENT = 6 * DAY, 3 * DAY
"""How long before day 1."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """Baseline in cm, kg, percent. `override`: the reason for the original version; else the one in force is taken.

    `started` is how many days ago day 1 of the first cycle was planned, `facts` are more fields of the enrolment,
    `waivers` notes on criteria that are not met, `treated` tells the rest.
    """

    what: str
    site: str
    started: int
    treated: Callable[[Course], None]
    sex: Sex
    age: int
    height: int
    weight: str
    cd20: int
    salvage: Salvage = Salvage.S1_LATE
    dose_level: str = ""
    override: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    waivers: Mapping[str, str] = field(default_factory=dict)


def enrol(
    story: Story, *, staff: Staff, site: Site, versions: Mapping[str, ProtocolVersion], today: dt.date
) -> Patient:
    """Enrol three days before day 1; by the coordinator, or by the investigator where it takes one."""
    day1 = today - story.started * DAY
    version = versions["original" if story.override else "amended"]
    needs_investigator = bool(story.override or story.waivers)
    return enrolment.enrol(
        by=staff.investigator if needs_investigator else staff.coordinator,
        site=site,
        today=day1 - ENROLMENT,
        sex=story.sex,
        birth_date=dt.date(day1.year - story.age, 1 + story.height % 12, 1 + story.started % 28),
        baseline=_baseline(story, day1),
        criteria=[_answer(criterion.code, story) for criterion in version.definition.criteria],
        version=version,
        override_reason=story.override,
    )


def _baseline(story: Story, day1: dt.date) -> dict[str, Any]:
    usual = {
        "enrolled_on": day1 - ENROLMENT,
        "consented_on": day1 - CONSENT,
        "consent_version": "2.1" if story.override else "4.0",
        "planned_day1": day1,
        "salvage": story.salvage,
        "prior_hct": False,
        "cd20_pct": Decimal(story.cd20),
        "cd22_pct": Decimal(92),
        "bm_blasts_pct": Decimal(70),
        "ecog": 1,
        "bilirubin_mg_dl": Decimal("0.6"),
        "alt_u_l": Decimal(31),
        "creatinine_mg_dl": Decimal("0.8"),
        "height_cm": Decimal(story.height),
        "weight_kg": Decimal(story.weight),
        "measured_on": day1 - ENROLMENT,
        "dose_level": story.dose_level,
    }
    return {**usual, **story.facts}


def _answer(code: str, story: Story) -> enrolment.Criterion:
    if code in story.waivers:
        return enrolment.Criterion(code=code, answer=Answer.NOT_MET, note=story.waivers[code])
    if code == "pregnancy" and story.sex == Sex.MALE:
        return enrolment.Criterion(code=code, answer=Answer.NOT_APPLICABLE)
    return enrolment.Criterion(code=code, answer=Answer.MET)
