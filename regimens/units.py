"""Quantities, rounding and how both are written. Clinical numbers are Decimal, never binary floats.

Rounding is half up (0.5 goes away from zero) everywhere, as a dose is rounded by hand; the Python default (half
to even) and the context of the calling thread have no say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from types import MappingProxyType

# Its own context, so that a changed thread context can never change a dose.
CLINICAL = Context(prec=28, rounding=ROUND_HALF_UP)

# Unit as written in files and exports (plain ASCII) -> as shown to a person.
UNITS: Mapping[str, str] = MappingProxyType(
    {
        "mg": "mg",
        "mg/m2": "mg/m²",
        "ug": "µg",
        "ug/day": "µg/day",
        "ug/m2/day": "µg/m²/day",
        "m2": "m²",
        "kg": "kg",
        "cm": "cm",
        "%": "%",
        "mg/dl": "mg/dl",
        "x ULN": "× ULN",
        "ECOG": "ECOG",
        "hours": "hours",
        "days": "days",
        "weeks": "weeks",
        "months": "months",
        "years": "years",
    }
)


@dataclass(frozen=True, slots=True)
class DoseUnit:
    """How a dose in this unit is given: times the body surface or not, and in which unit."""

    given_in: str
    per_m2: bool


DOSE_UNITS: Mapping[str, DoseUnit] = MappingProxyType(
    {
        "mg": DoseUnit("mg", per_m2=False),
        "mg/m2": DoseUnit("mg", per_m2=True),
        "ug/day": DoseUnit("ug/day", per_m2=False),
        "ug/m2/day": DoseUnit("ug/day", per_m2=True),
    }
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that never stands without its unit."""

    value: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{show(self.value)} {show_unit(self.unit)}"


def round_half_up(value: Decimal, places: int) -> Decimal:
    """`value` with exactly `places` decimals, half up: 1.005 -> 1.01, 272.7255 -> 272.726."""
    return value.quantize(Decimal(1).scaleb(-places), context=CLINICAL)


def show(value: Decimal) -> str:
    """A number for a person: no trailing zero (1, not 1.0), a leading one (0.5, not .5), no exponent."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def show_unit(unit: str) -> str:
    """The unit as shown: mg/m2 -> mg/m², ug/day -> µg/day. A unit that is not known is shown as it is."""
    return UNITS.get(unit, unit)
