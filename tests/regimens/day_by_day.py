"""A second implementation of the plan: slow, obvious, and written from the published tables, not from our files.

It walks through the calendar day by day and asks for every drug whether it is due. It shares nothing with
regimens.schedule: no definition file, no Decimal, no spans; numbers are fractions.
Sources: Blood 2021;138(S1):3363; blinatumomab from its label; rituximab and intrathecal doses general knowledge.
"""

from datetime import date, timedelta
from fractions import Fraction
from math import floor, isqrt
from typing import Any, NamedTuple


class Given(NamedTuple):
    """One drug on one calendar day. `dose` in thousandths of `dose_unit`."""

    date: date
    phase: str
    cycle: int
    day: int
    drug: str
    route: str
    times: int
    protocol_dose: Fraction
    protocol_unit: str
    dose: int
    dose_unit: str


def sequence(version: str) -> list[tuple[str, int, int]]:
    """(phase, cycle, days) in the order of the treatment."""
    if version == "original":
        return [("mini-hcvd", n, 28) for n in range(1, 9)] + [("pomp", n, 28) for n in range(1, 37)]
    found = [("mini-hcvd", n, 28) for n in range(1, 5)] + [("blinatumomab", n, 42) for n in range(1, 5)]
    for n in range(1, 13):
        found.append(("pomp", n, 28))
        if n % 3 == 0:
            found.append(("blinatumomab-maintenance", n // 3, 42))
    return found


def every_day(
    version: str, level: Any, start: date, height: Any, weight: Any, cd20: Any, pauses: dict
) -> set[Given]:
    """Every drug of every day. `pauses`: (phase, cycle) -> days without treatment before its day 1."""
    found = set()
    today = start
    for phase, cycle, length in sequence(version):
        today += timedelta(days=pauses.get((phase, cycle), 0))
        for day in range(1, length + 1):
            for drug, route, times, dose, unit in due(version, level, phase, cycle, day, weight, cd20):
                amount, given_in = one_dose(dose, unit, height, weight, day)
                found.add(Given(today, phase, cycle, day, drug, route, times, dose, unit, amount, given_in))
            today += timedelta(days=1)
    return found


def due(version: str, level: Any, phase: str, cycle: int, day: int, weight: Any, cd20: Any) -> Any:
    if phase == "mini-hcvd":
        yield from hyper_cvd(cycle, day)
        yield from inotuzumab(version, level, cycle, day)
        if cycle <= 4:
            yield from with_the_first_four_cycles(day, cd20)
    elif phase == "pomp":
        yield from pomp(cycle, day)
    elif day <= 28:
        yield from blinatumomab(weight, first_week=phase == "blinatumomab" and cycle == 1 and day <= 7)


def with_the_first_four_cycles(day: int, cd20: Any) -> Any:
    if day in (2, 8) and cd20 is not None and cd20 >= 20:
        yield "rituximab", "IV", 1, Fraction(375), "mg/m2"
    if day == 2:
        yield "intrathecal methotrexate", "IT", 1, Fraction(12), "mg"
    if day == 8:
        yield "intrathecal cytarabine", "IT", 1, Fraction(100), "mg"


def pomp(cycle: int, day: int) -> Any:
    if cycle <= 12 and day <= 5:
        yield "prednisone", "PO", 1, Fraction(50), "mg"
    if cycle <= 12 and day == 1:
        yield "vincristine", "IV", 1, Fraction(2), "mg"
    yield "mercaptopurine", "PO", 2, Fraction(50), "mg"
    if day % 7 == 1:
        yield "methotrexate", "PO", 1, Fraction(10), "mg/m2"


def blinatumomab(weight: Any, *, first_week: bool) -> Any:
    if weight >= 45:
        yield "blinatumomab", "CIV", 1, Fraction(9 if first_week else 28), "ug/day"
    else:
        yield "blinatumomab", "CIV", 1, Fraction(5 if first_week else 15), "ug/m2/day"


def hyper_cvd(cycle: int, day: int) -> Any:
    if cycle % 2 == 1:
        if day <= 3:
            yield "cyclophosphamide", "IV", 2, Fraction(150), "mg/m2"
        if day in (1, 8):
            yield "vincristine", "IV", 1, Fraction(2), "mg"
        if day <= 4 or 11 <= day <= 14:
            yield "dexamethasone", "IV/PO", 1, Fraction(20), "mg"
    else:
        if day == 1:
            yield "methotrexate", "IV", 1, Fraction(250), "mg/m2"
        if day in (2, 3):
            yield "cytarabine", "IV", 2, Fraction(500), "mg/m2"


def inotuzumab(version: str, level: Any, cycle: int, day: int) -> Any:
    dose = None
    if version == "original" and day == 3 and cycle <= 4:
        first, later = {"1.8": ("1.8", "1.3"), "1.3": ("1.3", "1.0")}[level]
        dose = first if cycle == 1 else later
    if version == "amended" and cycle <= 4 and day in (2, 8):
        dose = "0.6" if (cycle, day) == (1, 2) else "0.3"
    if dose is not None:
        yield "inotuzumab ozogamicin", "IV", 1, Fraction(dose), "mg/m2"


def one_dose(dose: Fraction, unit: str, height: Any, weight: Any, day: int) -> tuple[int, str]:
    given_in = "ug/day" if unit.startswith("ug") else "mg"
    amount = dose
    if "/m2" in unit:
        amount *= Fraction(hundredths_of_m2(Fraction(height), Fraction(weight)), 100)
        if unit == "ug/m2/day":
            amount = min(amount, Fraction(9 if dose == 5 else 28))
    return floor(amount * 1000 + Fraction(1, 2)), given_in


def hundredths_of_m2(height: Fraction, weight: Fraction) -> int:
    """Mosteller, half up: the largest n with (n - 1/2)² <= h w 10000 / 3600."""
    return (isqrt(floor(height * weight * 10000 / 3600 * 4)) + 1) // 2
