"""Aalen-Johansen by example, in special cases that are known, and against a second one in fractions."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.outcomes.incidence import Incidence, aalen_johansen, incidence_curve
from patients.outcomes.survival import kaplan_meier
from tests.patients.outcomes import slow
from tests.patients.outcomes.samples import columns

Z = 1.959963984540054
OTHER = {0: 0, 1: 2, 2: 1}
subjects = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2)), max_size=14)


def limits(value, variance):
    wide = math.exp(Z * math.sqrt(variance) / (value * math.log(value)))
    return value ** (1 / wide), value**wide


def test_an_incidence_worked_out_by_hand():
    """Of 4: one event (1/4), one competing (S = 1/2), one censored, one event (1/4 + 1/2)."""
    times, causes = [1, 2, 3, 4], [1, 2, 0, 1]
    steps = incidence_curve(times, causes).steps
    assert [step.value for step in steps] == [0.25, 0.25, 0.25, 0.75]
    assert [(s.time, s.at_risk, s.events, s.competing) for s in steps] == [
        (1, 4, 1, 0),
        (2, 3, 0, 1),
        (3, 2, 0, 0),
        (4, 1, 1, 0),
    ]
    assert steps[0][-2:] == pytest.approx(limits(0.25, 0.25 * 0.75 / 4))


def test_it_counts_what_happens_at_the_very_time_and_stays_after_the_last():
    times, causes = [3, 5, 8], [1, 2, 1]
    assert aalen_johansen(times, causes, at=2.9) == Incidence(3, 2, 1, 0.0, None, None)
    assert aalen_johansen(times, causes, at=3).value == pytest.approx(1 / 3)
    assert aalen_johansen(times, causes, at=99) == aalen_johansen(times, causes, at=8)


def test_events_are_counted_to_the_end_whatever_the_time():
    found = aalen_johansen([1, 2, 3], [1, 2, 1], at=1)
    assert (found.n, found.events, found.competing) == (3, 2, 1)


def test_nobody_at_all():
    assert aalen_johansen([], [], at=36) == Incidence(0, 0, 0, None, None, None)


def test_without_an_event_there_are_no_limits():
    assert aalen_johansen([1, 2, 3], [0, 2, 2], at=9) == Incidence(3, 0, 2, 0.0, None, None)


def test_where_everybody_had_it_there_are_no_limits():
    assert aalen_johansen([1, 2, 3, 3], [1, 0, 1, 1], at=3) == Incidence(4, 3, 0, 1.0, None, None)


def test_many_factors_do_not_leave_a_hair_below_one():
    times = list(range(1, 3001))
    assert incidence_curve(times, [time % 3 != 0 or time == 3000 for time in times]).steps[-1][-3:] == (
        1.0,
        None,
        None,
    )


@given(subjects)
def test_it_is_the_incidence_in_fractions_with_the_double_sum_of_the_variance(rows):
    steps = {step.time: step for step in incidence_curve(*columns(rows)).steps}
    for time, share, variance in slow.incidence(*columns(rows)):
        step = steps[time]
        assert step.value == pytest.approx(float(share), abs=1e-14)
        if 0 < share < 1:
            assert (step.lower, step.upper) == pytest.approx(limits(float(share), float(variance)), abs=1e-9)
        else:
            assert (step.lower, step.upper) == (None, None)


@given(subjects)
def test_the_event_the_other_event_and_neither_make_one(rows):
    times, causes = columns(rows)
    event, other = (incidence_curve(times, marks).steps for marks in (causes, [OTHER[c] for c in causes]))
    neither = kaplan_meier(times, causes).survival
    whole = [a.value + b.value + share for a, b, share in zip(event, other, neither, strict=True)]
    assert whole == pytest.approx([1] * len(whole), abs=1e-14)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 2)), min_size=1, max_size=20))
def test_without_censoring_it_is_a_share_with_the_variance_of_a_share(rows):
    times, causes = columns(rows)
    for step in incidence_curve(times, causes).steps:
        share = sum(t <= step.time and c == 1 for t, c in rows) / len(rows)
        assert step.value == pytest.approx(share, abs=1e-14)
        if step.lower is not None:
            right = limits(share, share * (1 - share) / len(rows))
            assert (step.lower, step.upper) == pytest.approx(right, abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=20))
def test_without_a_competing_event_it_is_what_kaplan_and_meier_leave(rows):
    times, events = columns(rows)
    left = [1 - share for share in kaplan_meier(times, events).survival]
    assert [step.value for step in incidence_curve(times, events).steps] == pytest.approx(left, abs=1e-14)


@given(subjects, st.randoms())
def test_the_order_of_the_rows_changes_nothing(rows, source):
    shuffled = source.sample(rows, len(rows))
    assert incidence_curve(*columns(shuffled)) == incidence_curve(*columns(rows))


@given(subjects)
def test_it_rises_from_nothing_and_stays_between_its_limits(rows):
    steps = incidence_curve(*columns(rows)).steps
    assert [step.value for step in steps] == sorted(step.value for step in steps)
    assert all(0 <= step.value <= 1 for step in steps)
    assert all(s.lower is None or 0 <= s.lower <= s.value <= s.upper <= 1 for s in steps)


@pytest.mark.parametrize(
    ("times", "causes", "says"),
    [([1], [3], "causes: 3"), ([1, 2], [1], "2 values, but causes: 1"), ([-1], [1], "-1 is no time")],
)
def test_what_is_no_data_is_refused(times, causes, says):
    with pytest.raises(ValueError, match=says):
        incidence_curve(times, causes)
