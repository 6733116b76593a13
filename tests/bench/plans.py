"""The whole plan of one patient as a pure function, beside a fixed piece of arithmetic."""

import datetime as dt
import statistics
from decimal import Decimal

from tests.bench import clock

ROUNDS = 15
HEAD = ["plan", "rows", "ms", "x yardstick"]


def yardstick() -> Decimal:
    """Ten thousand products and sums of Decimals."""
    factor, total = Decimal("1.82"), Decimal(0)
    for number in range(10_000):
        total += factor * number
    return total


def run() -> list[list[str]]:
    from regimens import loading, schedule
    from regimens.dosing import Measurements

    taken = Measurements(Decimal(170), Decimal(70))
    rows = []
    for name, level in (("amended", None), ("original", "1.8")):
        definition = loading.shipped_definition(name)

        def plan(definition=definition, level=level):
            return schedule.plan(
                definition,
                arm=definition.arms[0].name,
                dose_level=level,
                start=dt.date(2020, 1, 1),
                measurements=taken,
                cd20_pct=Decimal(40),
            )

        target, reference = clock.in_turn([plan, yardstick], rounds=ROUNDS)
        number = sum(len(cycle.doses) for cycle in plan().cycles)
        rows.append(
            [
                name,
                str(number),
                f"{statistics.median(target):.1f}",
                f"{clock.ratio(target, reference):.2f}",
            ]
        )
    return rows
