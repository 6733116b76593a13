"""The report a second time: patient by patient, in fractions, each definition written anew; slow, easy to believe."""

from fractions import Fraction
from statistics import median
from typing import Any

from patients.outcomes.subject import Subject
from tests.patients.outcomes import slow

MONTH = Fraction(3652500, 120000)
CR = ("CR", "CRp", "CRi")

RATES = {
    "orr": (lambda s: s.response not in ("", "NE"), lambda s: s.response in CR),
    "cr": (lambda s: s.response not in ("", "NE"), lambda s: s.response == "CR"),
    "crp_cri": (lambda s: s.response not in ("", "NE"), lambda s: s.response in ("CRp", "CRi")),
    "orr_of_all_treated": (lambda s: s.started_on, lambda s: s.response in CR),
    "early_death": (lambda s: s.started_on, lambda s: s.response == "ED"),
    "not_assessed": (lambda s: s.started_on, lambda s: s.response in ("", "NE")),
    "mrd_negative_of_evaluable_responders": (
        lambda s: s.response in CR and s.best_mrd in ("negative", "positive"),
        lambda s: s.best_mrd == "negative",
    ),
    "mrd_evaluable_of_responders": (
        lambda s: s.response in CR,
        lambda s: s.best_mrd in ("negative", "positive"),
    ),
    "hct": (lambda s: s.started_on, lambda s: s.hct_on),
    "hct_of_responders": (lambda s: s.response in CR, lambda s: s.hct_on),
    "prior_hct": (lambda s: s.prior_hct is not None, lambda s: s.prior_hct),
    "vod": (lambda s: s.started_on, lambda s: s.vod_on),
    "vod_of_transplanted": (lambda s: s.hct_on, lambda s: s.vod_on),
    "died_within_30_days": (lambda s: s.started_on, lambda s: _died(s) and _lived(s) <= 30),
    "died_within_60_days": (lambda s: s.started_on, lambda s: _died(s) and _lived(s) <= 60),
    "salvage_1": (lambda s: True, lambda s: s.salvage[:2] == "S1"),
}
GROUPS = {
    "arm": lambda s: s.arm,
    "salvage_line": lambda s: "S1" if s.salvage[:2] == "S1" else "S2+",
    "salvage": lambda s: s.salvage,
    "site": lambda s: s.site,
    "sex": lambda s: s.sex,
}


def _died(s: Subject) -> bool:
    return bool(s.death_on)


def _lived(s: Subject) -> int:
    return (s.last_contact_on - s.started_on).days


def _lost(s: Subject) -> Any:
    return s.relapse_on or s.death_on


def report(subjects: list[Subject]) -> dict[str, Any]:
    """The parts that are worked out here, of the groups that have somebody in them."""
    return {
        "counts": {"patients": len(subjects), "deaths": sum(map(_died, subjects))},
        "follow_up_months": {"alive": _follow_up(subjects)},
        "proportions": {key: _rates(key, subjects) for key in RATES},
        "survival": {"os": _times(subjects, _os), "cr_duration": _times(subjects, _remission)}
        | {"os_hct_landmark": _landmark(subjects)},
        "cumulative_incidence_36_months": {
            "vod": {"overall": _incidence(subjects, _vod)},
            "relapse": {"overall": _incidence(subjects, _relapse)},
        },
    }


def _follow_up(subjects: list[Subject]) -> dict[str, Any]:
    months = [_lived(s) / MONTH for s in subjects if s.started_on and not s.death_on]
    return {"n": len(months), "median": _number(median(months) if months else None)}


def _rates(key: str, subjects: list[Subject]) -> dict[str, Any]:
    found = {"overall": _rate(key, subjects)}
    for by, value in GROUPS.items():
        if key != "salvage_1" or by == "arm":
            groups = sorted({value(s) for s in subjects})
            found[by] = {group: _rate(key, [s for s in subjects if value(s) == group]) for group in groups}
    return found


def _rate(key: str, subjects: list[Subject]) -> dict[str, Any]:
    counted, met = RATES[key]
    n = sum(1 for s in subjects if counted(s))
    k = sum(1 for s in subjects if counted(s) and met(s))
    return {"k": k, "n": n, "pct": _number(Fraction(100 * k, n) if n else None)}


