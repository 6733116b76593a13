"""Survival, the landmark, cumulative incidence and follow-up, as the dashboard shows them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from patients.outcomes.comparing import log_rank
from patients.outcomes.definitions import AT_MONTHS, Definitions
from patients.outcomes.descriptive import summary
from patients.outcomes.endpoints import GROUPING, SURVIVAL, IncidenceKind, SurvivalKind
from patients.outcomes.figures_parts import (
    EVERYBODY,
    FollowUp,
    Group,
    IncidenceFigure,
    LandmarkFigure,
    SurvivalFigure,
    SurvivalGroup,
    TestResult,
)
from patients.outcomes.figures_rates import group_of, pks
from patients.outcomes.incidence import EVENT, incidence_curve
from patients.outcomes.landmark import LABELS, TOKENS, landmarked
from patients.outcomes.subject import Subject, Time
from patients.outcomes.survival import censoring, kaplan_meier

LOG_RANK = "log-rank test"
SURVIVALS = (
    ("os", ""),
    ("os", "salvage_line"),
    ("os", "salvage"),
    ("os", "arm"),
    ("os", "best_mrd"),
    ("cr_duration", ""),
    ("cr_duration", "salvage_line"),
    ("cr_duration", "arm"),
    ("cr_duration", "best_mrd"),
)
"""(time, groups) of the figures on the dashboard."""
NOTES = {
    "arm": "Not randomised: the arms differ in years, doses and blinatumomab.",
    "best_mrd": "From the start, no landmark: it favours those who lived to be tested.",
}
NOT_RANDOM = "Transplant was the choice of patient and physician, not random: this is no proof of its effect."

Column = tuple[float, bool]
Timed = Callable[[Subject], Column]


def survival_of(key: str, by: str, subjects: Sequence[Subject], definitions: Definitions) -> SurvivalFigure:
    """KeyError for an unknown time or grouping; `by` "" for one curve."""
    kind = SURVIVAL[key]
    there = [subject for subject in subjects if kind.time(subject)]
    groups = _grouped(by, subjects, there)
    drawn = tuple(
        _group(group, members, lambda subject: _column(kind, subject), definitions)
        for group, members in groups.items()
    )
    return SurvivalFigure(
        key=key,
        by=by,
        title=f"{kind.title} by {GROUPING[by].title}" if by else kind.title,
        start=kind.start,
        event=kind.event,
        groups=drawn,
        test=_log_rank(groups, lambda subject: _column(kind, subject)) if by else None,
        definition=definitions.words.get(f"{key}.{by}") or definitions.words[key],
        note=NOTES.get(by, ""),
    )


def _grouped(
    by: str, subjects: Sequence[Subject], there: Sequence[Subject]
) -> dict[Group, Sequence[Subject]]:
    """Groups of all subjects, so that one without anybody counted is shown as such."""
    if not by:
        return {EVERYBODY: there}
    grouping = GROUPING[by]
    split = grouping.split(there, grouping.values(subjects))
    return {group_of(grouping, value): members for value, members in split.items()}


def _column(kind: SurvivalKind, subject: Subject) -> Time:
    return kind.time(subject) or Time(0, False)  # who has no time is in no group


def _group(group: Group, members: Sequence[Subject], timed: Timed, definitions: Definitions) -> SurvivalGroup:
    columns = [timed(subject) for subject in members]
    curve = kaplan_meier([time for time, _ in columns], [event for _, event in columns])
    return SurvivalGroup(
        group=group,
        curve=curve,
        median=curve.median(),
        at=curve.at(AT_MONTHS * definitions.month_days),
        members=pks(members),
        with_event=pks([subject for subject, (_, event) in zip(members, columns, strict=True) if event]),
    )


def _log_rank(groups: dict[Group, Sequence[Subject]], timed: Timed) -> TestResult:
    columns = [[timed(subject) for subject in members] for members in groups.values()]
    found = log_rank([([time for time, _ in group], [event for _, event in group]) for group in columns])
    return TestResult(LOG_RANK, found.p if found else None)


def landmark_of(subjects: Sequence[Subject], definitions: Definitions) -> LandmarkFigure:
    found = landmarked(subjects, days=definitions.landmark_days)
    groups: dict[Group, Sequence[Subject]] = {
        Group(TOKENS[value], LABELS[value]): members for value, members in found.groups.items()
    }
    drawn = tuple(_group(group, members, found.column, definitions) for group, members in groups.items())
    figure = SurvivalFigure(
        key="landmark",
        by="landmark",
        title="Survival of responders from the landmark, by transplant",
        start="landmark",
        event="Deaths",
        groups=drawn,
        test=_log_rank(groups, found.column),
        definition=definitions.words["landmark"],
        note=NOT_RANDOM,
    )
    return LandmarkFigure(
        found.days, pks(found.responders), pks(found.dead_before), pks(found.censored_before), figure
    )


def incidence_of(
    kind: IncidenceKind, subjects: Sequence[Subject], definitions: Definitions
) -> IncidenceFigure:
    timed = [(subject, time) for subject in subjects if (time := kind.time(subject))]
    curve = incidence_curve([time.days for _, time in timed], [time.cause for _, time in timed])
    return IncidenceFigure(
        key=f"{kind.key}_incidence",
        title=f"Cumulative incidence of {kind.noun}",
        curve=curve,
        at=curve.at(AT_MONTHS * definitions.month_days),
        members=pks([subject for subject, _ in timed]),
        with_event=pks([subject for subject, time in timed if time.cause == EVENT]),
        definition=definitions.words[f"{kind.key}_incidence"],
    )


def follow_up_of(subjects: Sequence[Subject], definitions: Definitions) -> FollowUp:
    times = [subject.os for subject in subjects if subject.os]
    return FollowUp(
        alive=summary(time.days for time in times if not time.event),
        everybody=summary(time.days for time in times),
        reverse_median=censoring([time.days for time in times], [time.event for time in times])
        .median()
        .value,
        definition=definitions.words["follow_up"],
    )
