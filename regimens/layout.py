"""Which cycle starts when: the sequence of a protocol version laid out on the calendar."""

from __future__ import annotations

from datetime import date, timedelta

from regimens.definition import Phase, ProtocolDefinition
from regimens.limits import PlanError
from regimens.planned import NO_OVERRIDES, CycleRef, Overrides, PlannedCycle
from regimens.provenance import Provenance, merge

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)


def lay_out(
    definition: ProtocolDefinition, *, start: date, overrides: Overrides = NO_OVERRIDES
) -> tuple[PlannedCycle, ...]:
    """Every cycle with its day 1, without doses: each starts when the one before ends, unless overridden."""
    sequence = _sequence(definition, overrides)
    _check_overrides(overrides, {ref for ref, _, _ in sequence})
    found: list[PlannedCycle] = []
    earliest = _in_range(start)
    for ref, phase, tags in sequence:
        if ref not in overrides.skipped:
            day1 = _day1(ref, earliest, overrides)
            _check_order(ref, day1, found)
            found.append(_cycle(ref, phase, tags, len(found) + 1, day1))
            earliest = _shift(day1, phase.cycle_length.value)
    return tuple(found)


def check_whole_cycle(day1: date, length_days: int) -> None:
    """PlanError when a cycle that starts on `day1` does not lie in the calendar."""
    _shift(_in_range(day1), length_days)


def _sequence(
    definition: ProtocolDefinition, overrides: Overrides
) -> list[tuple[CycleRef, Phase, Provenance]]:
    """Every cycle of the protocol in its order, repeats right after what they repeat."""
    return [
        (CycleRef(phase.name, number, attempt), phase, entry.provenance)
        for phase, number, entry in definition.cycles()
        for attempt in range(1, 2 + overrides.repeats.get((phase.name, number), 0))
    ]


def _check_overrides(overrides: Overrides, refs: set[CycleRef]) -> None:
    repeated = (CycleRef(phase, number) for phase, number in overrides.repeats)
    named = {*overrides.skipped, *overrides.day1, *overrides.delays, *repeated}
    unknown = sorted(named - refs)
    if unknown:
        raise PlanError(f"This version has no cycle {unknown[0]}.", field="cycle")
    negative = sorted(ref for ref, days in overrides.delays.items() if days < 0)
    if negative:
        raise PlanError(f"The delay of {negative[0]} is negative: give its day 1 instead.", field="delay")


def _check_order(ref: CycleRef, day1: date, found: list[PlannedCycle]) -> None:
    """Cycles may overlap (the next may start early), but never change places."""
    if found and day1 <= found[-1].day1:
        before = f"{found[-1].ref} on {found[-1].day1}"
        raise PlanError(f"{ref} on {day1} would not come after {before}.", field="day1")


def _day1(ref: CycleRef, earliest: date, overrides: Overrides) -> date:
    if ref in overrides.day1:
        return _in_range(overrides.day1[ref])
    return _shift(earliest, overrides.delays.get(ref, 0))


def _cycle(ref: CycleRef, phase: Phase, tags: Provenance, position: int, day1: date) -> PlannedCycle:
    return PlannedCycle(
        ref=ref,
        title=phase.title,
        short=phase.short,
        position=position,
        course_number=phase.course_number(ref.number),
        day1=day1,
        length_days=phase.cycle_length.value,
        provenance=merge(tags, phase.cycle_length.provenance),
    )


def _in_range(day: date) -> date:
    if EARLIEST <= day <= LATEST:
        return day
    raise PlanError(f"{day} is outside {EARLIEST} to {LATEST}. Check the year.", field="start")


def _shift(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise PlanError(f"{days} days after {day} is no date of the calendar.", field="start") from None
