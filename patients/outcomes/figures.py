"""What the dashboard shows, worked out once from the dataset. Every number knows its patients and its definition.

A *key* names what is measured (orr, vod, os, ...; see endpoints), a *group* who is meant: "" everybody, else
"salvage_line:S1", "arm:inotuzumab", ... A *part* is one of PARTS.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from patients.outcomes.definitions import Definitions
from patients.outcomes.descriptive import Summary
from patients.outcomes.incidence import IncidenceCurve
from patients.outcomes.proportions import Proportion
from patients.outcomes.subject import Subject
from patients.outcomes.survival import Curve, Median, Point

Pks = tuple[uuid.UUID, ...]
PARTS = ("denominator", "numerator", "rest")
"""Everybody counted; those with the event (responded, died, relapsed, ...); the others."""


@dataclass(frozen=True)
class Group:
    """`token` stands in URLs ("salvage_line:S1", "" for everybody), `label` on pages."""

    token: str
    label: str


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


@dataclass(frozen=True)
class TestResult:
    """`name` as printed beside P: Fisher’s exact test, chi-square, log-rank, ... `p` None: nothing to compare."""

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
    """One curve over days; `members` in the order of the dataset, `with_event` the dead (lost) among them."""

    group: Group
    curve: Curve
    median: Median
    at: Point
    members: Pks
    with_event: Pks


@dataclass(frozen=True)
class SurvivalFigure:
    """`key` os, cr_duration or landmark; `by` "" for one curve of all. `event` is the heading: Deaths, Lost, ..."""

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
    """Cumulative incidence over days of one event, one curve of all."""

    key: str
    title: str
    curve: IncidenceCurve
    members: Pks
    with_event: Pks
    definition: str


@dataclass(frozen=True)
class Landmark:
    """`days` None: nobody was transplanted. The excluded died or were censored before it."""

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
    members: Pks


@dataclass(frozen=True)
class Selection:
    """The patients behind one number, for the page that lists them."""

    title: str
    definition: str
    subjects: tuple[Subject, ...]


@dataclass(frozen=True)
class Figures:
    """Everything on the dashboard. `rates` and `survivals` are found by `rate`, `table` and `survival` below."""

    definitions: Definitions
    subjects: tuple[Subject, ...]
    age: Summary
    follow_up: FollowUp
    rates: tuple[Rate, ...]
    tables: tuple[RateTable, ...]
    survivals: tuple[SurvivalFigure, ...]
    landmark: Landmark
    incidences: tuple[IncidenceFigure, ...]

    def rate(self, key: str, group: str = "") -> Rate:
        """The rate of everybody or of one group; KeyError for an unknown one."""
        raise NotImplementedError

    def table(self, key: str, by: str) -> RateTable:
        raise NotImplementedError

    def survival(self, key: str, by: str = "") -> SurvivalFigure:
        raise NotImplementedError

    def selection(self, key: str, group: str = "", part: str = "denominator") -> Selection | None:
        """The patients behind a number; None for an unknown key, group or part."""
        raise NotImplementedError


def figures(subjects: Sequence[Subject], definitions: Definitions) -> Figures:
    raise NotImplementedError
