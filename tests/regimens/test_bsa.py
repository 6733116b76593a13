import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regimens.bsa import FORMULAS, body_surface
from regimens.units import round_half_up
from tests.regimens.builders import reference

ROWS = reference("body_surface")["rows"]
heights = st.decimals(120, 220, places=1)
weights = st.decimals(30, 250, places=1)


@pytest.mark.parametrize("formula", list(FORMULAS))
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['height_cm']}-{row['weight_kg']}")
def test_formulas_give_their_published_values(formula, row):
    unrounded, rounded = body_surface(formula, Decimal(row["height_cm"]), Decimal(row["weight_kg"]))
    assert str(round_half_up(unrounded, 4)) == row[formula]
    assert rounded == round_half_up(unrounded, 2)


@given(heights, weights)
def test_mosteller_agrees_with_exact_integer_arithmetic(height, weight):
    """n hundredths is right when (n - 1/2)² <= h w 10000 / 3600 < (n + 1/2)²; here times 36, without fractions."""
    n = int(body_surface("mosteller", height, weight)[1] * 100)
    assert 9 * (2 * n - 1) ** 2 <= int(height * 10) * int(weight * 10) < 9 * (2 * n + 1) ** 2


@given(heights, weights)
def test_other_formulas_agree_with_binary_arithmetic_to_nine_digits(height, weight):
    h, w = float(height), float(weight)
    expected = {
        "du-bois": 0.007184 * w**0.425 * h**0.725,
        "haycock": 0.024265 * w**0.5378 * h**0.3964,
        "gehan-george": 0.0235 * w**0.51456 * h**0.42246,
    }
    for formula, value in expected.items():
        assert math.isclose(float(body_surface(formula, height, weight)[0]), value, rel_tol=1e-9)
