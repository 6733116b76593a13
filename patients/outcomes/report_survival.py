"""Of the report: survival, the landmark analysis, cumulative incidence. Times in months, shares in percent. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from patients.outcomes.comparing import LogRank, log_rank
from patients.outcomes.definitions import AT_MONTHS, Definitions
from patients.outcomes.endpoints import GROUPING, INCIDENCES, SURVIVALS, IncidenceKind, SurvivalKind
from patients.outcomes.incidence import aalen_johansen
from patients.outcomes.landmark import landmarked
from patients.outcomes.subject import Subject
from patients.outcomes.survival import Curve, kaplan_meier

Json = dict[str, Any]
Columns = tuple[list[float], list[bool]]

GROUPS = ("arm", "salvage_line", "salvage", "site", "sex", "best_mrd")
INCIDENCE_GROUPS = ("arm", "salvage_line", "sex")
AT = (12, 24, 36)
AT_RISK = (0, 6, 12, 24, 36)


def survival(subjects: Sequence[Subject], definitions: Definitions) -> Json:
    found = {kind.key: _of_kind(kind, subjects, definitions) for kind in SURVIVALS}
    return found | {"os_hct_landmark": _landmark(subjects, definitions)}


def _of_kind(kind: SurvivalKind, subjects: Sequence[Subject], definitions: Definitions) -> Json:
    found: Json = {"overall": _curve(kaplan_meier(*_columns(kind, subjects)), definitions)}
    for by in GROUPS:
        grouping = GROUPING[by]
        groups = grouping.split(subjects, grouping.values(subjects))
        found[by] = _compared({v: _columns(kind, group) for v, group in groups.items()}, definitions)
    return found


def _columns(kind: SurvivalKind, subjects: Sequence[Subject]) -> Columns:
    return _split(time for time in map(kind.time, subjects) if time)


def _compared(groups: dict[str, Columns], definitions: Definitions) -> Json:
    return {
        "groups": {value: _curve(kaplan_meier(*columns), definitions) for value, columns in groups.items()},
        "logrank": _log_rank(log_rank(list(groups.values()))),
    }


def _log_rank(test: LogRank | None) -> Json:
    return {"chi2": test and test.chi2, "df": test and test.df, "p": test and test.p}


def _curve(curve: Curve, definitions: Definitions) -> Json:
    median, months = curve.median(), definitions.months
    return {
        "n": curve.n,
        "events": curve.events,
        "at": {str(month): _at(curve, month * definitions.month_days) for month in AT},
        "at_risk": {str(month): curve.at_risk(month * definitions.month_days) for month in AT_RISK},
        "median_months": {
            "value": months(median.value),
            "midpoint_convention": months(median.midpoint),
            "lo": months(median.lower),
            "hi": months(median.upper),
        },
    }


def _at(curve: Curve, days: float) -> Json:
    point = curve.at(days)
    return {
        "S": _percent(point.survival),
        "lo": _percent(point.lower),
        "hi": _percent(point.upper),
        "at_risk": point.at_risk,
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _landmark(subjects: Sequence[Subject], definitions: Definitions) -> Json:
    found = landmarked(subjects, days=definitions.landmark_days)
    return {
        "landmark_days": found.days,
        "landmark_months": definitions.months(found.days),
        "responders": len(found.responders),
        "at_landmark": len(found.there),
        "excluded_dead": len(found.dead_before),
        "excluded_censored": len(found.censored_before),
    } | _compared(
        {value: _split(map(found.column, group)) for value, group in found.groups.items()}, definitions
    )


def _split(times: Iterable[tuple[float, bool]]) -> Columns:
    columns = list(times)
    return [time for time, _ in columns], [event for _, event in columns]


def incidences(subjects: Sequence[Subject], definitions: Definitions) -> Json:
    return {kind.key: _incidence(kind, subjects, definitions) for kind in INCIDENCES}


def _incidence(kind: IncidenceKind, subjects: Sequence[Subject], definitions: Definitions) -> Json:
    at = AT_MONTHS * definitions.month_days
    found: Json = {"overall": _incidence_of(kind.time, subjects, at)}
    for by in INCIDENCE_GROUPS:
        grouping = GROUPING[by]
        groups = grouping.split(subjects, grouping.values(subjects))
        found[by] = {value: _incidence_of(kind.time, group, at) for value, group in groups.items()}
    return found


def _incidence_of(time: Callable, subjects: Sequence[Subject], at: float) -> Json:
    times = [found for found in map(time, subjects) if found]
    found = aalen_johansen([one.days for one in times], [one.cause for one in times], at=at)
    return {
        "n": found.n,
        "events": found.events,
        "competing": found.competing,
        f"cif{AT_MONTHS}": _percent(found.value),
        "lo": _percent(found.lower),
        "hi": _percent(found.upper),
    }
