"""Cumulative incidence of an event beside a competing one: Aalen and Johansen (Scand J Stat 1978;5:141)."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, repeat
from operator import eq
from typing import NamedTuple

from patients.outcomes.numbers import normal_quantile
from patients.outcomes.risk_sets import Number, at_risk, checked, counts_at

CENSORED, EVENT, COMPETING = 0, 1, 2
CAUSES = (CENSORED, EVENT, COMPETING)


class Step(NamedTuple):
    """One distinct time: the incidence after it, as a share, with its limits.

    The limits are None before the first event, and where everybody had it.
    """

    time: Number
    at_risk: int
    events: int
    competing: int
    value: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class Incidence:
    """Events and competing events of `n` subjects in all; the incidence at one time as a share, None where n is 0."""

    n: int
    events: int
    competing: int
    value: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class IncidenceCurve:
    n: int
    events: int
    competing: int
    steps: tuple[Step, ...]

    def at(self, time: Number) -> Incidence:
        """What happens at that very time counts. After the last time seen the incidence stays what it was."""
        index = bisect_right(self.steps, time, key=lambda step: step.time)
        at_first = (0.0 if self.n else None, None, None)
        value, lower, upper = self.steps[index - 1][-3:] if index else at_first
        return Incidence(self.n, self.events, self.competing, value, lower, upper)


def aalen_johansen(
    times: Sequence[Number], causes: Sequence[int], *, at: Number, level: float = 0.95
) -> Incidence:
    return incidence_curve(times, causes, level=level).at(at)


def incidence_curve(times: Sequence[Number], causes: Sequence[int], *, level: float = 0.95) -> IncidenceCurve:
    """`causes` says of each time 0 censored, 1 event, 2 competing event. ValueError for bad columns."""
    leaving = checked(times, causes, marks_are="causes")
    if unknown := set(causes) - set(CAUSES):
        raise ValueError(f"causes: {unknown.pop()!r}. Give 0 (censored), 1 (event) or 2 (competing event).")
    order = tuple(sorted(leaving))
    there = at_risk(counts_at(order, leaving), len(times))
    events, competing = (
        counts_at(order, Counter(compress(times, map(eq, causes, repeat(cause)))))
        for cause in (EVENT, COMPETING)
    )
    steps = tuple(_steps(zip(order, there, events, competing, strict=True), normal_quantile(level)))
    return IncidenceCurve(len(times), sum(events), sum(competing), steps)


def _steps(rows: Iterator[tuple[Number, int, int, int]], z: float) -> Iterator[Step]:
    """The incidence F and the survival S, carried on with their variances and covariance (delta method).

    With hazards h1 of the event and h of both, multinomial: F' = F + S h1, S' = S (1 - h), var h1 = h1 (1 - h1) / n,
    cov(h1, h) = h1 (1 - h) / n, var h = h (1 - h) / n. The sum is that of Marubini and Valsecchi, Analysing Survival
    Data from Clinical Trials (1995), 10.3; without censoring the variance of F is F (1 - F) / n.
    """
    incidence, other, survival = 0.0, 0.0, 1.0
    var_f = var_s = cov = 0.0
    for time, n, events, competing in rows:
        h1, stay = events / n, (n - events - competing) / n
        square = survival * survival / n
        var_f += 2 * h1 * cov + h1 * h1 * var_s + square * h1 * (1 - h1)
        cov = stay * (cov + h1 * var_s - square * h1)
        var_s = stay * (stay * var_s + square * (1 - stay))
        incidence += survival * h1
        other += survival * competing / n
        survival *= stay
        value = incidence if survival or other else 1.0  # all of them: rounding must not leave a hair
        yield Step(time, n, events, competing, value, *_limits(value, max(var_f, 0.0), z))


def _limits(value: float, variance: float, z: float) -> tuple[float, float] | tuple[None, None]:
    """F^exp(+-z se / (F ln F)): normal limits of ln(-ln F)."""
    if not 0 < value < 1:
        return None, None
    wide = math.exp(z * math.sqrt(variance) / -(value * math.log(value)))
    return value**wide, value ** (1 / wide)
