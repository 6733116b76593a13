"""One patient as the outcomes see him or her: facts known at the data cut-off, and the times that follow from them.

Pure. Codes are those of `patients.enums`, spelt out because this module knows no framework. Dates are local dates of
the site; times are whole days.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from patients.ages import age_on
from patients.edit_checks.facts import REMISSION
from patients.outcomes.incidence import CENSORED, COMPETING, EVENT

SALVAGES = ("S1-primary-refractory", "S1-CR1<12mo", "S1-CR1>=12mo", "S2", "S3+")
"""Salvage classes in clinical order."""
SALVAGE_LINES = ("S1", "S2+")
MRD_RESULTS = ("negative", "positive")
"""Best MRD of who was evaluable for it."""
NOT_EVALUABLE = "NE"


class Time(NamedTuple):
    """From a start to an event or to the last day without it."""

    days: int
    event: bool


class CauseTime(NamedTuple):
    """As `Time`; `cause` is CENSORED, EVENT or COMPETING of patients.outcomes.incidence."""

    days: int
    cause: int


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Facts up to the data cut-off; None or "" is not known or did not happen.

    `started_on` is the first day of treatment, `response` the best category ("" not assessed), `response_on` the first
    day in CR, CRp or CRi, `best_mrd` negative, positive or not evaluable, of responders only ("" for others).
    `relapse_on` of a responder is the first relapse of the remission. `last_contact_on` is the last day on which the
    patient was known to be alive, or the day of death; never after the cut-off.
    """

    pk: uuid.UUID
    number: int
    site: str
    enrolled_on: dt.date
    birth_date: dt.date
    sex: str
    version: str
    arm: str
    salvage: str
    prior_hct: bool | None
    ecog: int | None
    karyotype: str
    last_contact_on: dt.date
    started_on: dt.date | None = None
    response: str = ""
    response_on: dt.date | None = None
    best_mrd: str = ""
    mrd_negative_on: dt.date | None = None
    hct_on: dt.date | None = None
    hct_donor: str = ""
    vod_on: dt.date | None = None
    vod_grade: str = ""
    relapse_on: dt.date | None = None
    death_on: dt.date | None = None
    cause_of_death: str = ""

    @property
    def subject(self) -> str:
        """The subject number as it is written: three digits at least (001)."""
        return f"{self.number:03d}"

    @cached_property
    def age(self) -> int:
        """Completed years on the day of enrolment."""
        return age_on(self.birth_date, self.enrolled_on)

    @property
    def salvage_line(self) -> str:
        return "S1" if self.salvage.startswith("S1") else "S2+"

    @property
    def treated(self) -> bool:
        return self.started_on is not None

    @property
    def alive(self) -> bool:
        return self.death_on is None

    @property
    def responder(self) -> bool:
        return self.response in REMISSION

    @property
    def evaluable(self) -> bool:
        """Has a response category; early death is one, "not evaluable" is none."""
        return self.response not in ("", NOT_EVALUABLE)

    @property
    def mrd_evaluable(self) -> bool:
        return self.responder and self.best_mrd in MRD_RESULTS

    @property
    def transplanted(self) -> bool:
        return self.hct_on is not None

    @property
    def had_vod(self) -> bool:
        return self.vod_on is not None

    @property
    def lost_on(self) -> dt.date | None:
        """The end of the remission: relapse, or death without it. None while it lasts, and for non-responders."""
        return (self.relapse_on or self.death_on) if self.responder else None

    @cached_property
    def os(self) -> Time | None:
        """Overall survival from the start of treatment; None for who was not treated."""
        return _time(self.started_on, self.death_on, self.last_contact_on)

    @cached_property
    def cr_duration(self) -> Time | None:
        """From response to its loss, not censored at HCT; None for non-responders."""
        return _time(self.response_on, self.lost_on, self.last_contact_on) if self.responder else None

    @cached_property
    def vod_time(self) -> CauseTime | None:
        """From the start of treatment to VOD; death without VOD competes, on the same day VOD counts."""
        return _cause_time(self.started_on, self.vod_on, self.death_on, self.last_contact_on)

    @cached_property
    def relapse_time(self) -> CauseTime | None:
        """From response to relapse; death in remission competes, on the same day relapse counts."""
        if not self.responder:
            return None
        return _cause_time(self.response_on, self.relapse_on, self.death_on, self.last_contact_on)

    @property
    def hct_days(self) -> int | None:
        """From the start of treatment to the transplant."""
        return _days(self.started_on, self.hct_on)


def _days(start: dt.date | None, end: dt.date | None) -> int | None:
    return None if start is None or end is None else (end - start).days


def _time(start: dt.date | None, event: dt.date | None, last: dt.date) -> Time | None:
    """None where there is no start, or where the dates contradict each other (the end before the start)."""
    days = _days(start, event or last)
    return None if days is None or days < 0 else Time(days, event is not None)


def _cause_time(
    start: dt.date | None, event: dt.date | None, competing: dt.date | None, last: dt.date
) -> CauseTime | None:
    days = _days(start, event or competing or last)
    if days is None or days < 0:
        return None
    return CauseTime(days, EVENT if event else COMPETING if competing else CENSORED)
