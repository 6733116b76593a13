"""Of the report: proportions with their intervals, and tables of two rates or more with their tests. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from patients.outcomes.comparing import chi_square, fisher
from patients.outcomes.endpoints import GROUPING, RATE, RATES, Grouping, RateKind
from patients.outcomes.proportions import Proportion
from patients.outcomes.subject import Subject

Json = dict[str, Any]

GROUPS = ("arm", "salvage_line", "salvage", "site", "sex")
ONLY_BY_ARM = frozenset({"salvage_1"})
TESTS = (
    ("orr_by_arm", "orr", "arm"),
    ("orr_by_line", "orr", "salvage_line"),
    ("orr_by_salvage", "orr", "salvage"),
    ("orr_by_sex", "orr", "sex"),
    ("mrd_negative_by_arm", "mrd_negative_of_evaluable_responders", "arm"),
    ("mrd_negative_by_line", "mrd_negative_of_evaluable_responders", "salvage_line"),
    ("vod_by_arm", "vod", "arm"),
    ("vod_by_hct", "vod", "hct"),
    ("hct_by_arm", "hct", "arm"),
    ("hct_of_responders_by_mrd", "hct_of_responders", "best_mrd"),
    ("orr_by_site", "orr", "site"),
)
"""(name of the table, rate, groups)."""


def proportions(subjects: Sequence[Subject]) -> Json:
    values = {by: GROUPING[by].values(subjects) for by in GROUPS}
    return {kind.key: _of_kind(kind, subjects, values) for kind in RATES}


def _of_kind(kind: RateKind, subjects: Sequence[Subject], values: dict[str, tuple[str, ...]]) -> Json:
    """`values` are the groups of all subjects, so that a group without anybody counted is shown as such."""
    counted = [subject for subject in subjects if kind.denominator(subject)]
    found: Json = {"overall": _proportion(kind, counted)}
    for by in ("arm",) if kind.key in ONLY_BY_ARM else GROUPS:
        groups = GROUPING[by].split(counted, values[by])
        found[by] = {value: _proportion(kind, group) for value, group in groups.items()}
    return found


def _proportion(kind: RateKind, counted: Sequence[Subject]) -> Json:
    share = Proportion(sum(map(kind.numerator, counted)), len(counted))
    return {
        "k": share.k,
        "n": share.n,
        "pct": share.pct,
        "wilson": share.wilson and list(share.wilson),
        "clopper_pearson": share.clopper_pearson and list(share.clopper_pearson),
    }


def tests(subjects: Sequence[Subject]) -> Json:
    return {name: _test(RATE[rate], GROUPING[by], subjects) for name, rate, by in TESTS}


def _test(kind: RateKind, grouping: Grouping, subjects: Sequence[Subject]) -> Json:
    """Groups in which nobody is counted are no rows of the table."""
    counted = [subject for subject in subjects if kind.denominator(subject)]
    groups = {v: g for v, g in grouping.split(counted, grouping.values(counted)).items() if g}
    table = [[yes := sum(map(kind.numerator, group)), len(group) - yes] for group in groups.values()]
    found: Json = {"rows": list(groups), "columns": ["yes", "no"], "table": table}
    plain = chi_square(table) if len(table) > 1 else None
    if grouping.binary or len(table) == 2:
        found["fisher_p"] = fisher(table) if len(table) == 2 else None
    found |= {
        "chi2": plain and plain.chi2,
        "chi2_df": plain and plain.df,
        "chi2_p": plain and plain.p,
    }
    if grouping.binary or len(table) == 2:
        corrected = chi_square(table, yates=True) if plain and len(table) == 2 else None
        found["chi2_yates_p"] = corrected and corrected.p
    return found
