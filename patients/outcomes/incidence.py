"""Cumulative incidence of an event beside a competing one: Aalen and Johansen (Scand J Stat 1978;5:141)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from patients.outcomes.risk_sets import Number

CENSORED, EVENT, COMPETING = 0, 1, 2


class Step(NamedTuple):
    """One distinct time: the incidence after it, as a share, with its limits (None without an event so far)."""

    time: Number
    at_risk: int
    events: int
    competing: int
    value: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class Incidence:
    """Events and competing events of `n` subjects in all; the incidence at one time, None where n is 0."""

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
        raise NotImplementedError


def incidence_curve(times: Sequence[Number], causes: Sequence[int], *, level: float = 0.95) -> IncidenceCurve:
    """`causes` says of each time 0 censored, 1 event, 2 competing event. ValueError for bad columns."""
    raise NotImplementedError


def aalen_johansen(
    times: Sequence[Number], causes: Sequence[int], *, at: Number, level: float = 0.95
) -> Incidence:
    """The incidence at one time: what happens at that very time counts."""
    return incidence_curve(times, causes, level=level).at(at)
