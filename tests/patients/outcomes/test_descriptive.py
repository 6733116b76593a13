import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.outcomes.descriptive import Summary, median, quantile, summary

numbers = st.lists(st.integers(-1000, 1000) | st.floats(-1e6, 1e6), min_size=1, max_size=30)


def test_numbers_described():
    assert summary([5, 1, 4, 2]) == Summary(4, 3.0, 1.75, 4.25, 3.0, 1, 5)


def test_a_single_number_is_all_of_it():
    assert summary([17]) == Summary(1, 17, 17, 17, 17, 17, 17)


def test_nothing_to_describe():
    assert summary([]) == Summary(0, None, None, None, None, None, None)
    assert median([]) is quantile([], 0.25) is None


def test_anything_that_can_be_walked_through_once_is_described():
    assert summary(iter([3, 1, 2])) == summary([1, 2, 3])


@pytest.mark.parametrize("share", [-0.1, 1.5, 25])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match="share from 0 to 1"):
        quantile([1, 2], share)


@given(numbers)
def test_the_middle_is_that_of_the_standard_library(values):
    assert median(values) == pytest.approx(statistics.median(values), rel=1e-12, abs=1e-12)


@given(numbers.filter(lambda values: len(values) > 1))
def test_quartiles_are_those_that_count_the_ends_in(values):
    q1, middle, q3 = statistics.quantiles(values, n=4, method="inclusive")
    found = summary(values)
    assert (found.q1, found.median, found.q3) == pytest.approx((q1, middle, q3), rel=1e-9, abs=1e-9)
    assert found.minimum <= found.q1 <= found.median <= found.q3 <= found.maximum


@given(numbers, st.randoms())
def test_order_changes_nothing(values, source):
    assert summary(source.sample(values, len(values))) == summary(values)
