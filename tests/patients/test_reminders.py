"""What a coordinator is told, by example and by what must hold for any plan."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patients import digest_lines, due
from patients.enums import ReminderRule
from patients.reminders import ORDER_OF_RULES, ActivityRow, CycleRow, Item, due_items

TODAY = dt.date(2021, 6, 15)


def at(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


def a_cycle(
    *, day1: int = 0, opened: bool = True, position: int = 1, subject: str = "014", **fields
) -> CycleRow:
    plain = {"label": f"POMP {position}", "phase": "pomp", "number": position}
    patient = uuid.uuid5(uuid.NAMESPACE_OID, subject)
    return CycleRow(
        **plain | fields | {"id": uuid.uuid4(), "patient_id": patient, "subject": subject},
        position=position,
        day1=at(day1),
        opened=opened,
    )


def a_dose(on: int, *, cycle: CycleRow | None = None, state: str = "planned", **fields) -> ActivityRow:
    cycle = cycle or a_cycle()
    plain = {"order": "vincristine", "day": (at(on) - cycle.day1).days + 1, "until": None}
    return ActivityRow(**plain | fields, id=uuid.uuid4(), cycle=cycle, on=at(on), state=state)


def rules(items: list[Item]) -> list[str]:
    return [item.rule for item in items]


@pytest.mark.parametrize(
    ("on", "rule"), [(-30, "overdue"), (-1, "overdue"), (0, "today"), (1, "coming"), (3, "coming"), (4, None)]
)
@pytest.mark.parametrize("state", ["planned", "held"])
def test_a_dose_of_an_opened_cycle(on: int, rule: str | None, state: str) -> None:
    dose = a_dose(on, state=state)
    items = due_items([dose], [], today=TODAY)
    assert rules(items) == ([rule] if rule else [])
    for item in items:
        assert (item.activity_id, item.on, item.state, item.late) == (dose.id, at(on), state, max(0, -on))


@pytest.mark.parametrize("state", ["given", "changed", "omitted", "closed"])
def test_what_is_recorded_or_closed_is_never_told(state: str) -> None:
    assert due_items([a_dose(-1, state=state), a_dose(0, state=state)], [], today=TODAY) == []


def test_a_running_infusion_is_told_for_its_end() -> None:
    (item,) = due_items([a_dose(-20, state="running", until=at(2))], [], today=TODAY)
    assert (item.rule, item.on, item.state) == ("coming", at(2), "running")


def test_an_unopened_cycle_is_told_by_its_doses_as_long_as_it_is_in_time() -> None:
    cycle = a_cycle(day1=1, opened=False)
    doses = [a_dose(day, cycle=cycle) for day in (1, 2, 9)]
    assert [(item.rule, item.on) for item in due_items(doses, [cycle], today=TODAY)] == [
        ("coming", at(1)),
        ("coming", at(2)),
    ]


def test_an_unopened_cycle_that_is_late_is_one_item_and_not_a_flood() -> None:
    cycle = a_cycle(day1=-5, opened=False)
    doses = [a_dose(day, cycle=cycle) for day in range(-5, 3)]
    items = due_items(doses, [cycle], today=TODAY)
    assert [(item.rule, bool(item.activity_id), item.late) for item in items] == [
        ("overdue", False, 5),
        ("today", True, 0),
        ("coming", True, 0),
        ("coming", True, 0),
    ]
    assert items[0].key == ("overdue", None, cycle.id, at(-5))


def test_of_several_late_unopened_cycles_only_the_next_one_is_to_be_opened() -> None:
    first, second = a_cycle(day1=-40, opened=False, position=3), a_cycle(day1=-12, opened=False, position=4)
    items = due_items([], [second, first], today=TODAY)
    assert [(item.rule, item.cycle.position) for item in items] == [("overdue", 3)]


@pytest.mark.parametrize(("day1", "told"), [(6, False), (7, True), (8, False)])
def test_day_1_is_told_exactly_seven_days_ahead(day1: int, told: bool) -> None:
    cycle = a_cycle(day1=day1, opened=False)
    expected = [("cycle-start", None, cycle.id, at(7))] if told else []
    assert [item.key for item in due_items([a_dose(day1, cycle=cycle)], [cycle], today=TODAY)] == expected


def test_an_opened_cycle_has_no_day_1_to_come() -> None:
    assert due_items([], [a_cycle(day1=7)], today=TODAY) == []


def test_every_rule_can_be_stored_and_has_a_title() -> None:
    assert (
        set(ORDER_OF_RULES)
        == set(ReminderRule.values)
        == set(digest_lines.TITLES)
        == set(digest_lines.COUNTED)
    )


states = st.sampled_from(["planned", "held", "running", "given", "changed", "omitted", "closed"])


@st.composite
def plans(draw) -> tuple[list[ActivityRow], list[CycleRow]]:
    cycles, doses = [], []
    for number in range(draw(st.integers(0, 4))):
        opened = draw(st.booleans())
        subject = draw(st.sampled_from(["001", "002"]))
        cycle = a_cycle(day1=draw(st.integers(-60, 20)), opened=opened, position=number + 1, subject=subject)
        cycles.append(cycle)
        for offset in draw(st.lists(st.integers(0, 27), max_size=8)):
            state = draw(states) if opened else "planned"
            until = cycle.day1 + dt.timedelta(days=offset + 3) if state == "running" else None
            first = (cycle.day1 - TODAY).days + offset
            doses.append(a_dose(first, cycle=cycle, state=state, until=until))
    return doses, cycles


@settings(max_examples=150, deadline=None)
@given(plans())
def test_every_due_dose_is_told_once_or_stands_behind_its_late_cycle(plan) -> None:
    doses, cycles = plan
    items = due_items(doses, cycles, today=TODAY)
    keys = [item.key for item in items]
    assert len(keys) == len(set(keys))
    told = {item.activity_id: item.rule for item in items if item.activity_id}
    late = {item.cycle.patient_id for item in items if item.rule == "overdue" and not item.activity_id}
    for dose in doses:
        state = due.due_state(dose.on, dose.until, dose.state, TODAY)
        if state == "overdue" and not dose.cycle.opened:
            assert dose.id not in told
            assert dose.cycle.patient_id in late
        elif state in ("overdue", "today", "coming"):
            assert told.pop(dose.id) == state
        else:
            assert dose.id not in told
    assert told.keys() <= {dose.id for dose in doses}


@settings(max_examples=50, deadline=None)
@given(plans(), st.randoms())
def test_the_order_of_the_rows_does_not_matter(plan, random) -> None:
    doses, cycles = plan
    before = [item.key for item in due_items(doses, cycles, today=TODAY)]
    random.shuffle(doses)
    random.shuffle(cycles)
    assert [item.key for item in due_items(doses, cycles, today=TODAY)] == before


# --- the words ------------------------------------------------------------------------------------------------


def lines(doses: list[ActivityRow], cycles: list[CycleRow] | None = None) -> list[tuple[str, ...]]:
    items = due_items(doses, cycles or [], today=TODAY)
    return [
        (group.title, line.subject, line.what, line.note, line.state)
        for group in digest_lines.groups(items, today=TODAY)
        for line in group.lines
    ]


def test_doses_of_one_patient_and_day_share_a_line() -> None:
    cycle = a_cycle(day1=-2, label="mini-hyper-CVD 2")
    twice = [
        a_dose(0, cycle=cycle, order="cyclophosphamide"),
        a_dose(0, cycle=cycle, order="cyclophosphamide"),
    ]
    assert lines([*twice, a_dose(0, cycle=cycle, order="dexamethasone")]) == [
        (
            "Today",
            "014",
            "cyclophosphamide ×2, dexamethasone",
            "mini-hyper-CVD 2, day 3 · 2021-06-15 Tue",
            "Today",
        )
    ]


def test_each_state_has_its_words() -> None:
    cycle = a_cycle(day1=-30)
    waiting = a_cycle(day1=1, opened=False, position=2, subject="020")
    late = a_cycle(day1=-3, opened=False, position=2, subject="021")
    start = a_cycle(day1=7, opened=False, position=2, subject="022")
    doses = [
        a_dose(-1, cycle=cycle),
        a_dose(-2, cycle=cycle, state="held"),
        a_dose(2, cycle=cycle),
        a_dose(-20, cycle=cycle, state="running", order="blinatumomab", until=at(1)),
        a_dose(1, cycle=waiting),
    ]
    told = lines(doses, [waiting, late, start])
    assert [(line[1], line[2], line[4]) for line in told] == [
        ("021", "Cycle to be opened", "3 days late"),
        ("014", "vincristine", "Held, 2 days late"),
        ("014", "vincristine", "1 day late"),
        ("014", "blinatumomab", "End tomorrow"),
        ("020", "vincristine", "Tomorrow"),
        ("014", "vincristine", "In 2 days"),
        ("022", "Day 1 of the cycle", "In 7 days"),
    ]
    where = [line[3] for line in told]
    assert where[0] == "POMP 2, day 1 · 2021-06-12 Sat"
    assert where[3] == "POMP 1, since day 11 · last day 2021-06-16 Wed"
    assert where[4] == "POMP 2, day 1 · 2021-06-16 Wed · cycle not opened yet"


def test_the_subject_line_holds_the_site_and_counts_and_no_second_header() -> None:
    start = a_cycle(day1=7, opened=False, position=2)
    items = due_items([a_dose(-1), a_dose(-1), a_dose(0)], [start], today=TODAY)
    groups = digest_lines.groups(items, today=TODAY)
    assert digest_lines.headline(groups) == "2 overdue, 1 today, 1 cycle start"
    assert digest_lines.subject_line("Central", groups) == (
        "[protocoltracker] Central: 2 overdue, 1 today, 1 cycle start"
    )
    injected = digest_lines.subject_line("Central\r\nBcc: everybody@example.org\x00", groups)
    assert injected.isprintable()
    assert injected.startswith("[protocoltracker] Central Bcc: everybody@example.org: 2 overdue")


def test_counts_are_of_items_and_not_of_lines() -> None:
    cycle = a_cycle()
    items = due_items([a_dose(0, cycle=cycle), a_dose(0, cycle=cycle)], [], today=TODAY)
    (group,) = digest_lines.groups(items, today=TODAY)
    assert (group.count, len(group.lines)) == (2, 1)


def test_subjects_are_in_the_order_of_their_numbers() -> None:
    doses = [a_dose(0, cycle=a_cycle(subject=subject)) for subject in ("1002", "014", "999")]
    assert [line[1] for line in lines(doses)] == ["014", "999", "1002"]


def test_a_moved_dose_is_another_reminder() -> None:
    dose = a_dose(0)
    (before,), (after,) = (due_items([row], [], today=TODAY) for row in (dose, replace(dose, on=at(1))))
    assert before.key != after.key
