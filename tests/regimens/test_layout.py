"""The sequence of cycles on the calendar, and what moves it."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regimens.limits import PlanError
from regimens.loading import shipped_definition
from regimens.schedule import CycleRef, Overrides, PlannedCycle, lay_out
from tests.regimens.builders import START, VERSIONS, planned

REFS = [CycleRef(phase.name, number) for phase, number, _ in shipped_definition("amended").cycles()]
refs = st.sampled_from(REFS)
starts = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def laid_out(start: date = START, **kwargs) -> tuple[PlannedCycle, ...]:
    return lay_out(shipped_definition("amended"), start=start, overrides=Overrides(**kwargs))


def days(cycles: tuple[PlannedCycle, ...]) -> dict[CycleRef, date]:
    return {cycle.ref: cycle.day1 for cycle in cycles}


def test_each_cycle_starts_when_the_one_before_ends():
    cycles = laid_out()
    assert [c.position for c in cycles] == list(range(1, 25))
    for before, after in pairwise(cycles):
        assert after.day1 == before.ends_on == before.last_day + timedelta(days=1)


def test_blinatumomab_follows_every_third_pomp_cycle():
    late = [str(ref) for ref in days(laid_out())][8:]
    assert late[:5] == ["pomp 1", "pomp 2", "pomp 3", "blinatumomab-maintenance 1", "pomp 4"]
    assert [i for i, name in enumerate(late) if name.startswith("blina")] == [3, 7, 11, 15]


@given(refs, st.integers(0, 400))
def test_a_delay_moves_its_cycle_and_all_that_follow(ref, pause):
    before, after = days(laid_out()), days(laid_out(delays={ref: pause}))
    for i, other in enumerate(REFS):
        moved = timedelta(days=pause if i >= REFS.index(ref) else 0)
        assert after[other] == before[other] + moved


@given(st.sets(refs, max_size=24))
def test_a_skipped_cycle_takes_no_time(skipped):
    cycles = laid_out(skipped=frozenset(skipped))
    assert [cycle.ref for cycle in cycles] == [ref for ref in REFS if ref not in skipped]
    assert [cycle.position for cycle in cycles] == list(range(1, len(cycles) + 1))
    for before, after in pairwise(cycles):
        assert after.day1 == before.ends_on


def test_with_every_cycle_skipped_there_is_no_plan_left():
    plan = planned(overrides=Overrides(skipped=frozenset(REFS)))
    assert (plan.cycles, plan.doses, plan.ends_on, plan.length_days) == ((), (), None, 0)


def test_a_repeated_cycle_comes_right_after_itself_and_keeps_its_number():
    plan = planned(overrides=Overrides(repeats={("blinatumomab", 1): 1}))
    first, again = (plan.cycles[i] for i in (4, 5))
    assert again.ref == CycleRef("blinatumomab", 1, attempt=2)
    assert str(again.ref) == "blinatumomab 1, attempt 2"
    assert (again.day1, again.course_number) == (first.ends_on, 5)
    assert [d.protocol_dose for d in again.doses] == [d.protocol_dose for d in first.doses]
    assert plan.cycles[6].ref == CycleRef("blinatumomab", 2)
    assert plan.length_days == 784 + 42


@given(st.dictionaries(refs, st.integers(-7, 60), max_size=6))
def test_a_day_1_that_stands_is_where_the_rest_continues(shifts):
    """Each day 1 is set some days before or after where the plan would have put it by then."""
    nominal, moved, fixed = days(laid_out()), 0, {}
    for ref in REFS:
        if ref in shifts:
            moved += shifts[ref]
            fixed[ref] = nominal[ref] + timedelta(days=moved)
    cycles = laid_out(day1=fixed)
    assert fixed.items() <= days(cycles).items()
    for before, after in pairwise(cycles):
        assert after.day1 == fixed.get(after.ref, before.ends_on)


def test_a_delay_of_a_cycle_whose_day_1_stands_is_not_added_again():
    ref = CycleRef("mini-hcvd", 2)
    fixed = date(2020, 2, 5)
    assert days(laid_out(day1={ref: fixed}, delays={ref: 7}))[ref] == fixed


def test_laying_out_what_was_laid_out_changes_nothing():
    moved = laid_out(delays={REFS[2]: 9, REFS[10]: 30})
    assert laid_out(day1=days(moved)) == moved


def test_cycles_may_overlap_but_not_change_places():
    early = {CycleRef("mini-hcvd", 2): date(2020, 1, 22)}
    assert days(laid_out(day1=early))[CycleRef("mini-hcvd", 3)] == date(2020, 2, 19)
    with pytest.raises(
        PlanError, match="mini-hcvd 2 on 2020-01-01 would not come after mini-hcvd 1 on 2020-01-01"
    ):
        laid_out(day1={CycleRef("mini-hcvd", 2): START})


@pytest.mark.parametrize(
    "overrides",
    [
        {"skipped": frozenset({CycleRef("pomp", 13)})},
        {"delays": {CycleRef("consolidation", 1): 3}},
        {"day1": {CycleRef("mini-hcvd", 1, attempt=2): START}},
        {"repeats": {("mini-hcvd", 9): 1}},
    ],
)
def test_an_override_of_a_cycle_that_is_not_there_is_an_error(overrides):
    with pytest.raises(PlanError, match="has no cycle") as raised:
        laid_out(**overrides)
    assert raised.value.field == "cycle"


def test_a_negative_or_endless_delay_is_an_error():
    with pytest.raises(PlanError, match="delay of mini-hcvd 1 is negative"):
        laid_out(delays={REFS[0]: -1})
    for pause in (10**6 * 3, 10**12):
        with pytest.raises(PlanError, match="no date of the calendar"):
            laid_out(delays={REFS[0]: pause})


@given(st.dictionaries(refs, st.integers(0, 90), max_size=8), st.randoms())
def test_the_order_in_which_overrides_are_given_does_not_matter(delays, rng):
    shuffled = list(delays.items())
    rng.shuffle(shuffled)
    assert laid_out(delays=dict(shuffled)) == laid_out(delays=delays)


@given(starts, st.integers(0, 3000), st.sampled_from(VERSIONS))
def test_a_later_start_moves_every_date_by_as_much(start, days_later, version):
    later = timedelta(days=days_later)
    one, other = planned(*version, start=start, cd20="50"), planned(*version, start=start + later, cd20="50")
    assert [(r.date + later, r.until and r.until + later) for r in one.doses] == [
        (r.date, r.until) for r in other.doses
    ]
    assert [r.dose for r in one.doses] == [r.dose for r in other.doses]
