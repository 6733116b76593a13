"""What a rule is: a code, whether it blocks, the columns it cannot do without, and a function that finds.

A rule is left out for a row in which one of its columns could not be read: the fault of that cell is listed already.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from patients.cohort.findings import ERROR, WARNING, Finding
from patients.cohort.reading import Row

Problem = tuple[str, str]
"""The column and the message."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the rules know beside the file: no date lies after `latest`, which is today or the data cut-off.

    `in_force` holds, for each site that is stored, the day from which each version holds there, by name of the
    version; `effective` the same for any other site.
    """

    today: dt.date
    effective: Mapping[str, dt.date]
    data_cutoff: dt.date | None = None
    in_force: Mapping[str, Mapping[str, dt.date]] = field(default_factory=dict)

    def version_on(self, site: str, day: dt.date) -> str | None:
        """The name of the version in force at a site; None before the first one."""
        dates = {name: on for name, on in self.in_force.get(site, self.effective).items() if on <= day}
        return max(dates, key=lambda name: (dates[name], self.effective.get(name, dt.date.min)), default=None)


Find = Callable[[Row, Known], Iterable[Problem]]


@dataclass(frozen=True)
class Rule:
    code: str
    severity: str
    needs: tuple[str, ...]
    find: Find

    def findings(self, row: Row, known: Known) -> Iterator[Finding]:
        if row.faulty.isdisjoint(self.needs):
            for column, message in self.find(row, known):
                yield Finding(row.number, column, self.code, self.severity, message)


def blocking(code: str, *needs: str) -> Callable[[Find], Rule]:
    """What cannot be so."""
    return lambda find: Rule(code, ERROR, needs, find)


def remarking(code: str, *needs: str) -> Callable[[Find], Rule]:
    """What is unusual, and stored."""
    return lambda find: Rule(code, WARNING, needs, find)


def shown(value: object) -> str:
    """A value of the record as the file writes it."""
    if value is None:
        return "blank"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def days_of(row: Row, columns: Sequence[str]) -> Iterator[tuple[str, dt.date]]:
    """The columns that hold a day, with it."""
    return ((column, row[column]) for column in columns if row[column] is not None)
