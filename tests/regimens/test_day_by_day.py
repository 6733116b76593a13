"""The plan agrees with the second implementation on every dose of every day."""

import random
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from regimens.schedule import CycleRef, Overrides, Plan
from tests.regimens.builders import VERSIONS, measured, planned
from tests.regimens.day_by_day import Given, every_day, sequence

PATIENTS = 40  # of each version and dose level


def spread(plan: Plan) -> list[Given]:
    """The rows of a plan, those with a span on each of its days."""
    found = []
    for row in plan.doses:
        for i in range((row.last_date - row.date).days + 1):
            values = row.drug, row.route, row.times_per_day, Fraction(row.protocol_dose), row.protocol_unit
            day = row.date + timedelta(days=i)
            dose = int(row.dose * 1000)
            found.append(Given(day, row.phase, row.cycle, row.day + i, *values, dose, row.dose_unit))
    return found


def patient(rng: random.Random, version: str) -> dict:
    """Anybody: starts over 20 years, weights often near the limit of 45 kg, CD20 often near 20 %."""
    cycles = sequence(version)
    return {
        "start": date(2011, 1, 1) + timedelta(days=rng.randrange(7300)),
        "height": Decimal(rng.randrange(1200, 2201)) / 10,
        "weight": Decimal(rng.choice([rng.randrange(300, 2501), rng.randrange(440, 460)])) / 10,
        "cd20": rng.choice([None, Decimal(rng.randrange(0, 101)), Decimal("19.9"), Decimal(20)]),
        "pauses": {c[:2]: rng.randrange(60) for c in rng.sample(cycles, rng.randrange(6))},
    }


@pytest.mark.parametrize(("version", "level"), VERSIONS)
def test_every_dose_of_every_day_is_the_same(version, level):
    rng = random.Random(f"{version} {level}")  # noqa: S311
    for _ in range(PATIENTS):
        who = patient(rng, version)
        expected = every_day(version, level, **who)
        plan = planned(
            version,
            level,
            start=who["start"],
            measurements=measured(str(who["height"]), str(who["weight"])),
            cd20=None if who["cd20"] is None else str(who["cd20"]),
            overrides=Overrides(delays={CycleRef(*cycle): days for cycle, days in who["pauses"].items()}),
        )
        rows = spread(plan)
        assert set(rows) == expected, who
        assert len(rows) == len(expected), "a dose is planned twice"
