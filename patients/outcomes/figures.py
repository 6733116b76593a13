"""What the dashboard shows, worked out from the dataset when it is asked for. Pure.

A *key* names what is measured: those of `endpoints.RATES`, os, cr_duration, landmark, vod_incidence, relapse_incidence,
patients, age, arm, version, follow_up. A *group* says of whom: "" everybody, else "salvage_line:S1", "arm:inotuzumab",
"landmark:HCT", ... A *part* is denominator (everybody counted), numerator (with the event) or rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from patients.outcomes import figures_selection
from patients.outcomes.definitions import Definitions
from patients.outcomes.descriptive import Summary, summary
from patients.outcomes.endpoints import GROUPING, INCIDENCES, RATE, Grouping
from patients.outcomes.figures_parts import (
    DENOMINATOR,
    EVERYBODY,
    NUMERATOR,
    REST,
    Comparison,
    FollowUp,
    Group,
    IncidenceFigure,
    LandmarkFigure,
    Rate,
    RateTable,
    Selection,
    SurvivalFigure,
    SurvivalGroup,
    TestResult,
)
from patients.outcomes.figures_rates import TABLES, group_of, rate_of, table_of
from patients.outcomes.figures_survival import SURVIVALS, follow_up_of, incidence_of, landmark_of, survival_of
from patients.outcomes.subject import Subject

__all__ = [
    "DENOMINATOR",
    "EVERYBODY",
    "NUMERATOR",
    "REST",
    "Comparison",
    "Figures",
    "FollowUp",
    "Group",
    "IncidenceFigure",
    "LandmarkFigure",
    "Rate",
    "RateTable",
    "Selection",
    "SurvivalFigure",
    "SurvivalGroup",
    "TestResult",
    "figures",
]


@dataclass(frozen=True)
class Figures:
    """All figures of these subjects under these definitions; each is worked out once, when it is first asked for."""

    definitions: Definitions
    subjects: tuple[Subject, ...]

    @cached_property
    def age(self) -> Summary:
        """Years at enrolment."""
        return summary(subject.age for subject in self.subjects)

    @cached_property
    def follow_up(self) -> FollowUp:
        return follow_up_of(self.subjects, self.definitions)

    @cached_property
    def tables(self) -> tuple[RateTable, ...]:
        return tuple(self.table(key, by) for key, by in TABLES)

    @cached_property
    def survivals(self) -> tuple[SurvivalFigure, ...]:
        return tuple(survival_of(key, by, self.subjects, self.definitions) for key, by in SURVIVALS)

    @cached_property
    def landmark(self) -> LandmarkFigure:
        return landmark_of(self.subjects, self.definitions)

    @cached_property
    def incidences(self) -> tuple[IncidenceFigure, ...]:
        return tuple(incidence_of(kind, self.subjects, self.definitions) for kind in INCIDENCES)

    def groups(self, by: str) -> tuple[Group, ...]:
        """The groups of a grouping (arm, salvage_line, ...) in their order; KeyError for an unknown one."""
        grouping = GROUPING[by]
        return tuple(group_of(grouping, value) for value in grouping.values(self.subjects))

    def rate(self, key: str, group: str = "") -> Rate:
        """The rate of everybody or of one group; KeyError for an unknown key or group."""
        kind = RATE[key]
        if not group:
            return rate_of(kind, self.subjects, self.definitions)
        grouping, value = self._grouping(group)
        there = grouping.split(self.subjects, [value])[value]
        return rate_of(kind, there, self.definitions, group_of(grouping, value))

    def _grouping(self, token: str) -> tuple[Grouping, str]:
        by, _, value = token.partition(":")
        if value not in GROUPING[by].values(self.subjects):
            raise KeyError(token)
        return GROUPING[by], value

    def table(self, key: str, by: str) -> RateTable:
        """A rate compared between the groups of `by`; KeyError for an unknown one."""
        return table_of(key, by, self.subjects, self.definitions)

    def survival(self, key: str, by: str = "") -> SurvivalFigure:
        """Of `survivals` where it is there, else worked out; KeyError for an unknown one."""
        known = (figure for figure in self.survivals if (figure.key, figure.by) == (key, by))
        return next(known, None) or survival_of(key, by, self.subjects, self.definitions)

    def selection(self, key: str, group: str = "", part: str = DENOMINATOR) -> Selection | None:
        """The patients behind a number; None for an unknown key, group or part."""
        return figures_selection.selected(self.subjects, self.definitions, key=key, group=group, part=part)


def figures(subjects: Sequence[Subject], definitions: Definitions) -> Figures:
    return Figures(definitions, tuple(subjects))
