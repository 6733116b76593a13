"""What a typed or stored measurement may be, and the words for one that may not.

The limits are checks against slips of the pen (height 120 to 220 cm, weight 30 to 250 kg), not eligibility.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from regimens.units import show, show_unit


class PlanError(ValueError):
    """A plan or dose that cannot be made. `field` names the input; the text says why and the way out."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@dataclass(frozen=True, slots=True)
class Range:
    field: str
    name: str
    unit: str
    low: Decimal
    high: Decimal

    def __contains__(self, value: Decimal) -> bool:
        return self.low <= value <= self.high

    def check(self, value: object) -> Decimal:
        """The value as a Decimal within the limits (both included); PlanError otherwise."""
        number = exact(value, self)
        if number in self:
            return number
        unit = show_unit(self.unit)
        limits = f"{show(self.low)} to {show(self.high)} {unit}"
        raise PlanError(
            f"{self.name} {show(number)} {unit} is outside {limits}.{_meant(number, self)}", field=self.field
        )


HEIGHT = Range("height_cm", "Height", "cm", Decimal(120), Decimal(220))
WEIGHT = Range("weight_kg", "Weight", "kg", Decimal(30), Decimal(250))
CD20 = Range("cd20_pct", "CD20", "%", Decimal(0), Decimal(100))

_PLAIN = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")


def exact(value: object, range_: Range) -> Decimal:
    """A whole or decimal number without loss. A binary float is refused: 0.1 as a float is not 0.1."""
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        number = Decimal(value)
        if number.is_finite() and abs(number.adjusted()) < 10 and len(number.as_tuple().digits) <= 18:
            return number
    raise PlanError(f"{range_.name} {value!s:.40} is not a number that can be used.", field=range_.field)


def read_number(text: str, *, field: str) -> Decimal:
    """A typed number, exactly as written: digits with an optional point. A comma is never guessed at."""
    typed = text.strip()
    if _PLAIN.fullmatch(typed):
        return Decimal(typed)
    if re.fullmatch(r"[0-9]{1,9},[0-9]{1,9}", typed):
        point = typed.replace(",", ".")
        message = f"{typed!r} has a comma. If it is the decimal sign, write {point}; if not, leave it out."
    else:
        message = f"{typed!r:.40} is not a number. Write digits with an optional point, such as 170 or 68.4."
    raise PlanError(message, field=field)


def _meant(value: Decimal, range_: Range) -> str:
    """A slipped decimal point is the usual reason; offered only when exactly one shift makes sense."""
    shifted = (value.scaleb(places) for places in (-1, 1, -2, 2))
    candidates = [candidate for candidate in shifted if candidate in range_]
    if len(candidates) != 1:
        return f" Check the number; the unit is {show_unit(range_.unit)}."
    text = show(candidates[0])
    return f" Did you mean {text if '.' in text else text + '.0'}?"
