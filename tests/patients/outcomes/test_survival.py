"""Kaplan-Meier by example, by published values, and against a second one in fractions."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from patients.outcomes.survival import Median, Point, Step, censoring, kaplan_meier
from tests.patients.outcomes import slow
from tests.patients.outcomes.samples import columns, published, subjects

Z = 1.959963984540054


def log_log(share, variance):
    """The limits of S as a textbook writes them, from S and Greenwood's sum."""
    spread = Z * math.sqrt(variance) / math.log(share)
    return share ** math.exp(-spread), share ** math.exp(spread)


def test_a_curve_worked_out_by_hand():
    curve = kaplan_meier([3, 5, 5, 8, 10], [True, True, False, False, True])
    low3, high3 = log_log(0.8, 1 / 20)
    low5, high5 = log_log(0.6, 1 / 20 + 1 / 12)
    assert curve.steps == (
        Step(3, 5, 1, 0, 0.8, pytest.approx(low3), pytest.approx(high3)),
        Step(5, 4, 1, 1, pytest.approx(0.6), pytest.approx(low5), pytest.approx(high5)),
        Step(8, 2, 0, 1, pytest.approx(0.6), pytest.approx(low5), pytest.approx(high5)),
        Step(10, 1, 1, 0, 0.0, None, None),
    )
    assert (curve.n, curve.events) == (5, 3)


def test_a_curve_is_read_between_its_steps():
    curve = kaplan_meier([3, 5, 5, 8], [True, True, False, False])
    assert curve.at(2.9) == Point(2.9, 1.0, None, None, 4)
    assert curve.at(3)[1] == 0.75, "an event at the very time counts"
    assert curve.at(3).at_risk == 4, "and its patient is still at risk"
    assert curve.at(5).survival == 0.5
    assert (curve.at_risk(0), curve.at_risk(5), curve.at_risk(5.1), curve.at_risk(9)) == (4, 3, 1, 0)
    assert curve.at(100)[:4] == (100, *curve.at(8)[1:4])


def test_nobody_at_all():
    curve = kaplan_meier([], [])
    assert (curve.n, curve.events, curve.steps) == (0, 0, ())
    assert curve.at(12) == Point(12, None, None, None, 0)
    assert curve.median() == Median(None, None, None, None)


def test_everybody_censored():
    curve = kaplan_meier([4, 7, 7], [False] * 3)
    assert [step.survival for step in curve.steps] == [1.0, 1.0]
    assert curve.at(7) == Point(7, 1.0, None, None, 2)
    assert curve.median() == Median(None, None, None, None)


def test_everybody_dead_at_one_time():
    curve = kaplan_meier([6, 6, 6], [True] * 3)
    assert curve.steps == (Step(6, 3, 3, 0, 0.0, None, None),)
    assert curve.median() == Median(6, 6, None, None)


@pytest.mark.parametrize(("event", "share"), [(True, 0.0), (False, 1.0)])
def test_a_single_patient(event, share):
    assert kaplan_meier([0], [event]).at(0) == Point(0, share, None, None, 1)


def test_a_censored_patient_is_at_risk_for_an_event_of_the_same_day():
    assert kaplan_meier([5, 5], [True, False]).at(5).survival == 0.5


def test_one_half_is_one_half_where_floats_leave_a_hair():
    curve = kaplan_meier([1, 1, 2, 2, 3, 9, 9, 9, 9, 9], [True] * 5 + [False] * 5)
    assert curve.at(3).survival == 8 / 10 * (6 / 8) * (5 / 6) > 0.5
    assert curve.median()[:2] == (3, 6.0)


