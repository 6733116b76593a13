"""Survival from censored times: Kaplan and Meier (J Am Stat Assoc 1958;53:457) with log-log limits.

Times are numbers from 0 up in one unit (days here). An event at t counts in S(t); at risk at t is who has a time >= t.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, compress, repeat
from operator import mul, neg, not_, sub, truediv
from typing import NamedTuple

from patients.outcomes.numbers import normal_quantile
from patients.outcomes.risk_sets import Number, at_risk, checked, counts_at

HALF = 0.5
Limits = tuple[float | None, ...]
DOUBT = 1e-9  # nearer to one half than this, the product is worked out in integers


class Step(NamedTuple):
    """One distinct time: `survival` after it, with its limits (None where S is 0 or no event has happened yet)."""

    time: Number
    at_risk: int
    events: int
    censored: int
    survival: float
    lower: float | None
    upper: float | None


class Point(NamedTuple):
    """The curve read at any time. After the last time seen S stays what it was, with nobody at risk."""

    time: Number
    survival: float | None  # None where there is no subject at all
    lower: float | None
    upper: float | None
    at_risk: int


class Median(NamedTuple):
    """All None where they are not reached.

    `value` is the first time with S <= 1/2 in exact arithmetic; `midpoint` the middle of the stretch where S is
    exactly 1/2 (what R prints), else the same; `lower`, `upper` the first times their limits are <= 1/2 while S > 0.
    """

    value: Number | None
    midpoint: Number | None
    lower: Number | None
    upper: Number | None


@dataclass(frozen=True)
class Curve:
    """Columns of one row a distinct time, in order of time; `events` of `n` subjects in all."""

    n: int
    events: int
    times: tuple[Number, ...]
    at_risks: tuple[int, ...]
    died: tuple[int, ...]
    left: tuple[int, ...]  # died or censored
    survival: tuple[float, ...]
    lower: Limits
    upper: Limits

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        censored = map(sub, self.left, self.died)
        columns = (self.times, self.at_risks, self.died, censored, self.survival, self.lower, self.upper)
        return tuple(map(Step, *columns))

    def at_risk(self, time: Number) -> int:
        """How many have a time of `time` or later."""
        index = bisect_left(self.times, time)
        return self.at_risks[index] if index < len(self.times) else 0

    def at(self, time: Number) -> Point:
        index = bisect_right(self.times, time) - 1
        if index < 0:
            return Point(time, 1.0 if self.n else None, None, None, self.at_risk(time))
        return Point(time, self.survival[index], self.lower[index], self.upper[index], self.at_risk(time))

    def median(self) -> Median:
        index = self._first_half()
        limits = (self._first_at_most_half(self.lower), self._first_at_most_half(self.upper))
        if index is None:
            return Median(None, None, *limits)
        value = self.times[index]
        return Median(value, self._midpoint(index) if self._beside_half(index) == 0 else value, *limits)

    def _first_half(self) -> int | None:
        """The first row in which S is at most one half."""
        index = bisect_left(self.survival, -HALF - DOUBT, key=neg)
        return next((row for row in range(index, len(self.times)) if self._beside_half(row) <= 0), None)

    def _beside_half(self, index: int) -> float:
        """Negative, zero or positive as S in this row lies below, at or above one half: exactly, where it is near."""
        about = self.survival[index] - HALF
        if abs(about) > DOUBT:
            return about
        stayed = Counter(map(sub, self.at_risks[: index + 1], self.died))
        there = Counter(self.at_risks[: index + 1])
        # Who stayed after one event and was there at the next is the same factor above and below the line.
        above, below = (math.prod(rest.elements()) for rest in (stayed - there, there - stayed))
        return 2 * above - below

    def _midpoint(self, index: int) -> Number:
        later = compress(self.times[index + 1 :], self.died[index + 1 :])
        return (self.times[index] + next(later, self.times[-1])) / 2

    def _first_at_most_half(self, limits: Sequence[float | None]) -> Number | None:
        return next(
            (
                time
                for time, limit in zip(self.times, limits, strict=True)
                if limit is not None and limit <= HALF
            ),
            None,
        )


def kaplan_meier(times: Sequence[Number], events: Sequence[object], *, level: float = 0.95) -> Curve:
    """`events` says of each time whether it ended in the event (true) or was censored. ValueError for bad columns."""
    leaving = checked(times, events, marks_are="events")
    order = tuple(sorted(leaving))
    left = (
        counts_at(order, leaving) if len(order) < len(times) else (1,) * len(times)
    )  # no ties, no looking up
    died = counts_at(order, Counter(compress(times, events)))
    there = at_risk(left, len(times))
    survival = tuple(accumulate(map(truediv, map(sub, there, died), there), mul))
    lower, upper = _limits(there, died, survival, normal_quantile(level))
    return Curve(len(times), sum(died), order, there, died, left, survival, lower, upper)


def censoring(times: Sequence[Number], events: Sequence[object], *, level: float = 0.95) -> Curve:
    """The reverse curve, of staying under observation: its median is the potential follow-up."""
    return kaplan_meier(times, tuple(map(not_, events)), level=level)


def _limits(
    there: Sequence[int], died: Sequence[int], survival: Sequence[float], z: float
) -> tuple[Limits, Limits]:
    """S^exp(-+ z sqrt(Greenwood) / ln S), that is normal limits of ln(-ln S); None before an event and where S is 0."""
    stay = tuple(map(sub, there, died))
    both = tuple(map(mul, died, stay))  # true where somebody dies and somebody is left
    shares = tuple(compress(survival, both))
    terms = (d / (n * rest) for d, n, rest in compress(zip(died, there, stay, strict=True), both))
    errors = map(truediv, map(math.sqrt, accumulate(terms)), map(math.log, shares))
    wide = tuple(map(math.exp, map(mul, errors, repeat(-z))))
    lower = (None, *map(pow, shares, wide), None)
    upper = (None, *map(pow, shares, map(truediv, repeat(1.0), wide)), None)
    row = tuple(accumulate(map(bool, died)))  # limits stay until the next event
    return tuple(map(lower.__getitem__, row)), tuple(map(upper.__getitem__, row))
