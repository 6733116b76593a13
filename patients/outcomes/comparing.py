"""Tests between groups: log-rank, chi-square, Fisher. P values are two-sided."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, chain, compress, repeat
from operator import mul, sub, truediv
from typing import NamedTuple

from patients.outcomes.numbers import chi_square_tail
from patients.outcomes.risk_sets import Number, checked, counts_at

Table = Sequence[Sequence[int]]  # counts, rows of equal length
Group = tuple[Sequence[Number], Sequence[object]]  # times and events, as for a Kaplan-Meier curve


@dataclass(frozen=True, slots=True)
class ChiSquare:
    chi2: float
    df: int
    p: float


@dataclass(frozen=True, slots=True)
class LogRank(ChiSquare):
    """Of survival curves; a type of its own, so that it is never taken for the test of a table."""


class _Part(NamedTuple):
    """One group: how many are at risk at each event time of all groups, and its own events in all."""

    risk: tuple[int, ...]
    events: int


def log_rank(groups: Sequence[Group]) -> LogRank | None:
    """Unweighted, k groups, hypergeometric variance (Mantel, Cancer Chemother Rep 1966;50:163).

    None where nothing can be compared: fewer than two groups with somebody at risk at the first event, or all of them
    dead at that time. A group of which nobody is ever at risk at an event takes no part and no degree of freedom.
    """
    for times, events in groups:
        checked(times, events, marks_are="events")
    died = Counter(chain.from_iterable(compress(times, events) for times, events in groups))
    order = tuple(sorted(died))
    parts = [_Part(_at_risk_at(order, times), sum(map(bool, events))) for times, events in groups]
    # Who is at risk at a later event was at risk at the first one: the others never are.
    compared = sorted(part for part in parts if any(part.risk[:1]))
    return _log_rank(compared, counts_at(order, died)) if len(compared) > 1 else None


def _at_risk_at(order: Sequence[Number], times: Sequence[Number]) -> tuple[int, ...]:
    """How many of these times are each time of `order` or later."""
    gone = map(bisect_left, repeat(sorted(times)), order)
    return tuple(map(sub, repeat(len(times)), gone))


def _log_rank(parts: Sequence[_Part], died: Sequence[int]) -> LogRank | None:
    """`died`: the events of all groups at each event time. The smallest group comes first."""
    there = tuple(map(sum, zip(*(part.risk for part in parts), strict=True)))
    # d (n - d) / (n - 1); a single subject leaves nothing to chance.
    spread = tuple(d * (n - d) / (n - 1) if n > 1 else 0.0 for d, n in zip(died, there, strict=True))
    if not any(spread):
        return None
    parts = parts[:-1]  # the largest follows from the others
    shares = [tuple(map(truediv, part.risk, there)) for part in parts]
    more = [part.events - _dot(share, died) for share, part in zip(shares, parts, strict=True)]
    chi2 = _quadratic([[_covariance(a, b, spread) for b in shares] for a in shares], more)
    return LogRank(chi2, len(more), chi_square_tail(chi2, len(more)))


def _covariance(a: Sequence[float], b: Sequence[float], spread: Sequence[float]) -> float:
    """Of the events of two groups, or the variance of one: the sum of spread times a (1 - a), or of - a b."""
    if a is b:
        return _dot(spread, tuple(share * (1 - share) for share in a))
    return -_dot(spread, tuple(map(mul, a, b)))


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return math.fsum(map(mul, a, b))


def _quadratic(matrix: Sequence[Sequence[float]], vector: Sequence[float]) -> float:
    """v' M^-1 v by elimination; M is positive definite (symmetric, no group in it follows from the others)."""
    rows = [[*row, value] for row, value in zip(matrix, vector, strict=True)]
    total = 0.0
    while rows:
        (pivot, *first), *rest = rows
        total += first[-1] ** 2 / pivot
        rows = [[x - row[0] / pivot * y for x, y in zip(row[1:], first, strict=True)] for row in rest]
    return total


def fisher(table: Table) -> float:
    """Two-sided exact P of a 2 x 2 table: of all tables of the same margins, those no likelier than this one.

    Compared as integers, so that tables of the same probability are seen to be so.
    """
    (a, b), (c, d) = _counted(table, only_2x2=True)
    weights = _hypergeometric(a + b, c + d, a + c)
    seen = weights[a - max(0, a - d)]
    return sum(weight for weight in weights if weight <= seen) / sum(weights)


def _hypergeometric(first: int, second: int, drawn: int) -> list[int]:
    """How many ways there are to draw k of the first kind, for each k that is possible."""
    low, high = max(0, drawn - second), min(first, drawn)
    start = math.comb(first, low) * math.comb(second, drawn - low)
    return list(
        accumulate(
            range(low, high),
            lambda ways, k: ways * (first - k) * (drawn - k) // ((k + 1) * (second - drawn + k + 1)),
            initial=start,
        )
    )


def chi_square(table: Table, *, yates: bool = False) -> ChiSquare | None:
    """Pearson's chi-square of an r x c table, summed in fractions; None where a margin is 0.

    `yates`: with the continuity correction (2 x 2 only), which takes off one half, but never more than there is.
    """
    counts = _counted(table, only_2x2=yates)
    rows, columns = _margins(counts)
    n = sum(rows)
    df = (len(rows) - 1) * (len(columns) - 1)
    if not (n and df and all(rows) and all(columns)):
        return None
    total = Fraction(0)
    for row, across in zip(counts, rows, strict=True):
        for count, down in zip(row, columns, strict=True):
            off = 2 * abs(n * count - across * down)  # 2 n times the deviation from what is expected
            off -= min(off, n) if yates else 0
            total += Fraction(off * off, 4 * n * across * down)
    return ChiSquare(float(total), df, chi_square_tail(float(total), df))


def expected(table: Table) -> tuple[tuple[float, ...], ...]:
    """The counts that the margins alone would give; all 0 in an empty table."""
    rows, columns = _margins(_counted(table))
    n = sum(rows)
    return tuple(tuple(across * down / n if n else 0.0 for down in columns) for across in rows)


def _margins(counts: Table) -> tuple[list[int], list[int]]:
    return [sum(row) for row in counts], [sum(column) for column in zip(*counts, strict=True)]


def _counted(table: Table, *, only_2x2: bool = False) -> Table:
    """The table itself. ValueError for rows of different length, counts below 0, or another size than asked for."""
    widths = {len(row) for row in table}
    if len(widths) > 1 or any(count < 0 for row in table for count in row):
        raise ValueError(f"table: {table!r}. Give rows of equal length with counts of 0 or more.")
    if only_2x2 and (len(table), widths) != (2, {2}):
        raise ValueError(f"table: {table!r}. This test is for two rows of two counts.")
    return table
