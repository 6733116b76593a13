"""Survival statistics: ours beside those of lifelines and beside bare numpy, on the same patients."""

import math
import statistics
from typing import Any

from tests.bench import clock

Z = statistics.NormalDist().inv_cdf(0.975)
HEAD = [
    "Kaplan-Meier, limits and log-rank",
    "CPU ms",
    "lifelines ms",
    "x lifelines",
    "goal",
    "x numpy",
    "apart",
]
# Patients, whether times are whole days (with ties, as in the record), rounds, goal as a ratio to lifelines.
CASES = ((108, True, 30, "0.05"), (100_000, True, 5, "1.5"), (100_000, False, 3, "1.5"))


def run() -> list[list[str]]:
    return [row_of(*case) for case in CASES]


def row_of(number: int, days: bool, rounds: int, goal: str) -> list[str]:
    columns = patients(number, days)
    acts = [lambda act=act: act(*columns) for act in (ours(columns), lifelines, numpys)]
    own, theirs, bare = clock.in_turn(acts, rounds=rounds, spent=clock.cpu_milliseconds)
    return [
        f"n = {number:,}, " + ("times in days" if days else "no two times alike"),
        f"{statistics.median(own):.2f}",
        f"{statistics.median(theirs):.1f}",
        f"{clock.ratio(own, theirs):.4f}",
        goal,
        f"{clock.ratio(own, bare):.2f}",
        f"{apart(acts[0](), acts[1]()):.0e}",
    ]


def patients(number: int, days: bool) -> tuple[Any, Any, Any]:
    """Times, events and group as numpy's columns: the same patients each time."""
    import numpy as np

    source = np.random.default_rng(8)
    times = source.exponential(700, number)
    times = times.astype(int) + 1 if days else times
    return times, source.random(number) < 0.6, source.random(number) < 0.4


def ours(columns: tuple[Any, Any, Any]) -> Any:
    """Ours, on the lists that the dataset hands over."""
    from patients.outcomes.comparing import log_rank
    from patients.outcomes.survival import kaplan_meier

    times, events, _ = (column.tolist() for column in columns)
    parts = [(columns[0][one].tolist(), columns[1][one].tolist()) for one in (columns[2], ~columns[2])]

    def act(*_: Any) -> tuple[Any, Any, Any, float]:
        curve, test = kaplan_meier(times, events), log_rank(parts)
        assert test
        return curve.survival, curve.lower, curve.upper, test.chi2

    return act


def lifelines(times: Any, events: Any, group: Any) -> tuple[Any, Any, Any, float]:
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import logrank_test

    curve = KaplanMeierFitter().fit(times, events)
    limits = curve.confidence_interval_.to_numpy()[1:]  # its first row is time 0
    test = logrank_test(times[group], times[~group], events[group], events[~group])
    return curve.survival_function_.to_numpy()[1:, 0], limits[:, 0], limits[:, 1], test.test_statistic


def numpys(times: Any, events: Any, group: Any) -> tuple[Any, Any, Any, float]:
    import numpy as np

    order, left, at = rows_of(times)
    there = len(times) - np.cumsum(left) + left
    died = np.bincount(at, weights=events, minlength=len(order))
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(1 - died / there)
        spread = Z * np.sqrt(np.cumsum(died / (there * (there - died)))) / np.log(survival)
        lower, upper = survival ** np.exp(-spread), survival ** np.exp(spread)
        own = np.bincount(at, weights=group, minlength=len(order))
        share = (own.sum() - np.cumsum(own) + own) / there
        more = events[group].sum() - (share * died).sum()
        factor = np.where(there > 1, died * (there - died) / (there - 1), 0)
    return survival, lower, upper, more**2 / (factor * share * (1 - share)).sum()


def rows_of(times: Any) -> tuple[Any, Any, Any]:
    """The distinct times, how many have each, and the row of each patient."""
    import numpy as np

    order, at, left = np.unique(times, return_inverse=True, return_counts=True)
    return order, left, at


def apart(own: tuple[Any, Any, Any, float], theirs: tuple[Any, Any, Any, float]) -> float:
    """The greatest difference of survival, limits (where ours has any) and chi-square."""
    pairs = [
        (a, b)
        for mine, other in zip(own[:3], theirs[:3], strict=True)
        for a, b in zip(mine, other, strict=True)
        if a is not None
    ]
    return max(abs(a - b) for a, b in [*pairs, (own[3], theirs[3])] if not math.isnan(b))
