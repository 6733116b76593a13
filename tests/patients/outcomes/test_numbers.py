"""The distributions against what is known of them in closed form."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.outcomes.numbers import beta_quantile, chi_square_tail, incomplete_beta, normal_quantile
from tests.patients.outcomes import slow


def test_the_quantile_of_two_sided_limits():
    assert normal_quantile(0.95) == pytest.approx(1.959963984540054, abs=1e-15)
    assert normal_quantile(0.99) == pytest.approx(2.5758293035489004, abs=1e-15)


@pytest.mark.parametrize("level", [0, 1, 95, -0.5, math.nan])
def test_a_level_that_is_none_is_refused(level):
    with pytest.raises(ValueError, match="between 0 and 1"):
        normal_quantile(level)


@pytest.mark.parametrize(
    ("value", "df"),
    [(3.841458820694124, 1), (5.991464547107979, 2), (9.487729036781154, 4), (124.3421134, 100)],
)
def test_printed_points_of_chi_square(value, df):
    assert chi_square_tail(value, df) == pytest.approx(0.05, rel=1e-8)


@pytest.mark.parametrize("value", [1e-12, 0.5, 3, 30, 300, 1300])
def test_chi_square_in_closed_form_to_the_far_tail(value):
    assert chi_square_tail(value, 1) == pytest.approx(math.erfc(math.sqrt(value / 2)), rel=1e-15)
    assert chi_square_tail(value, 2) == pytest.approx(math.exp(-value / 2), rel=1e-15)
    assert chi_square_tail(value, 4) == pytest.approx(math.exp(-value / 2) * (1 + value / 2), rel=1e-12)


@given(st.floats(0, 1e4), st.integers(1, 300))
def test_a_tail_is_a_probability_and_grows_with_the_degrees_of_freedom(value, df):
    assert 0 <= chi_square_tail(value, df) <= chi_square_tail(value, df + 1) * (1 + 1e-12) <= 1 + 1e-12
    assert chi_square_tail(0, df) == 1


@pytest.mark.parametrize(("value", "df"), [(-1, 1), (math.nan, 1), (1, 0)])
def test_what_is_no_chi_square_is_refused(value, df):
    with pytest.raises(ValueError, match="value is 0 or more"):
        chi_square_tail(value, df)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 99))
def test_the_incomplete_beta_is_a_tail_of_the_binomial(a, b, percent):
    right = slow.binomial_tail(Fraction(percent, 100), a, a + b - 1)
    assert incomplete_beta(percent / 100, a, b) == pytest.approx(float(right), rel=1e-11, abs=1e-15)


def test_the_incomplete_beta_at_its_ends():
    assert [incomplete_beta(x, 2, 3) for x in (-1, 0, 1, 2)] == [0, 0, 1, 1]


@given(st.floats(0.001, 0.999), st.integers(1, 2000), st.integers(1, 2000))
def test_a_quantile_leads_back(share, a, b):
    x = beta_quantile(share, a, b)
    assert 0 < x < 1
    assert incomplete_beta(x, a, b) == pytest.approx(share, abs=1e-10)


@given(st.floats(0.001, 0.999), st.integers(1, 1000))
def test_quantiles_in_closed_form(share, n):
    assert beta_quantile(share, n, 1) == pytest.approx(share ** (1 / n), rel=1e-12)
    assert beta_quantile(share, 1, n) == pytest.approx(-math.expm1(math.log1p(-share) / n), rel=1e-12)
