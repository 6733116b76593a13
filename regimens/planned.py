"""What a plan is made of: frozen cycles and planned doses, and what made it differ from the protocol."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from regimens.definition import Pattern
from regimens.dosing import Dose
from regimens.provenance import Provenance, Sourced, is_to_be_confirmed


@dataclass(frozen=True, slots=True, order=True)
class CycleRef:
    """One cycle of a treatment. `attempt` 2 is the same cycle given a second time (repeated), and so on."""

    phase: str
    number: int
    attempt: int = 1

    def __str__(self) -> str:
        return f"{self.phase} {self.number}" + (f", attempt {self.attempt}" if self.attempt > 1 else "")


@dataclass(frozen=True, slots=True)
class Overrides:
    """What made the treatment differ from the bare protocol.

    `day1` is a day 1 that stands (the cycle was opened, or the day was agreed); it already contains any delay, so a
    delay of the same cycle is not added to it. `delays` are days of pause before day 1 of a cycle; that cycle and
    all that follow move. `repeats` says how often a cycle is given again, right after itself.
    """

    skipped: frozenset[CycleRef] = frozenset()
    repeats: Mapping[tuple[str, int], int] = field(default_factory=lambda: MappingProxyType({}))
    day1: Mapping[CycleRef, dt.date] = field(default_factory=lambda: MappingProxyType({}))
    delays: Mapping[CycleRef, int] = field(default_factory=lambda: MappingProxyType({}))


NO_OVERRIDES = Overrides()


@dataclass(frozen=True, slots=True)
class PlannedDose:
    """One row of a plan: an order on a day, or a span of days (`until` is its last day, included).

    `dose` is one administration, for an infusion by the day one day of it; `workings` is how it came about.
    `provenance` holds the tags of every value in the row; `unconfirmed` names the values that the study team has to
    confirm. `to_be_confirmed` is about what may harm: drug, dose, days or condition.
    """

    ref: CycleRef
    order_code: str
    drug: str
    route: str
    day: int
    date: dt.date
    until_day: int | None
    until: dt.date | None
    times_per_day: int
    protocol_dose: Decimal
    protocol_unit: str
    bsa: Decimal | None  # m2; None: the dose does not depend on it
    dose: Decimal  # 3 decimals
    dose_unit: str
    provenance: Provenance
    unconfirmed: tuple[str, ...]
    second_person: bool
    pattern: Pattern
    infusion_hours: Sourced[Decimal] | None
    note: str
    workings: Dose

    @property
    def phase(self) -> str:
        return self.ref.phase

    @property
    def cycle(self) -> int:
        return self.ref.number

    @property
    def to_be_confirmed(self) -> bool:
        return not {"drug", "dose", "days", "condition"}.isdisjoint(self.unconfirmed)

    @property
    def last_date(self) -> dt.date:
        return self.until or self.date


@dataclass(frozen=True, slots=True)
class PlannedCycle:
    """`position` counts the cycles of this plan from 1; `course_number` those that are counted over phases."""

    ref: CycleRef
    title: str
    short: str
    position: int
    course_number: int | None
    day1: dt.date
    length_days: int
    provenance: Provenance  # of its place in the sequence and its length
    doses: tuple[PlannedDose, ...] = ()

    @property
    def phase(self) -> str:
        return self.ref.phase

    @property
    def number(self) -> int:
        return self.ref.number

    @property
    def last_day(self) -> dt.date:
        return self.day1 + dt.timedelta(days=self.length_days - 1)

    @property
    def ends_on(self) -> dt.date:
        """The day after the last: when the next cycle may start."""
        return self.day1 + dt.timedelta(days=self.length_days)

    @property
    def to_be_confirmed(self) -> bool:
        return is_to_be_confirmed(self.provenance)


@dataclass(frozen=True, slots=True)
class Plan:
    protocol_version: str
    arm: str
    dose_level: str | None
    cycles: tuple[PlannedCycle, ...]

    @property
    def doses(self) -> tuple[PlannedDose, ...]:
        """All rows by date; rows of one day in the order of the protocol file."""
        return tuple(sorted((row for cycle in self.cycles for row in cycle.doses), key=lambda row: row.date))

    @property
    def ends_on(self) -> dt.date | None:
        """The day after the last day of the last cycle (a start on 2020-01-01 and 784 days: 2022-02-23)."""
        return max((cycle.ends_on for cycle in self.cycles), default=None)

    @property
    def length_days(self) -> int:
        return 0 if self.ends_on is None else (self.ends_on - self.cycles[0].day1).days