def _os(s: Subject) -> Any:
    return (_lived(s), _died(s)) if s.started_on else None


def _remission(s: Subject) -> Any:
    if s.response not in CR:
        return None
    return ((_lost(s) or s.last_contact_on) - s.response_on).days, bool(_lost(s))


def _vod(s: Subject) -> Any:
    if not s.started_on:
        return None
    if s.vod_on:
        return (s.vod_on - s.started_on).days, 1
    return _lived(s), 2 if s.death_on else 0


def _relapse(s: Subject) -> Any:
    if s.response not in CR:
        return None
    end = s.relapse_on or s.death_on or s.last_contact_on
    return (end - s.response_on).days, 1 if s.relapse_on else 2 if s.death_on else 0


def _times(subjects: list[Subject], time: Any) -> dict[str, Any]:
    found = {"overall": _curve([time(s) for s in subjects if time(s)])}
    for by, value in GROUPS.items():
        groups = {group: [s for s in subjects if value(s) == group] for group in map(value, subjects)}
        curves = {group: _curve([time(s) for s in there if time(s)]) for group, there in groups.items()}
        found[by] = {"groups": curves}
    return found


def _curve(pairs: list[tuple]) -> dict[str, Any]:
    times, events = [time for time, _ in pairs], [event for _, event in pairs]
    half = slow.median(times, events)
    return {
        "n": len(pairs),
        "events": sum(events),
        "at": {str(month): {"S": _number(_survival(pairs, month * MONTH))} for month in (12, 24, 36)},
        "at_risk": {str(month): sum(time >= month * MONTH for time in times) for month in (0, 6, 12, 24, 36)},
        "median_months": {"value": _number(half / MONTH if half is not None else None)},
    }


def _survival(pairs: list[tuple], day: Fraction) -> Fraction | None:
    """In percent: the product over the days of death until then of the share who outlived each."""
    if not pairs:
        return None
    share = Fraction(100)
    for when in sorted({time for time, event in pairs if event and time <= day}):
        there = [pair for pair in pairs if pair[0] >= when]
        died = [pair for pair in there if pair == (when, True)]
        share *= Fraction(len(there) - len(died), len(there))
    return share


def _landmark(subjects: list[Subject]) -> dict[str, Any]:
    to_hct = [Fraction((s.hct_on - s.started_on).days) for s in subjects if s.hct_on]
    responders = [s for s in subjects if s.response in CR and s.started_on]
    if not to_hct:
        return {"landmark_days": None, "responders": len(responders), "at_landmark": 0}
    day = median(to_hct)
    there = [s for s in responders if _lived(s) >= day]
    early = [s for s in there if s.hct_on and (s.hct_on - s.started_on).days <= day]
    late = [s for s in there if s not in early]
    groups = {"HCT by landmark": early, "no HCT by landmark": late}
    return {
        "landmark_days": _number(day),
        "responders": len(responders),
        "at_landmark": len(there),
        "excluded_dead": sum(1 for s in responders if s not in there and s.death_on),
        "excluded_censored": sum(1 for s in responders if s not in there and not s.death_on),
        "groups": {
            name: _curve([(_lived(s) - day, _died(s)) for s in group]) for name, group in groups.items()
        },
    }


def _incidence(subjects: list[Subject], time: Any) -> dict[str, Any]:
    pairs = [time(s) for s in subjects if time(s)]
    value, share = Fraction(0), Fraction(1)
    for when in sorted({day for day, cause in pairs if cause and day <= 36 * MONTH}):
        there = [pair for pair in pairs if pair[0] >= when]
        value += share * Fraction(there.count((when, 1)), len(there))
        share *= 1 - Fraction(there.count((when, 1)) + there.count((when, 2)), len(there))
    return {
        "n": len(pairs),
        "events": sum(cause == 1 for _, cause in pairs),
        "competing": sum(cause == 2 for _, cause in pairs),
        "cif36": _number(100 * value if pairs else None),
    }


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
