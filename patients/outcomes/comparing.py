"""Tests between groups: log-rank, chi-square, Fisher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from patients.outcomes.risk_sets import Number

Table = Sequence[Sequence[int]]  # counts, rows of equal length
Group = tuple[Sequence[Number], Sequence[object]]  # times and events, as for a Kaplan-Meier curve


@dataclass(frozen=True, slots=True)
class ChiSquare:
    chi2: float
    df: int
    p: float


class LogRank(ChiSquare):
    pass


def log_rank(groups: Sequence[Group]) -> LogRank | None:
    """Unweighted, k groups, hypergeometric variance (Mantel, Cancer Chemother Rep 1966;50:163; Peto 1972).

    None where nothing can be compared: fewer than two groups with somebody at risk at the first event, or all of them
    dead at that time. A group of which nobody is ever at risk at an event takes no part and no degree of freedom.
    """
    raise NotImplementedError


def fisher(table: Table) -> float:
    """Two-sided exact P of a 2 x 2 table: all tables of the same margins that are no likelier than this one."""
    raise NotImplementedError


def chi_square(table: Table, *, yates: bool = False) -> ChiSquare | None:
    """Pearson's chi-square of an r x c table, worked out in integers; None where a margin is 0.

    `yates`: with the continuity correction (2 x 2 only), which takes at most the deviation itself.
    """
    raise NotImplementedError


def expected(table: Table) -> tuple[tuple[float, ...], ...]:
    """The counts that the margins alone would give; all 0 in an empty table."""
    raise NotImplementedError
