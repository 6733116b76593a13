"""Numbers described: middle, quartiles, mean and ends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from patients.outcomes.risk_sets import Number


@dataclass(frozen=True, slots=True)
class Summary:
    """Of `n` numbers, in their own unit; all None where n is 0."""

    n: int
    median: float | None = None
    q1: float | None = None
    q3: float | None = None
    mean: float | None = None
    minimum: Number | None = None
    maximum: Number | None = None


def summary(values: Iterable[Number]) -> Summary:
    ordered = sorted(values)
    if not ordered:
        return Summary(0)
    q1, middle, q3 = (_quantile(ordered, share) for share in (0.25, 0.5, 0.75))
    mean = math.fsum(ordered) / len(ordered)
    return Summary(len(ordered), middle, q1, q3, mean, ordered[0], ordered[-1])


def median(values: Iterable[Number]) -> float | None:
    return quantile(values, 0.5)


def quantile(values: Iterable[Number], share: float) -> float | None:
    """By linear interpolation between the two neighbours (numpy's default, type 7 of R); None where there is none."""
    ordered = sorted(values)
    return _quantile(ordered, share) if ordered else None


def _quantile(ordered: Sequence[Number], share: float) -> float:
    if not 0 <= share <= 1:
        raise ValueError(f"share: {share!r}. Give a share from 0 to 1, such as 0.25.")
    below, part = divmod((len(ordered) - 1) * share, 1)
    low = ordered[int(below)]
    if not part:
        return float(low)
    return low + (ordered[int(below) + 1] - low) * part
