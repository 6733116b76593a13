from decimal import ROUND_DOWN, Decimal, localcontext

import pytest

from regimens.units import Quantity, round_half_up, show, show_unit


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1.0", "1"),
        ("0.5", "0.5"),
        ("0.50", "0.5"),
        ("100", "100"),
        ("1E+2", "100"),
        ("0.000", "0"),
        ("-0", "0"),
        ("273.000", "273"),
    ],
)
def test_a_number_is_shown_without_trailing_zeros_and_with_a_leading_one(value, shown):
    assert show(Decimal(value)) == shown


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [
        ("1.005", 2, "1.01"),
        ("1.335", 2, "1.34"),
        ("2.5", 0, "3"),
        ("0.0005", 3, "0.001"),
        ("0.00049999", 3, "0.000"),
    ],
)
def test_halves_are_rounded_up(value, places, rounded):
    """Python's default rounds 2.5 to 2 and 1.005 as a float to 1.00."""
    assert str(round_half_up(Decimal(value), places)) == rounded


def test_rounding_does_not_depend_on_the_context_of_the_thread():
    with localcontext(rounding=ROUND_DOWN, prec=2):
        assert round_half_up(Decimal("272.7255"), 3) == Decimal("272.726")


def test_units_are_shown_with_their_signs():
    assert str(Quantity(Decimal("0.30"), "mg/m2")) == "0.3 mg/m²"
    assert str(Quantity(Decimal(28), "ug/day")) == "28 µg/day"
    assert show_unit("ug/m2/day") == "µg/m²/day"
    assert show_unit("x ULN") == "× ULN"
