"""Rates and their comparison between groups, with the test by its name. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from patients.outcomes.comparing import ChiSquare, chi_square, expected, fisher
from patients.outcomes.definitions import Choice, Definitions
from patients.outcomes.endpoints import GROUPING, RATE, Grouping, RateKind
from patients.outcomes.figures_parts import EVERYBODY, Comparison, Group, Pks, Rate, RateTable, TestResult
from patients.outcomes.proportions import Proportion
from patients.outcomes.subject import Subject

FISHER, PLAIN, YATES = "Fisher’s exact test", "uncorrected chi-square", "chi-square with Yates’ correction"
SMALL = 5  # an expected count below this makes chi-square doubtful

TABLES = (
    ("orr", "salvage"),
    ("orr", "salvage_line"),
    ("orr", "arm"),
    ("mrd_negative_of_evaluable_responders", "salvage_line"),
    ("mrd_negative_of_evaluable_responders", "arm"),
    ("vod", "arm"),
    ("vod", "hct"),
    ("hct", "arm"),
    ("vod_of_transplanted", "arm"),
)
"""(rate, groups) of the tables on the dashboard."""


def group_of(grouping: Grouping, value: str) -> Group:
    return Group(f"{grouping.by}:{value}", grouping.label(value))


def pks(subjects: Sequence[Subject]) -> Pks:
    return tuple(subject.pk for subject in subjects)


def rate_of(
    kind: RateKind, subjects: Sequence[Subject], definitions: Definitions, group: Group = EVERYBODY
) -> Rate:
    """`subjects` are those of the group."""
    counted = [subject for subject in subjects if kind.denominator(subject)]
    numerator = [subject for subject in counted if kind.numerator(subject)]
    return Rate(
        key=kind.key,
        group=group,
        title=kind.title,
        proportion=Proportion(len(numerator), len(counted)),
        numerator=pks(numerator),
        denominator=pks(counted),
        definition=definitions.words[kind.key],
    )


def table_of(key: str, by: str, subjects: Sequence[Subject], definitions: Definitions) -> RateTable:
    """KeyError for an unknown rate or grouping."""
    kind, grouping = RATE[key], GROUPING[by]
    groups = grouping.split(subjects, grouping.values(subjects))
    rates = tuple(
        rate_of(kind, group, definitions, group_of(grouping, value)) for value, group in groups.items()
    )
    return RateTable(
        key=key,
        by=by,
        title=f"{kind.title} by {grouping.title}",
        rates=rates,
        test=compared([(rate.k, rate.n - rate.k) for rate in rates if rate.n], definitions.test),
        definition=definitions.words[key],
        note=_note(key, by, subjects),
    )


def _note(key: str, by: str, subjects: Sequence[Subject]) -> str:
    if (key, by) == ("vod", "arm"):
        had = [subject for subject in subjects if subject.treated and subject.had_vod]
        after = sum(subject.transplanted for subject in had)
        return (
            "Not a pure effect of the schedule: total dose, blinatumomab and years differ as well. "
            f"{after} of the {len(had)} had a transplant."
        )
    if by == "arm":
        return "Not randomised: the arms differ in years, doses and blinatumomab."
    return ""


def compared(table: Sequence[tuple[int, int]], choice: Choice) -> Comparison:
    """Rows of (yes, no) of groups with somebody in them."""
    if len(table) < 2:
        return Comparison(TestResult("one group: nothing to compare", None))
    small = any(count < SMALL for row in expected(table) for count in row)
    plain = TestResult(PLAIN, _p(chi_square(table)))
    if len(table) > 2:
        return Comparison(plain, small=small)
    exact, corrected = TestResult(FISHER, fisher(table)), TestResult(YATES, _p(chi_square(table, yates=True)))
    if small and choice == Choice.BY_EXPECTED:
        return Comparison(exact, (plain, corrected), small)
    return Comparison(plain, (exact, corrected), small)


def _p(test: ChiSquare | None) -> float | None:
    return test.p if test else None
