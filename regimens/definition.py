"""A protocol version as frozen objects: parsed once from its file, never written to afterwards.

Words: a phase is a run of cycles of one kind; a cycle template says which cycles of the phase hold which
orders (several templates may share a cycle: its orders are all of theirs, in file order); an order is one line
of the protocol; a step is a dose with its days (most orders have one); a dose rule is the dose for a dose level
or a range of weight. Day 1 is the first day of a cycle.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from regimens.provenance import Provenance, Sourced, is_to_be_confirmed
from regimens.units import DOSE_UNITS, Quantity

ROUTES = ("IV", "CIV", "IV/PO", "PO", "IT", "SC")
COMPARISONS = {"at_least": "≥", "above": ">", "at_most": "≤", "below": "<"}
# Facts about a patient that an order may depend on, with their unit.
FACTS = {"cd20_pct": "%"}
# Events after which an order may be stopped for good.
EVENTS = {"vod": "veno-occlusive disease"}


class Pattern(StrEnum):
    """How an order becomes rows of a plan."""

    LISTED_DAYS = "listed-days"  # a row for each day
    EVERY_DAY = "every-day"  # taken daily: one row from the first to the last day
    CONTINUOUS = "continuous-infusion"  # 24 hours a day: one row for each step

    @property
    def is_span(self) -> bool:
        return self is not Pattern.LISTED_DAYS


@dataclass(frozen=True, slots=True)
class DoseRule:
    """One administration (or, for an infusion, one day) of a dose; `at_most` is in the unit that is given."""

    value: Decimal
    unit: str
    provenance: Provenance
    level: str | None = None
    from_kg: Decimal | None = None  # this weight and above
    below_kg: Decimal | None = None  # strictly below this weight
    at_most: Sourced[Quantity] | None = None

    def applies(self, level: str | None, weight_kg: Decimal) -> bool:
        return (
            (self.level is None or self.level == level)
            and (self.from_kg is None or weight_kg >= self.from_kg)
            and (self.below_kg is None or weight_kg < self.below_kg)
        )

    @property
    def quantity(self) -> Quantity:
        return Quantity(self.value, self.unit)

    @property
    def given_in(self) -> str:
        return DOSE_UNITS[self.unit].given_in

    @property
    def per_m2(self) -> bool:
        return DOSE_UNITS[self.unit].per_m2


@dataclass(frozen=True, slots=True)
class Step:
    """Days of a cycle, rising, with the rules that give their dose."""

    days: Sourced[tuple[int, ...]]
    rules: tuple[DoseRule, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """The order stands only if a fact of the patient is known and at least this much."""

    fact: str
    at_least: Decimal
    provenance: Provenance

    def met(self, value: Decimal | None) -> bool:
        """An unknown fact never meets a condition: missing is not zero, and not enough either."""
        return value is not None and value >= self.at_least


@dataclass(frozen=True, slots=True)
class Order:
    """One line of the protocol. `second_person` is a rule of this software, so it has no source."""

    code: str
    drug: Sourced[str]
    route: Sourced[str]
    times_per_day: Sourced[int]
    pattern: Pattern
    steps: tuple[Step, ...]
    condition: Condition | None = None
    infusion_hours: Sourced[Decimal] | None = None
    second_person: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class CycleTemplate:
    title: str
    numbers: Sourced[tuple[int, ...]]
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class Phase:
    """`first_course` numbers cycle 1 of the phase among the courses counted over several phases.

    `short` is what a worklist has room for; the title where the file gives none.
    """

    name: str
    title: str
    short: str
    cycle_length: Sourced[int]  # days
    templates: tuple[CycleTemplate, ...]
    first_course: Sourced[int] | None = None

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(sorted({n for template in self.templates for n in template.numbers.value}))

    def orders(self, number: int) -> tuple[Order, ...]:
        """The orders of one cycle, in file order; empty when the phase has no such cycle."""
        holding = (t for t in self.templates if number in t.numbers.value)
        return tuple(order for template in holding for order in template.orders)

    def course_number(self, number: int) -> int | None:
        return None if self.first_course is None else self.first_course.value + number - 1


@dataclass(frozen=True, slots=True)
class SequenceEntry:
    """A run of cycles of one phase, at its place in the treatment."""

    phase: str
    numbers: tuple[int, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Arm:
    name: str
    title: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class DoseLevel:
    name: str
    title: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class CumulativeLimit:
    """The most that the whole plan gives of an order; `level` None: whatever the dose level."""

    order: str
    level: str | None
    limit: Sourced[Quantity]


@dataclass(frozen=True, slots=True)
class PermanentStop:
    """After this event the orders (by code) are never given again."""

    event: str
    orders: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Limit:
    """The number in a criterion: ECOG at most 3, bilirubin at most 1.5 mg/dl."""

    comparison: str
    quantity: Quantity

    def __str__(self) -> str:
        return f"{COMPARISONS[self.comparison]} {self.quantity}"


@dataclass(frozen=True, slots=True)
class Criterion:
    """`limit_unknown`: the protocol must have a number here, and it was found nowhere."""

    code: str
    text: str
    provenance: Provenance
    limit: Limit | None = None
    limit_unknown: bool = False
    note: str = ""

    @property
    def to_be_confirmed(self) -> bool:
        return is_to_be_confirmed(self.provenance)


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader must know: a contradiction between sources, an assumption. `about`: "version",
    "eligibility" or the name of a phase."""

    about: str
    text: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Source:
    tag: str
    text: str


@dataclass(frozen=True, slots=True)
class ProtocolDefinition:
    protocol_code: str
    protocol_title: str
    name: str
    title: str
    effective_on: Sourced[date]
    bsa_formula: Sourced[str]
    arms: tuple[Arm, ...]
    dose_levels: tuple[DoseLevel, ...]
    phases: tuple[Phase, ...]
    sequence: tuple[SequenceEntry, ...]
    cumulative_limits: tuple[CumulativeLimit, ...]
    criteria: tuple[Criterion, ...]
    notes: tuple[Note, ...]
    sources: tuple[Source, ...]
    permanent_stops: tuple[PermanentStop, ...] = ()

    def phase(self, name: str) -> Phase | None:
        return next((phase for phase in self.phases if phase.name == name), None)

    def cycles(self) -> tuple[tuple[Phase, int, SequenceEntry], ...]:
        """Every cycle of the treatment in its order."""
        by_name = {phase.name: phase for phase in self.phases}
        return tuple((by_name[entry.phase], n, entry) for entry in self.sequence for n in entry.numbers)

    def drugs_stopped_by(self, event: str) -> tuple[str, ...]:
        """Names of the drugs that are never given again after an event; empty when the file names none."""
        codes = {code for stop in self.permanent_stops if stop.event == event for code in stop.orders}
        orders = (order for phase in self.phases for template in phase.templates for order in template.orders)
        return tuple(sorted({order.drug.value for order in orders if order.code in codes}))

    def source_text(self, tag: str) -> str | None:
        return next((source.text for source in self.sources if source.tag == tag), None)

    def notes_about(self, subject: str) -> tuple[Note, ...]:
        return tuple(note for note in self.notes if note.about == subject)
