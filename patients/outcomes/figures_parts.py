"""The shapes of what the dashboard shows. Every number knows its patients and its definition. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from patients.outcomes.descriptive import Summary
from patients.outcomes.incidence import Incidence, IncidenceCurve
from patients.outcomes.proportions import Interval, Proportion
from patients.outcomes.subject import Subject
from patients.outcomes.survival import Curve, Median, Point

Pks = tuple[uuid.UUID, ...]
DENOMINATOR, NUMERATOR, REST = PARTS = ("denominator", "numerator", "rest")
"""Everybody counted; those with the event (responded, died, relapsed, ...); the others."""


@dataclass(frozen=True)
class Group:
    """`token` stands in addresses ("salvage_line:S1", "" for everybody), `label` on pages."""

    token: str
    label: str

    @property
    def value(self) -> str:
        """The code alone: S1, female, inotuzumab; "" for everybody."""
        return self.token.partition(":")[2]


EVERYBODY = Group("", "All patients")


@dataclass(frozen=True)
class Rate:
    """k of n of one group."""

    key: str
    group: Group
    title: str
    proportion: Proportion
    numerator: Pks
    denominator: Pks
    definition: str

    @property
    def k(self) -> int:
        return self.proportion.k

    @property
    def n(self) -> int:
        return self.proportion.n

    @property
    def percent(self) -> float | None:
        return self.proportion.pct

    @property
    def interval(self) -> Interval | None:
        """Wilson, in percent."""
        return self.proportion.wilson


@dataclass(frozen=True)
class TestResult:
    """`name` as printed beside P; `p` None: there is nothing to compare."""

    name: str
    p: float | None


@dataclass(frozen=True)
class Comparison:
    """The chosen test, the others of the same table, and whether an expected count is below 5."""

    chosen: TestResult
    others: tuple[TestResult, ...] = ()
    small: bool = False


@dataclass(frozen=True)
class RateTable:
    """One rate in each group of `by` (salvage, arm, ...), compared."""

    key: str
    by: str
    title: str
    rates: tuple[Rate, ...]
    test: Comparison
    definition: str
    note: str = ""


@dataclass(frozen=True)
class SurvivalGroup:
    """One curve over days; `at` reads it at 36 months. `with_event` are the dead (or lost) among the members."""

    group: Group
    curve: Curve
    median: Median
    at: Point
    members: Pks
    with_event: Pks

    @property
    def percent(self) -> float | None:
        """S at 36 months; None where nobody was followed as far."""
        if self.at.survival is None or not (self.at.at_risk or self.at.survival == 0):
            return None
        return 100 * self.at.survival

    @property
    def interval(self) -> Interval | None:
        """Log-log, in percent; None where there is none."""
        if self.percent is None or self.at.lower is None or self.at.upper is None:
            return None
        return 100 * self.at.lower, 100 * self.at.upper


@dataclass(frozen=True)
class SurvivalFigure:
    """`key` os, cr_duration or landmark; `by` "" for one curve of all. `event` is the heading: Deaths, Lost."""

    key: str
    by: str
    title: str
    start: str
    event: str
    groups: tuple[SurvivalGroup, ...]
    test: TestResult | None
    definition: str
    note: str = ""


@dataclass(frozen=True)
class IncidenceFigure:
    """Cumulative incidence over days of one event beside a competing one; `at` reads it at 36 months."""

    key: str
    title: str
    curve: IncidenceCurve
    at: Incidence
    members: Pks
    with_event: Pks
    definition: str


@dataclass(frozen=True)
class LandmarkFigure:
    """`days` from the start of treatment, None: nobody was transplanted. The excluded died or were censored before."""

    days: float | None
    responders: Pks
    dead_before: Pks
    censored_before: Pks
    figure: SurvivalFigure


@dataclass(frozen=True)
class FollowUp:
    """Days from the start of treatment: of the living, of all, and the reverse Kaplan-Meier median."""

    alive: Summary
    everybody: Summary
    reverse_median: float | None
    definition: str


@dataclass(frozen=True)
class Selection:
    """The patients behind one number, for the page that lists them: `subjects` are `part` of k of n."""

    key: str
    group: Group
    part: str
    title: str
    definition: str
    k: int
    n: int
    subjects: tuple[Subject, ...]
