"""From the rows of the record to the subjects of the outcomes, as known at a data cut-off. Pure.

Rows may lie in any order; rows entered in error are not among them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from patients.edit_checks.facts import REMISSION
from patients.outcomes.subject import MRD_RESULTS, Subject

BEST_FIRST = ("CR", "CRp", "CRi", "MLFS", "PR", "NR", "ED", "NE")
"""Response categories; the first known one is the best response."""
RANK = {category: place for place, category in enumerate(BEST_FIRST)}
NEGATIVE, POSITIVE = MRD_RESULTS
NOT_EVALUABLE = "not evaluable"


class Fact(NamedTuple):
    """A dated record: the slug of its kind, and what its first field says (category, result, donor, grade, cause)."""

    slug: str
    on: dt.date
    value: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Who it is, and what was so on the day of enrolment."""

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


@dataclass(frozen=True, slots=True)
class Past:
    """What a file says of a patient treated before this record began; `told_until`: its last contact."""

    started_on: dt.date
    best_response: str = ""
    best_mrd: str = ""
    mrd_negative_on: dt.date | None = None
    told_until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Doses:
    """Local days of the first and the last dose given."""

    first_on: dt.date
    last_on: dt.date


def subject_of(
    person: Person,
    facts: Iterable[Fact] = (),
    *,
    cutoff: dt.date,
    past: Past | None = None,
    doses: Doses | None = None,
) -> Subject | None:
    """None for who was enrolled after the cut-off.

    A fact dated after the cut-off is not known, except that the patient was alive at the cut-off.
    """
    if person.enrolled_on > cutoff:
        return None
    every = sorted(facts, key=lambda fact: (fact.on, fact))
    known = [fact for fact in every if fact.on <= cutoff]
    started = _started(past, doses, cutoff)
    course = past if started else None
    response, response_on = _response(course, every, known)
    return Subject(
        **{name: getattr(person, name) for name in Person.__slots__},
        started_on=started,
        response=response,
        response_on=response_on,
        **(_mrd(course, every, known, cutoff) if response in REMISSION else {}),
        **_events(known, started, response_on),
        last_contact_on=_last_contact(person, every, past, doses, cutoff),
    )


def _started(past: Past | None, doses: Doses | None, cutoff: dt.date) -> dt.date | None:
    """As the file says, else the first dose given; None before it has begun."""
    start = past.started_on if past else doses.first_on if doses else None
    return start if start and start <= cutoff else None


def _of(facts: Iterable[Fact], slug: str) -> list[Fact]:
    return [fact for fact in facts if fact.slug == slug]


def _response(past: Past | None, every: Sequence[Fact], known: Sequence[Fact]) -> tuple[str, dt.date | None]:
    """The best category, and the first day in remission."""
    assessed = _of(known, "response")
    remissions = [fact.on for fact in assessed if fact.value in REMISSION]
    categories = [fact.value for fact in assessed]
    if past and past.best_response and _past_response_known(past.best_response, every, known):
        categories.append(past.best_response)
    best = min(categories, key=lambda category: RANK[category], default="")
    return best, remissions[0] if remissions else None


def _past_response_known(category: str, every: Sequence[Fact], known: Sequence[Fact]) -> bool:
    """The summary of a file bears no date: a remission has that of its assessment, early death that of the death.

    What is dated by nothing is known.
    """
    if category in REMISSION:
        return _known_if_dated(every, known, "response", REMISSION)
    if category == "ED":
        return bool(_of(known, "death")) or not _of(every, "death")
    return True


def _known_if_dated(every: Sequence[Fact], known: Sequence[Fact], slug: str, values: Iterable[str]) -> bool:
    """Whether a fact of that kind with one of `values` is known; true where none has a date at all."""
    dated = [fact for fact in _of(every, slug) if fact.value in values]
    return not dated or any(fact in known for fact in dated)


def _mrd(past: Past | None, every: Sequence[Fact], known: Sequence[Fact], cutoff: dt.date) -> dict[str, Any]:
    """Best MRD and its first day negative: negative once is negative, else positive once is positive."""
    samples = [fact for fact in _of(known, "mrd") if not _overruled(fact, past)]
    results = {fact.value for fact in samples}
    negative_on = [fact.on for fact in samples if fact.value == NEGATIVE]
    if past:
        if past.mrd_negative_on and past.mrd_negative_on <= cutoff:
            negative_on.append(past.mrd_negative_on)
        if past.mrd_negative_on is None and _known_if_dated(every, known, "mrd", {past.best_mrd}):
            results.add(past.best_mrd)
    if negative_on or NEGATIVE in results:
        return {"best_mrd": NEGATIVE, "mrd_negative_on": min(negative_on, default=None)}
    return {"best_mrd": POSITIVE if POSITIVE in results else NOT_EVALUABLE}


def _overruled(sample: Fact, past: Past | None) -> bool:
    """A file that says "not evaluable" means its own samples, whatever their values; not those taken here later."""
    if past is None or past.best_mrd != NOT_EVALUABLE or past.told_until is None:
        return False
    return sample.on <= past.told_until


def _events(known: Sequence[Fact], started: dt.date | None, response_on: dt.date | None) -> dict[str, Any]:
    """The first transplant and the first VOD from the start of treatment on, the relapse, and the death."""
    treated = [fact for fact in known if started and fact.on >= started]
    relapses = [fact for fact in _of(known, "relapse") if not response_on or fact.on >= response_on]
    hct, vod, relapse, death = (
        next(iter(found), None)
        for found in (_of(treated, "hct"), _of(treated, "vod"), relapses, _of(known, "death"))
    )
    return {
        "hct_on": hct and hct.on,
        "hct_donor": hct.value if hct else "",
        "vod_on": vod and vod.on,
        "vod_grade": vod.value if vod else "",
        "relapse_on": relapse and relapse.on,
        "death_on": death and death.on,
        "cause_of_death": death.value if death else "",
    }


def _last_contact(
    person: Person, every: Sequence[Fact], past: Past | None, doses: Doses | None, cutoff: dt.date
) -> dt.date:
    """The latest of all that bears a date, at most the cut-off."""
    death = next((fact.on for fact in every if fact.slug == "death"), None)
    if death and death <= cutoff:
        return death
    days = [person.enrolled_on, *(fact.on for fact in every)]
    if past:
        days.append(past.started_on)
    if doses:
        days.append(doses.last_on)
    return min(max(days), cutoff)
