"""Body surface area in m2 from height in cm and weight in kg, unrounded.

Mosteller, N Engl J Med 1987;317:1098. Du Bois and Du Bois, Arch Intern Med 1916;17:863. Haycock and others,
J Pediatr 1978;93:62. Gehan and George, Cancer Chemother Rep 1970;54:225. A protocol file says which one its
trial uses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from regimens.units import CLINICAL, round_half_up, show

BSA_DECIMALS = 2


def mosteller(height_cm: Decimal, weight_kg: Decimal) -> Decimal:
    return CLINICAL.sqrt(CLINICAL.divide(CLINICAL.multiply(height_cm, weight_kg), Decimal(3600)))


def du_bois(height_cm: Decimal, weight_kg: Decimal) -> Decimal:
    return _product("0.007184", (weight_kg, "0.425"), (height_cm, "0.725"))


def haycock(height_cm: Decimal, weight_kg: Decimal) -> Decimal:
    return _product("0.024265", (weight_kg, "0.5378"), (height_cm, "0.3964"))


def gehan_george(height_cm: Decimal, weight_kg: Decimal) -> Decimal:
    return _product("0.0235", (weight_kg, "0.51456"), (height_cm, "0.42246"))


def _product(constant: str, *powers: tuple[Decimal, str]) -> Decimal:
    result = Decimal(constant)
    for base, exponent in powers:
        result = CLINICAL.multiply(result, CLINICAL.power(base, Decimal(exponent)))
    return result


@dataclass(frozen=True, slots=True)
class Formula:
    """`written` shows the arithmetic with {height} and {weight} filled in."""

    title: str
    written: str
    area: Callable[[Decimal, Decimal], Decimal]

    def with_numbers(self, height_cm: Decimal, weight_kg: Decimal) -> str:
        return self.written.format(height=show(height_cm), weight=show(weight_kg))


FORMULAS: Mapping[str, Formula] = MappingProxyType(
    {
        "mosteller": Formula("Mosteller", "√({height} × {weight} ÷ 3600)", mosteller),
        "du-bois": Formula("Du Bois", "0.007184 × {weight}^0.425 × {height}^0.725", du_bois),
        "haycock": Formula("Haycock", "0.024265 × {weight}^0.5378 × {height}^0.3964", haycock),
        "gehan-george": Formula(
            "Gehan and George", "0.0235 × {weight}^0.51456 × {height}^0.42246", gehan_george
        ),
    }
)


@lru_cache(maxsize=1024)
def body_surface(formula: str, height_cm: Decimal, weight_kg: Decimal) -> tuple[Decimal, Decimal]:
    """(unrounded, rounded once to 2 decimals half up), in m2. KeyError for a formula that is not known."""
    unrounded = FORMULAS[formula].area(height_cm, weight_kg)
    return unrounded, round_half_up(unrounded, BSA_DECIMALS)
