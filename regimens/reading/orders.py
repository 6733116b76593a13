"""Reading the orders of a protocol file: what is given, how much, on which days, to whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import yaml

from regimens import definition as d
from regimens.provenance import Sourced
from regimens.reading.bands import check_rules
from regimens.reading.cursor import Cursor, Fields
from regimens.reading.sourcing import Legend, provenance, sourced
from regimens.units import DOSE_UNITS, Quantity

_REQUIRED = "code drug route times_per_day"
_OPTIONAL = "pattern days dose steps condition infusion_hours second_person note"


@dataclass(frozen=True, slots=True)
class _Placed:
    """An order where it stands, to be compared with the others of its phase."""

    at: Cursor
    numbers: frozenset[int]
    code: str | None
    name: tuple[Any, Any]  # drug, route
    days: frozenset[int]


@dataclass(slots=True)
class PhaseContext:
    """What the orders of a phase are read against; None: could not be read."""

    legend: Legend
    levels: tuple[str, ...] | None
    cycle_length: int | None
    placed: list[_Placed] = field(default_factory=list)

    def check_repeats(self) -> None:
        """In one cycle an order code stands once, and a drug by one route is ordered once for a day."""
        for first, second in combinations(self.placed, 2):
            shared = sorted(first.numbers & second.numbers)
            if not shared:
                continue
            if first.code is not None and first.code == second.code:
                second.at.fault(
                    f"expected each order once; cycle {shared[0]} has {first.code} at {first.at.path}"
                )
            elif None not in first.name and first.name == second.name and first.days & second.days:
                drug, route = first.name
                day = min(first.days & second.days)
                second.at.fault(
                    f"expected {drug} {route} once a day; cycle {shared[0]} day {day} has it at {first.at.path}"
                )


def read_order(at: Cursor, numbers: tuple[int, ...] | None, context: PhaseContext) -> d.Order:
    fields = at.fields(_REQUIRED, _OPTIONAL)
    legend = context.legend
    order = d.Order(
        code=fields["code"].slug(),
        drug=sourced(fields["drug"], legend, Cursor.text),
        route=sourced(fields["route"], legend, lambda c: c.one_of(d.ROUTES)),
        times_per_day=sourced(fields["times_per_day"], legend, lambda c: c.integer(1, 24)),
        pattern=_pattern(fields),
        steps=_steps(at, fields, context),
        condition=_condition(fields["condition"], legend) if "condition" in fields else None,
        infusion_hours=_hours(fields["infusion_hours"], legend) if "infusion_hours" in fields else None,
        second_person=fields["second_person"].flag() if "second_person" in fields else False,
        note=fields["note"].text() if "note" in fields else "",
    )
    _check_pattern(fields, order)
    days = frozenset(day for step in order.steps for day in step.days.value or ())
    name = (order.drug.value, order.route.value)
    context.placed.append(_Placed(at, frozenset(numbers or ()), order.code, name, days))
    return order


def _pattern(fields: Fields) -> Any:
    if "pattern" not in fields:
        return d.Pattern.LISTED_DAYS
    value = fields["pattern"].one_of([p.value for p in d.Pattern])
    return d.Pattern(value) if value is not None else None


def _hours(at: Cursor, legend: Legend) -> Sourced[Any]:
    return sourced(at, legend, lambda c: c.decimal(low="0.1", high="24"))


def _condition(at: Cursor, legend: Legend) -> d.Condition:
    fields = at.fields("fact at_least provenance")
    fact, least = fields["fact"].one_of(tuple(d.FACTS)), fields["at_least"].decimal(low="0", high="100")
    return d.Condition(fact, least, provenance(fields["provenance"], legend))


def _steps(at: Cursor, fields: Fields, context: PhaseContext) -> tuple[d.Step, ...]:
    """Either days and dose of the order itself, or a list of steps, each with its own."""
    if "steps" not in fields:
        for name in ("days", "dose"):
            if name not in fields and at.node is not None:
                at.fault(f"expected {name}, or steps with days and dose; {name} is missing")
        return (_step(fields, context),)
    for name in ("days", "dose"):
        if name in fields:
            fields[name].fault(f"expected {name} inside steps; found beside it")
    entries = fields["steps"].items()
    steps = tuple(_step(entry.fields("days dose"), context) for entry in entries)
    latest = 0
    for step, entry in zip(steps, entries, strict=True):
        days = step.days.value or ()
        if days and days[0] <= latest:
            entry.fault(f"expected days after day {latest} of the step before; found day {days[0]}")
        latest = max((latest, *days))
    return steps


def _step(fields: Fields, context: PhaseContext) -> d.Step:
    last = context.cycle_length or 366
    days = sourced(fields["days"], context.legend, lambda c: c.numbers(last, "a day of the cycle"))
    return d.Step(days, _rules(fields["dose"], context))


def _rules(at: Cursor, context: PhaseContext) -> tuple[d.DoseRule, ...]:
    """One dose, or a list of doses for dose levels or ranges of weight."""
    if isinstance(at.node, yaml.SequenceNode):
        entries = at.items()
        rules = tuple(
            _rule(e.fields("value unit provenance", "level from_kg below_kg at_most"), context)
            for e in entries
        )
        check_rules(at, entries, rules, context.levels)
        return rules
    return (_rule(at.fields("value unit provenance", "at_most"), context),)


def _rule(fields: Fields, context: PhaseContext) -> d.DoseRule:
    unit = fields["unit"].one_of(tuple(DOSE_UNITS))
    return d.DoseRule(
        value=fields["value"].decimal(),
        unit=unit,
        provenance=provenance(fields["provenance"], context.legend),
        level=fields["level"].slug() if "level" in fields else None,
        from_kg=fields["from_kg"].decimal() if "from_kg" in fields else None,
        below_kg=fields["below_kg"].decimal() if "below_kg" in fields else None,
        at_most=_at_most(fields["at_most"], unit, context.legend) if "at_most" in fields else None,
    )


def _at_most(at: Cursor, unit: str | None, legend: Legend) -> Sourced[Quantity]:
    """The cap of one administration, in the unit that is given (mg for mg/m2)."""
    fields = at.fields("value unit provenance")
    units = tuple(DOSE_UNITS) if unit is None else (DOSE_UNITS[unit].given_in,)
    limit = Quantity(fields["value"].decimal(), fields["unit"].one_of(units, "" if unit else "one of "))
    return Sourced(limit, provenance(fields["provenance"], legend))


def _check_pattern(fields: Fields, order: d.Order) -> None:
    """A span is an unbroken run of days; an infusion runs all day, once."""
    if order.pattern is None or not order.pattern.is_span:
        return
    for step in order.steps:
        days = step.days.value
        if days and len(days) != days[-1] - days[0] + 1:
            fields["pattern"].fault(f"expected an unbroken run of days for {order.pattern}; found gaps")
    if order.pattern is d.Pattern.CONTINUOUS and order.times_per_day.value not in (1, None):
        fields["times_per_day"].fault("expected 1 for a continuous infusion")