def test_many_factors_that_make_exactly_one_half():
    for n in range(4, 400, 2):
        curve = kaplan_meier(range(1, n + 1), [True] * n)
        assert curve.median()[:2] == (n // 2, n / 2 + 0.5)


def test_where_the_curve_stays_at_one_half_the_midpoint_lies_before_the_last_time_seen():
    assert kaplan_meier([2, 4, 10, 20], [True, True, False, False]).median()[:2] == (4, 12)


def test_the_median_has_no_midpoint_of_its_own_below_one_half():
    assert kaplan_meier([1, 2, 3], [True] * 3).median()[:2] == (2, 2)


def test_the_reverse_curve_is_that_of_the_censored():
    times, events = [3, 5, 8, 9], [True, False, True, False]
    assert censoring(times, events).steps == kaplan_meier(times, [False, True, False, True]).steps
    assert censoring(times, events).median().value == 9


@pytest.mark.parametrize(
    ("file", "event", "arm", "median"),
    [
        ("aml_maintenance.csv", "status", "Maintained", Median(31, 31, 13, None)),
        ("aml_maintenance.csv", "status", "Nonmaintained", Median(23, 23, 5, 33)),
    ],
)
def test_published_medians_with_limits(file, event, arm, median):
    assert kaplan_meier(*published(file, event)[arm]).median() == median


def test_published_medians_of_6mp():
    arms = published("freireich_6mp.csv", "relapse")
    assert {arm: kaplan_meier(*arm_columns).median().value for arm, arm_columns in arms.items()} == {
        "placebo": 8,
        "6-MP": 23,
    }


@given(subjects)
def test_it_is_the_curve_in_fractions_that_counts_subject_by_subject(rows):
    times, events = columns(rows)
    curve = kaplan_meier(times, events)
    steps = {step.time: step.survival for step in curve.steps if step.events}
    assert steps == {
        time: pytest.approx(float(share), abs=1e-14) for time, share in slow.survival(times, events)
    }
    assert [(step.time, step.at_risk, step.events, step.censored) for step in curve.steps] == [
        (t, sum(x >= t for x in times), rows.count((t, True)), rows.count((t, False)))
        for t in sorted(set(times))
    ]


@given(subjects)
def test_the_median_is_exactly_that_in_fractions(rows):
    median = kaplan_meier(*columns(rows)).median()
    assert (median.value, median.midpoint) == (slow.median(*columns(rows)), slow.midpoint(*columns(rows)))


@given(subjects)
def test_limits_are_log_log_and_only_where_they_can_be(rows):
    times, events = columns(rows)
    right = {
        time: log_log(float(share), float(total)) for time, share, total in slow.greenwood(times, events)
    }
    now = (None, None)
    for step in kaplan_meier(times, events).steps:
        if step.events:
            now = right.get(step.time, (None, None))
        assert (step.lower, step.upper) == (now if now[0] is None else pytest.approx(now, abs=1e-12))


@given(subjects)
def test_limits_of_the_median_are_where_the_limits_cross_one_half(rows):
    curve = kaplan_meier(*columns(rows))
    for column, limit in (("lower", curve.median().lower), ("upper", curve.median().upper)):
        below = [s.time for s in curve.steps if getattr(s, column) is not None and getattr(s, column) <= 0.5]
        assert limit == (below[0] if below else None)


@given(subjects, st.randoms())
def test_the_order_of_the_rows_changes_nothing(rows, source):
    shuffled = source.sample(rows, len(rows))
    assert kaplan_meier(*columns(shuffled)) == kaplan_meier(*columns(rows))


@given(subjects, st.sampled_from([0.5, 2, 7, 30.4375]))
def test_another_unit_of_time_scales_the_times_alone(rows, factor):
    times, events = columns(rows)
    once, scaled = kaplan_meier(times, events), kaplan_meier([time * factor for time in times], events)
    assert scaled.survival == once.survival
    assert (scaled.lower, scaled.upper, scaled.at_risks) == (once.lower, once.upper, once.at_risks)
    assert scaled.times == tuple(time * factor for time in once.times)
    assert scaled.median() == tuple(None if time is None else time * factor for time in once.median())


@given(subjects)
def test_whole_times_and_floats_are_the_same_times(rows):
    times, events = columns(rows)
    assert kaplan_meier([float(time) for time in times], events) == kaplan_meier(times, events)


@given(subjects)
def test_it_falls_from_one_and_stays_between_its_limits(rows):
    curve = kaplan_meier(*columns(rows))
    assert list(curve.survival) == sorted(curve.survival, reverse=True)
    assert all(0 <= share <= 1 for share in curve.survival)
    assert all(s.lower is None or 0 <= s.lower <= s.survival <= s.upper <= 1 for s in curve.steps)
    assert all((s.lower is None) == (s.upper is None) == (s.survival in (0, 1)) for s in curve.steps)


@given(subjects, st.integers(2, 4))
def test_everybody_twice_gives_the_same_curve(rows, times_over):
    once, more = kaplan_meier(*columns(rows)), kaplan_meier(*columns(rows * times_over))
    assert more.survival == pytest.approx(once.survival, abs=1e-15)
    assert more.median()[:2] == once.median()[:2]


@given(subjects)
def test_surviving_and_staying_under_observation_make_being_there(rows):
    """Where no event and no censoring fall together, S(t) times the reverse curve is the share after t."""
    assume(not {t for t, event in rows if event} & {t for t, event in rows if not event})
    times, events = columns(rows)
    product = zip(kaplan_meier(times, events).survival, censoring(times, events).survival, strict=True)
    after = [sum(x > t for x in times) / len(times) for t in sorted(set(times))]
    assert [a * b for a, b in product] == pytest.approx(after, abs=1e-14)


@pytest.mark.parametrize(
    ("times", "events", "says"),
    [
        ([1, 2], [True], "times: 2 values, but events: 1"),
        ([0, -2], [True, True], "times: -2 is no time"),
        ([1, math.nan, 3], [True] * 3, "nan is no time"),
        ([math.inf], [False], "inf is no time"),
    ],
)
def test_what_is_no_data_is_refused(times, events, says):
    with pytest.raises(ValueError, match=says):
        kaplan_meier(times, events)


def test_another_level_gives_wider_limits():
    times, events = [1, 2, 3, 4], [True] * 4
    wide, narrow = (kaplan_meier(times, events, level=level).at(2) for level in (0.99, 0.9))
    assert wide.lower < narrow.lower < narrow.upper < wide.upper
    with pytest.raises(ValueError, match=r"level: 95\."):
        kaplan_meier(times, events, level=95)
