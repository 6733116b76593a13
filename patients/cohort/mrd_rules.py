"""Rules on minimal residual disease. A sample is negative below 0.0001; 0.0001 itself is positive.

The file lists up to three samples, which need not be all of them: the deciding one may be missing.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise

from patients.cohort.columns import SAMPLES
from patients.cohort.course_rules import responded
from patients.cohort.reading import Row
from patients.cohort.rules import Known, Problem, Rule, blocking, days_of, remarking, shown
from patients.edit_checks.assessments import MRD_LIMIT

NEGATIVE, POSITIVE = "negative", "positive"
OF_SAMPLES = tuple(column for sample in SAMPLES for column in sample)


def is_negative(value: Decimal) -> bool:
    return value < MRD_LIMIT


def values_of(row: Row) -> list[tuple[str, dt.date | None, Decimal]]:
    """The samples with a value: the column of the value, the day, the value."""
    return [(value, row[on], row[value]) for on, value in SAMPLES if row[value] is not None]


@blocking("mrd-best", "best_mrd")
def positive_with_negative_sample(row: Row, known: Known) -> Iterable[Problem]:
    if row["best_mrd"] != POSITIVE:
        return
    for column, _, value in values_of(row):
        if is_negative(value):
            yield (
                "best_mrd",
                f"best_mrd positive, but {column} {shown(value)} is below {MRD_LIMIT}, which is negative. Correct "
                "one of the two.",
            )
            return


@remarking("mrd-best-unseen", "best_mrd", *OF_SAMPLES)
def best_not_among_samples(row: Row, known: Known) -> Iterable[Problem]:
    best, values = row["best_mrd"], values_of(row)
    if not values:
        return
    if best == NEGATIVE and not any(is_negative(value) for _, _, value in values):
        yield (
            "best_mrd",
            f"best_mrd negative, but no listed sample is below {MRD_LIMIT}. Correct it, unless the deciding sample is "
            "not listed.",
        )
    if best not in {NEGATIVE, POSITIVE}:
        column, _, value = values[0]
        yield (
            "best_mrd",
            f"best_mrd is {shown(best)}, but {column} is {shown(value)}. Correct one of the two if it is wrong.",
        )


@remarking("mrd-without-response", "best_mrd", "response")
def without_response(row: Row, known: Known) -> Iterable[Problem]:
    if row["best_mrd"] in {NEGATIVE, POSITIVE} and not responded(row):
        yield (
            "best_mrd",
            f"best_mrd {row['best_mrd']}, but response is {shown(row['response'])}; MRD is read in remission. Correct "
            "one of the two if it is wrong.",
        )


@blocking("mrd-negative-day", "best_mrd", "mrd_negative_on")
def negative_day_without_negative(row: Row, known: Known) -> Iterable[Problem]:
    on, best = row["mrd_negative_on"], row["best_mrd"]
    if on is not None and best != NEGATIVE:
        yield (
            "mrd_negative_on",
            f"mrd_negative_on {on}, but best_mrd is {shown(best)}. Leave the day blank, or correct best_mrd.",
        )


@remarking("mrd-first-negative", "best_mrd", "mrd_negative_on")
def negative_day_against_samples(row: Row, known: Known) -> Iterable[Problem]:
    first = row["mrd_negative_on"]
    if first is None or row["best_mrd"] != NEGATIVE:
        return
    for column, on, value in values_of(row):
        if on is not None and (on < first if is_negative(value) else on == first):
            yield (
                "mrd_negative_on",
                f"mrd_negative_on {first}, but {column} is {shown(value)} on {on}; below {MRD_LIMIT} is negative. "
                "Correct one of the two if it is wrong.",
            )
            return


@remarking("mrd-order")
def out_of_order(row: Row, known: Known) -> Iterable[Problem]:
    for (before, earlier), (column, day) in pairwise(days_of(row, [on for on, _ in SAMPLES])):
        if day <= earlier:
            yield column, f"{column} {day} does not lie after {before} {earlier}. Correct one if it is wrong."


@remarking("mrd-before-treatment", "treatment_started_on")
def before_treatment(row: Row, known: Known) -> Iterable[Problem]:
    start = row["treatment_started_on"]
    for column, day in days_of(row, [on for on, _ in SAMPLES]):
        if day < start:
            yield (
                column,
                f"{column} {day} lies before treatment_started_on {start}. Correct one of the two if it is wrong.",
            )


RULES: tuple[Rule, ...] = (
    positive_with_negative_sample,
    best_not_among_samples,
    without_response,
    negative_day_without_negative,
    negative_day_against_samples,
    out_of_order,
    before_treatment,
)
