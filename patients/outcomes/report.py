"""The figures of the trial as one dictionary, for the command and for who checks them. Pure.

Percentages and months are given in full precision; None where there is nothing to say. Groups of site, sex and arm are
those present in code-point order; classes and lines of salvage and MRD are always all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from patients.outcomes.definitions import AT_MONTHS, Definitions
from patients.outcomes.report_counts import age, counts, follow_up
from patients.outcomes.report_rates import proportions, tests
from patients.outcomes.report_survival import incidences, survival
from patients.outcomes.subject import Subject


def report(subjects: Sequence[Subject], definitions: Definitions) -> dict[str, Any]:
    """Of any number of subjects, in any order; also of none."""
    return {
        "counts": counts(subjects),
        "age": age(subjects),
        "follow_up_months": follow_up(subjects, definitions),
        "proportions": proportions(subjects),
        "tests": tests(subjects),
        "survival": survival(subjects, definitions),
        f"cumulative_incidence_{AT_MONTHS}_months": incidences(subjects, definitions),
    }
