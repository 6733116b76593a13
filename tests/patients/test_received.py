"""Cycles received before this record: which the numbers of a file stand for, and when they may have begun."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.received import INOTUZUMAB, RITUXIMAB, begin, course, cycles, left_out, most
from regimens.loading import shipped_definition
from regimens.planned import CycleRef

ORIGINAL, AMENDED = shipped_definition("original"), shipped_definition("amended")
START = dt.date(2016, 2, 20)
DAY = dt.timedelta(days=1)
lengths = st.lists(st.sampled_from([28, 42]), min_size=1, max_size=44)


def labels(definition, **numbers):
    return [f"{cycle.short} {cycle.number}" for cycle in cycles(definition, numbers)]


def test_the_most_that_a_protocol_has():
    assert most(ORIGINAL) == {"mini_hcvd_cycles": 8, "maintenance_cycles": 36}
    assert most(AMENDED) == {"mini_hcvd_cycles": 4, "blina_cycles": 4, "maintenance_cycles": 16}


def test_numbers_become_the_first_cycles_of_each_kind_in_the_order_of_the_protocol():
    found = cycles(AMENDED, {"mini_hcvd_cycles": 2, "blina_cycles": 1, "maintenance_cycles": 5})
    assert [str(cycle.ref) for cycle in found] == [
        *("mini-hcvd 1", "mini-hcvd 2", "blinatumomab 1"),
        *("pomp 1", "pomp 2", "pomp 3", "blinatumomab-maintenance 1", "pomp 4"),
    ]
    assert cycles(AMENDED, {}) == []
    assert len(cycles(ORIGINAL, {"mini_hcvd_cycles": 99, "maintenance_cycles": 99})) == 44


def test_drugs_that_the_numbers_leave_no_room_for():
    refs = [CycleRef("mini-hcvd", number) for number in (1, 2, 3, 4, 5)]
    gone = left_out(ORIGINAL, refs, with_inotuzumab=3, rituximab=False)
    assert [ref.number for ref in refs if INOTUZUMAB in gone[ref]] == [
        4
    ]  # the fifth has none by the protocol
    assert [ref.number for ref in refs if RITUXIMAB in gone[ref]] == [1, 2, 3, 4]
    unknown = left_out(ORIGINAL, refs, with_inotuzumab=None, rituximab=None)
    assert set(unknown.values()) == {frozenset()}


def test_cycles_begin_one_after_the_other():
    assert begin(START, [28, 28, 42]) == [START, START + 28 * DAY, START + 56 * DAY]  # over a leap day
    assert begin(START, [], until=START) == []


@pytest.mark.parametrize(
    ("until", "second", "third"),
    [(83, 28, 56), (82, 27, 55), (69, 23, 46), (62, 21, 42), (10, 21, 42)],
)
def test_they_are_squeezed_alike_and_never_below_three_quarters(until, second, third):
    found = begin(START, [28, 28, 28], until=START + until * DAY)
    assert [(day - START).days for day in found] == [0, second, third]


@given(lengths=lengths, room=st.integers(0, 2000))
def test_what_can_fit_fits_and_every_gap_is_plausible(lengths, room):
    until = START + room * DAY
    found = begin(START, lengths, until=until)
    gaps = [(after - before).days for before, after in itertools.pairwise(found)]
    assert all(21 <= gap <= 42 for gap in gaps)
    assert all(gap >= length * 3 // 4 for gap, length in zip(gaps, lengths, strict=False))
    if sum(lengths) * 3 / 4 <= room:
        assert found[-1] <= until


def test_known_days_stand_and_the_others_follow_them():
    late = START + 35 * DAY
    found = course(
        AMENDED, {"mini_hcvd_cycles": 3}, start=START, days={CycleRef("mini-hcvd", 2): late}, until=START
    )
    assert [cycle.day1 for cycle in found] == [START, late, late + 28 * DAY]
