"""Sums that a definition must agree with, as a check of the file against itself."""

from __future__ import annotations

from decimal import Decimal

from regimens.definition import CumulativeLimit, Order, ProtocolDefinition
from regimens.reading.faults import Fault
from regimens.units import Quantity


def check_cumulative(definition: ProtocolDefinition) -> tuple[Fault, ...]:
    """The whole plan gives exactly what the file states as its cumulative maximum, for each limit."""
    faults = []
    for index, limit in enumerate(definition.cumulative_limits):
        planned = planned_total(definition, limit)
        if planned != limit.limit.value.value:
            shown = Quantity(planned, limit.limit.value.unit) if planned is not None else "no single sum"
            message = f"expected {limit.limit.value} as the sum of the planned doses; found {shown}"
            faults.append(Fault(f"cumulative_limits[{index}].value", message))
    return tuple(faults)


def planned_total(definition: ProtocolDefinition, limit: CumulativeLimit) -> Decimal | None:
    """Sum of an order over the whole sequence, in its unit; None when weight or units forbid one sum."""
    total = Decimal(0)
    for phase, number, _ in definition.cycles():
        for order in phase.orders(number):
            if order.code == limit.order:
                part = _in_cycle(order, limit)
                if part is None:
                    return None
                total += part
    return total


def _in_cycle(order: Order, limit: CumulativeLimit) -> Decimal | None:
    total = Decimal(0)
    for step in order.steps:
        rules = [rule for rule in step.rules if rule.level in (None, limit.level)]
        if len(rules) != 1 or rules[0].unit != limit.limit.value.unit:
            return None
        total += rules[0].value * len(step.days.value) * order.times_per_day.value
    return total
