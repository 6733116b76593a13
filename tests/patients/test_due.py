"""Due and overdue: worked examples around one day, and what must hold on any day."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients import due
from patients.enums import ActivityState

TODAY = dt.date(2021, 6, 15)
dates = st.dates(dt.date(2015, 1, 1), dt.date(2035, 1, 1))


def at(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


@pytest.mark.parametrize("state", [ActivityState.PLANNED, ActivityState.HELD])
@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-400, "overdue"),
        (-1, "overdue"),
        (0, "today"),
        (1, "coming"),
        (3, "coming"),
        (4, "later"),
        (90, "later"),
    ],
)
def test_a_planned_or_held_dose_is_due_on_its_day(days: int, expected: str, state: str) -> None:
    assert due.due_state(at(days), None, state, TODAY) == expected


def test_a_span_that_is_not_started_is_due_on_its_first_day() -> None:
    assert due.due_state(at(-1), at(27), ActivityState.PLANNED, TODAY) == "overdue"
    assert due.due_state(at(0), at(27), ActivityState.PLANNED, TODAY) == "today"


@pytest.mark.parametrize(
    ("last_day", "expected"),
    [
        (-9, "overdue"),
        (-2, "overdue"),
        (-1, "today"),
        (0, "today"),
        (1, "coming"),
        (3, "coming"),
        (4, "later"),
    ],
)
def test_a_running_infusion_is_due_at_its_end_and_not_at_its_start(last_day: int, expected: str) -> None:
    assert due.due_state(at(-20), at(last_day), ActivityState.RUNNING, TODAY) == expected


@pytest.mark.parametrize(
    "state", [ActivityState.GIVEN, ActivityState.CHANGED, ActivityState.OMITTED, ActivityState.CLOSED]
)
def test_what_is_done_or_closed_is_never_due(state: str) -> None:
    assert due.due_state(at(-5), None, state, TODAY) is None
    assert due.due_on(at(-5), at(2), state) is None
    assert due.days_late(at(-5), None, state, TODAY) == 0


def test_days_late_count_from_the_day_it_was_due() -> None:
    assert due.days_late(at(-2), None, ActivityState.HELD, TODAY) == 2
    assert due.days_late(at(2), None, ActivityState.PLANNED, TODAY) == 0
    assert due.days_late(at(-30), at(-3), ActivityState.RUNNING, TODAY) == 2


def test_every_state_of_an_activity_is_known() -> None:
    """A new state has to say whether it is due."""
    finished = {ActivityState.GIVEN, ActivityState.CHANGED, ActivityState.OMITTED, ActivityState.CLOSED}
    assert set(ActivityState.values) == due.DUE_STATES | {str(state) for state in finished}


@given(on=dates, length=st.integers(0, 40), today=dates, state=st.sampled_from(sorted(due.DUE_STATES)))
def test_an_open_activity_only_moves_forward_and_is_late_exactly_when_overdue(
    on: dt.date, length: int, today: dt.date, state: str
) -> None:
    until = on + dt.timedelta(days=length)
    order = ["later", "coming", "today", "overdue"]
    now = due.due_state(on, until, state, today)
    tomorrow = due.due_state(on, until, state, today + dt.timedelta(days=1))
    assert now is not None
    assert tomorrow is not None
    assert order.index(now) <= order.index(tomorrow) <= order.index(now) + 1
    assert (due.days_late(on, until, state, today) > 0) == (now == "overdue")
