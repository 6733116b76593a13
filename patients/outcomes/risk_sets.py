"""Who was at risk when: the counts that every estimate from censored times stands on. Times are plain numbers >= 0."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate, repeat
from operator import sub

Number = int | float


def checked(times: Sequence[Number], marks: Sequence[object], *, marks_are: str) -> Counter[Number]:
    """How many left at each time. ValueError when the columns differ in length or a time is no number from 0 up."""
    if len(times) != len(marks):
        raise ValueError(
            f"times: {len(times)} values, but {marks_are}: {len(marks)}. Give one of each per subject."
        )
    counts = Counter(times)
    if not all(map(math.isfinite, counts)) or min(counts, default=0) < 0:
        wrong = next(time for time in counts if not (math.isfinite(time) and time >= 0))
        raise ValueError(f"times: {wrong!r} is no time. A time is a finite number, 0 or more.")
    return counts


def counts_at(times: Iterable[Number], counts: Counter[Number]) -> tuple[int, ...]:
    """The count at each of these times, 0 where there is none."""
    return tuple(map(counts.get, times, repeat(0)))


def at_risk(leaving: Iterable[int], n: int) -> tuple[int, ...]:
    """How many of `n` are still there just before each time, from how many leave at each time, in order."""
    return tuple(accumulate(leaving, sub, initial=n))[:-1]
