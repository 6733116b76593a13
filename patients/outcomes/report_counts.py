"""Of the report: who they are, how old, and how long they were followed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from patients.outcomes.definitions import Definitions
from patients.outcomes.descriptive import Summary, summary
from patients.outcomes.endpoints import GROUPING
from patients.outcomes.subject import Subject
from patients.outcomes.survival import censoring

Json = dict[str, Any]


def counts(subjects: Sequence[Subject]) -> Json:
    """How many of each; what is blank is left out, but for response (not assessed) and ECOG (missing)."""
    responders = [subject for subject in subjects if subject.responder]
    return {
        "patients": len(subjects),
        "arm": _tally(s.arm for s in subjects),
        "salvage_line": _grouped("salvage_line", subjects),
        "salvage": _grouped("salvage", subjects),
        "site": _tally(s.site for s in subjects),
        "sex": _tally(s.sex for s in subjects),
        "response": _tally(s.response if s.evaluable else "not assessed" for s in subjects),
        "best_mrd_among_responders": _tally(s.best_mrd for s in responders),
        "protocol_version": _tally(s.version for s in subjects),
        "ecog": _tally("missing" if s.ecog is None else str(s.ecog) for s in subjects),
        "vod_grade": _tally(s.vod_grade for s in subjects),
        "cause_of_death": _tally(s.cause_of_death for s in subjects),
        "hct_donor": _tally(s.hct_donor for s in subjects),
        "karyotype": _tally(s.karyotype for s in subjects),
        "enrolled_per_year": _tally(str(s.enrolled_on.year) for s in subjects),
        "deaths": sum(not s.alive for s in subjects),
        "relapses": sum(s.relapse_on is not None for s in subjects),
        "deaths_in_remission": sum(not s.alive and s.relapse_on is None for s in responders),
        "hct": sum(s.transplanted for s in subjects),
        "vod": sum(s.had_vod for s in subjects),
    }


def _tally(values: Iterable[str]) -> dict[str, int]:
    counted = Counter(value for value in values if value)
    return {value: counted[value] for value in sorted(counted)}


def _grouped(by: str, subjects: Sequence[Subject]) -> dict[str, int]:
    grouping = GROUPING[by]
    return {value: len(found) for value, found in grouping.split(subjects, grouping.fixed).items()}


def age(subjects: Sequence[Subject]) -> Json:
    found = summary(subject.age for subject in subjects)
    return {
        "median": found.median,
        "min": found.minimum,
        "max": found.maximum,
        "mean": found.mean,
        "q1": found.q1,
        "q3": found.q3,
    }


def follow_up(subjects: Sequence[Subject], definitions: Definitions) -> Json:
    times = [subject.os for subject in subjects if subject.os]
    alive = summary(time.days for time in times if not time.event)
    reverse = censoring([time.days for time in times], [time.event for time in times]).median()
    return {
        "alive": {"n": alive.n} | _range(alive, definitions),
        "all": _range(summary(time.days for time in times), definitions),
        "reverse_km": definitions.months(reverse.value),
    }


def _range(days: Summary, definitions: Definitions) -> Json:
    months = definitions.months
    return {"median": months(days.median), "min": months(days.minimum), "max": months(days.maximum)}
