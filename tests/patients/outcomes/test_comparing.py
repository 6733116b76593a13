"""Tests between groups by example, by published values, and against a second one in fractions."""

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from patients.outcomes.comparing import ChiSquare, LogRank, chi_square, expected, fisher, log_rank
from tests.patients.outcomes import slow
from tests.patients.outcomes.samples import columns, groups, published, tables

VOD = [[9, 58], [1, 40]]  # veno-occlusive disease by schedule: Blood 2021;138(S1):3363 prints P = 0.056
small = st.tuples(*[st.tuples(st.integers(0, 4), st.integers(0, 4))] * 2)


@pytest.mark.parametrize(
    ("file", "event", "chi2", "p"),
    [
        ("aml_maintenance.csv", "status", 3.396389, 0.065339),
        ("freireich_6mp.csv", "relapse", 16.79294, 4.169e-05),
    ],
)
def test_published_log_ranks(file, event, chi2, p):
    found = log_rank(list(published(file, event).values()))
    assert found == LogRank(pytest.approx(chi2, rel=1e-6), 1, pytest.approx(p, rel=1e-4))


def test_a_log_rank_worked_out_by_hand():
    """At 1: 1 of 2 and 2 at risk. At 2: the same of 1 and 2. O - E = 1 - 1/2 - 1/3; V = 1/4 + 2/9."""
    chi2 = (1 / 6) ** 2 / (1 / 4 + 2 / 9)
    found = log_rank([([1, 3], [True, False]), ([2, 3], [True, False])])
    assert found == LogRank(pytest.approx(chi2), 1, pytest.approx(math.erfc(math.sqrt(chi2 / 2))))


def test_equal_groups_do_not_differ():
    one = ([1, 2, 2, 5, 9], [True, False, True, True, False])
    found = log_rank([one, one, one])
    assert found == LogRank(pytest.approx(0, abs=1e-28), 2, 1.0)


@pytest.mark.parametrize(
    "given",
    [
        [],
        [([1, 2], [True, True])],
        [([], []), ([1, 2], [True, True])],
        [([1, 2], [False, False]), ([3], [False])],
        [([4, 4], [True, True]), ([4], [True])],
        [([1], [False]), ([2, 3], [True, True])],
    ],
    ids=["no group", "one group", "one empty", "no event", "all at one time", "never at risk together"],
)
def test_where_nothing_can_be_compared_there_is_no_test(given):
    assert log_rank(given) is None


def test_a_group_that_is_gone_before_the_first_event_takes_no_part():
    a, b = ([2, 4, 6], [True, True, False]), ([3, 5, 7], [True, False, True])
    gone = ([1, 1], [False, False])
    assert log_rank([a, gone, b, ([], [])]) == log_rank([a, b])


@given(groups)
def test_it_is_the_log_rank_in_fractions(data):
    data = [columns(rows) for rows in data]
    found = log_rank(data)
    first = min((t for times, events in data for t, e in zip(times, events, strict=True) if e), default=None)
    taking_part = [group for group in data if first is not None and max(group[0], default=-1) >= first]
    right = slow.log_rank(taking_part) if len(taking_part) > 1 else None
    if right is None:
        assert found is None
    else:
        assert found.df == len(taking_part) - 1
        assert found.chi2 == pytest.approx(float(right), rel=1e-11, abs=1e-13)


@given(groups, st.randoms())
def test_the_order_of_groups_and_rows_changes_nothing(data, source):
    mixed = [source.sample(rows, len(rows)) for rows in source.sample(data, len(data))]
    assert log_rank([columns(rows) for rows in mixed]) == log_rank([columns(rows) for rows in data])


@given(groups)
def test_only_the_ranks_of_the_times_matter(data):
    data = [columns(rows) for rows in data]
    later = [([math.exp(time) for time in times], events) for times, events in data]
    assert log_rank(later) == log_rank(data)


def test_a_log_rank_of_what_is_no_data_is_refused():
    with pytest.raises(ValueError, match=r"times: 1 values, but events: 2"):
        log_rank([([1], [True, False]), ([1], [True])])


def test_the_lady_tasting_tea():
    assert fisher([[3, 1], [1, 3]]) == 34 / 70


def test_three_tests_of_one_table_differ_and_each_is_as_published():
    assert round(fisher(VOD), 3) == 0.086
    assert round(chi_square(VOD).p, 3) == 0.056
    assert round(chi_square(VOD, yates=True).p, 3) == 0.116


def test_the_smallest_p_is_not_lost():
    assert fisher([[100, 0], [0, 100]]) == pytest.approx(2 / math.comb(200, 100), rel=1e-15)


@given(small)
def test_fisher_is_every_way_to_hand_out_the_outcomes(table):
    assert fisher(table) == float(slow.fisher(table))


@given(tables)
def test_fisher_does_not_care_which_way_round_a_table_is(table):
    (a, b), (c, d) = table
    turned = [((c, d), (a, b)), ((b, a), (d, c)), ((a, c), (b, d))]
    assert {fisher(other) for other in turned} == {fisher(table)}


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_table_of_equal_rows_has_p_of_one(yes, no):
    assert fisher([[yes, no], [yes, no]]) == 1.0


def test_chi_square_of_more_rows_and_columns():
    """Deviations 5, 0, -5 of an expected 15: 4 x 25 / 15."""
    found = chi_square([[20, 15, 10], [10, 15, 20]])
    assert found == ChiSquare(
        pytest.approx(100 / 15, rel=1e-15), 2, pytest.approx(math.exp(-50 / 15), rel=1e-14)
    )


@pytest.mark.parametrize("table", [[[0, 0], [3, 4]], [[0, 3], [0, 4]], [[0, 0], [0, 0]], [[1, 2]], []])
def test_there_is_no_chi_square_without_something_in_every_margin(table):
    assert chi_square(table) is None


@given(tables)
def test_chi_square_is_exact_and_yates_never_above_it(table):
    assume(chi_square(table) is not None)
    (a, b), (c, d) = table
    n, margins = a + b + c + d, (a + b) * (c + d) * (a + c) * (b + d)
    assert chi_square(table).chi2 == float(Fraction(n * (a * d - b * c) ** 2, margins))
    corrected = max(abs(a * d - b * c) - Fraction(n, 2), 0)
    assert chi_square(table, yates=True).chi2 == float(n * corrected**2 / margins)


def test_expected_counts():
    assert expected(VOD) == ((670 / 108, 67 * 98 / 108), (410 / 108, 41 * 98 / 108))
    assert expected([[0, 0], [0, 0]]) == ((0.0, 0.0), (0.0, 0.0))


@pytest.mark.parametrize(
    ("act", "table", "says"),
    [
        (fisher, [[1, 2, 3], [4, 5, 6]], "two rows of two counts"),
        (lambda table: chi_square(table, yates=True), [[1, 2], [3, 4], [5, 6]], "two rows of two counts"),
        (chi_square, [[1, 2], [3]], "rows of equal length"),
        (expected, [[1, -2], [3, 4]], "counts of 0 or more"),
    ],
)
def test_what_is_no_table_is_refused(act, table, says):
    with pytest.raises(ValueError, match=says):
        act(table)
