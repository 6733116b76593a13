"""Cycles that a patient received before this record: which they were, when they may have begun, which doses count.

Pure. The numbers of a file ("4 cycles of mini-hyper-CVD") meet the cycles of the protocol here, in its order.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from regimens.definition import ProtocolDefinition
from regimens.layout import lay_out
from regimens.planned import CycleRef, PlannedCycle, PlannedDose

DAY = dt.timedelta(days=1)
SHORTEST = Fraction(3, 4)
"""Of its planned length a cycle may be squeezed to this part: 21 of 28 days."""

INOTUZUMAB, RITUXIMAB = "inotuzumab ozogamicin", "rituximab"
PHASES = {"mini-hcvd": "mini_hcvd_cycles", "blinatumomab": "blina_cycles"}
"""Which number of the file counts the cycles of a phase; every other phase is maintenance."""
MAINTENANCE = "maintenance_cycles"
NUMBERS = (*PHASES.values(), MAINTENANCE)


@dataclass(frozen=True, kw_only=True)
class Received:
    """One cycle with its real day 1; none of the drugs in `without` was given in it."""

    phase: str
    number: int
    day1: dt.date
    without: frozenset[str] = frozenset()

    @property
    def ref(self) -> CycleRef:
        return CycleRef(self.phase, self.number)


@dataclass(frozen=True, kw_only=True)
class End:
    """The last day on which a dose can have been given, and why; `drugs` were stopped for good on days of their own."""

    on: dt.date
    because: str
    drugs: Mapping[str, dt.date] = field(default_factory=dict)

    def of(self, drug: str) -> dt.date:
        return min(self.on, self.drugs.get(drug, self.on))


def most(definition: ProtocolDefinition) -> Counter[str]:
    """How many cycles the protocol has at most, by number of the file."""
    return Counter(counted_as(phase.name) for phase, _, _ in definition.cycles())


def counted_as(phase: str) -> str:
    return PHASES.get(phase, MAINTENANCE)


def cycles(definition: ProtocolDefinition, numbers: Mapping[str, int]) -> list[PlannedCycle]:
    """The first so many cycles of each kind, in the order of the protocol; their dates say nothing."""
    left = Counter(numbers)
    found = []
    for cycle in _sequence(definition):
        kind = counted_as(cycle.phase)
        if left[kind] > 0:
            left[kind] -= 1
            found.append(cycle)
    return found


def _sequence(definition: ProtocolDefinition) -> Iterable[PlannedCycle]:
    return lay_out(definition, start=dt.date(2000, 1, 1))


def drugs_of(definition: ProtocolDefinition, ref: CycleRef) -> frozenset[str]:
    phase = definition.phase(ref.phase)
    return frozenset(order.drug.value for order in phase.orders(ref.number)) if phase else frozenset()


def left_out(
    definition: ProtocolDefinition,
    refs: Sequence[CycleRef],
    *,
    with_inotuzumab: int | None,
    rituximab: bool | None,
) -> dict[CycleRef, frozenset[str]]:
    """Drugs that the numbers of the file leave no room for, by cycle. None: not recorded, so as the protocol has it."""
    room = len(refs) if with_inotuzumab is None else with_inotuzumab
    found = {}
    for ref in refs:
        drugs = drugs_of(definition, ref)
        gone = {RITUXIMAB} & drugs if rituximab is False else set()
        if INOTUZUMAB in drugs:
            gone |= set() if room > 0 else {INOTUZUMAB}
            room -= 1
        found[ref] = frozenset(gone)
    return found


def begin(start: dt.date, lengths: Sequence[int], *, until: dt.date | None = None) -> list[dt.date]:
    """Day 1 of each cycle, one after the other from `start`.

    Where the whole lengths (days) do not fit up to `until`, all are squeezed alike, to no less than SHORTEST.
    """
    room = sum(lengths) if until is None else (until - start).days + 1
    part = max(SHORTEST, min(Fraction(1), Fraction(max(room, 0), sum(lengths) or 1)))
    found, passed = [], 0
    for length in lengths:
        found.append(start + int(passed * part) * DAY)
        passed += length
    return found


def course(
    definition: ProtocolDefinition,
    numbers: Mapping[str, int],
    *,
    start: dt.date,
    until: dt.date | None = None,
    with_inotuzumab: int | None = None,
    rituximab: bool | None = None,
    days: Mapping[CycleRef, dt.date] = MappingProxyType({}),
) -> list[Received]:
    """The cycles that the numbers of a file stand for, with the known `days` and, in between, the nominal ones."""
    chosen = cycles(definition, numbers)
    proposed = begin(start, [cycle.length_days for cycle in chosen], until=until)
    without = left_out(
        definition, [c.ref for c in chosen], with_inotuzumab=with_inotuzumab, rituximab=rituximab
    )
    found: list[Received] = []
    following = start
    for cycle, nominal in zip(chosen, proposed, strict=True):
        day1 = days.get(cycle.ref) or (following if days else nominal)
        found.append(Received(phase=cycle.phase, number=cycle.number, day1=day1, without=without[cycle.ref]))
        following = day1 + cycle.length_days * DAY
    return found


def was_given(dose: PlannedDose, cycle: Received, end: End) -> bool:
    """As planned, unless it was left out or lies after the end."""
    return dose.drug not in cycle.without and dose.date <= end.of(dose.drug)
