"""Which reminders are due at a site on one local day: plan and record in, items out.

Pure: plain rows, the rules and the day come in as arguments. What is due and what is overdue is decided in
`patients.due` alone; here it is decided what a coordinator is told of it, and when:

- every dose of an opened cycle that is overdue, each day until it is recorded, held doses too;
- every dose that is due today or in the next 3 days, also of a cycle that is not opened yet;
- of the doses that a cycle left unopened has run late with, one item for the cycle: one act, opening it, settles them;
- day 1 of a cycle that is not opened yet, exactly 7 days ahead.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from patients.due import Due, days_late, due_on, due_state


@dataclass(frozen=True, slots=True)
class CycleRow:
    """A cycle as the rules need it: `label` “POMP 3”, `number` within the phase, `position` within the whole course."""

    id: uuid.UUID
    patient_id: uuid.UUID
    subject: str
    label: str
    phase: str
    number: int
    position: int
    day1: dt.date
    opened: bool


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """A scheduled dose or span. `state` is a code of ActivityState; `day` counts from day 1 of its cycle."""

    id: uuid.UUID
    cycle: CycleRow
    order: str
    day: int
    on: dt.date
    until: dt.date | None
    state: str


@dataclass(frozen=True, slots=True)
class Rule:
    """When something is told. `about` a dose, a cycle, or the next cycle of a patient; by `due` or by days ahead."""

    code: str
    about: Literal["dose", "cycle", "next cycle"]
    due: Due | None = None
    days_ahead: int | None = None


RULES = (
    Rule("overdue", "dose", due="overdue"),
    Rule("overdue", "next cycle", due="overdue"),
    Rule("today", "dose", due="today"),
    Rule("coming", "dose", due="coming"),
    Rule("cycle-start", "cycle", days_ahead=7),
)
ORDER_OF_RULES = tuple(dict.fromkeys(rule.code for rule in RULES))

Key = tuple[str, uuid.UUID | None, uuid.UUID | None, dt.date]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be told. `order` is empty for a whole cycle; `on` is the day on which somebody has to act."""

    rule: str
    cycle: CycleRow
    day: int
    on: dt.date
    state: str
    late: int
    order: str = ""
    activity_id: uuid.UUID | None = None

    @property
    def key(self) -> Key:
        """What makes it one reminder: the rule, the dose or else the cycle, and the day to act."""
        return (self.rule, self.activity_id, None if self.activity_id else self.cycle.id, self.on)


def due_items(
    activities: Iterable[ActivityRow],
    cycles: Iterable[CycleRow],
    *,
    today: dt.date,
    rules: tuple[Rule, ...] = RULES,
) -> list[Item]:
    """Everything to be told on `today`, in the order of a digest: by rule, day, subject, order.

    `activities` and `cycles` are those of patients on treatment at one site; `cycles` all that are not opened yet.
    """
    waiting = [cycle for cycle in cycles if not cycle.opened]
    found = [*_of_doses(activities, today, rules), *_of_cycles(waiting, today, rules)]
    return sorted(found, key=_place)


def _of_doses(activities: Iterable[ActivityRow], today: dt.date, rules: tuple[Rule, ...]) -> Iterator[Item]:
    told = {rule.due: rule.code for rule in rules if rule.about == "dose"}
    for row in activities:
        due = due_state(row.on, row.until, row.state, today)
        if due not in told or (due == "overdue" and not row.cycle.opened):
            continue
        act_on = due_on(row.on, row.until, row.state)
        assert act_on is not None  # noqa: S101 (whatever has a due state has a due day)
        late = days_late(row.on, row.until, row.state, today)
        yield Item(told[due], row.cycle, row.day, act_on, row.state, late, row.order, row.id)


def _of_cycles(cycles: list[CycleRow], today: dt.date, rules: tuple[Rule, ...]) -> Iterator[Item]:
    in_turn = sorted(cycles, key=lambda cycle: (cycle.day1, cycle.position), reverse=True)
    following = {cycle.patient_id: cycle for cycle in in_turn}  # the last one put in is the first to come
    for rule in rules:
        chosen = {"cycle": cycles, "next cycle": list(following.values())}.get(rule.about, [])
        for cycle in chosen:
            if _tells(rule, cycle, today):
                late = days_late(cycle.day1, None, "planned", today)
                yield Item(rule.code, cycle, 1, cycle.day1, "planned", late)


def _tells(rule: Rule, cycle: CycleRow, today: dt.date) -> bool:
    if rule.days_ahead is not None:
        return (cycle.day1 - today).days == rule.days_ahead
    return due_state(cycle.day1, None, "planned", today) == rule.due


def _place(item: Item) -> tuple:
    cycle = item.cycle
    return (
        *(ORDER_OF_RULES.index(item.rule), item.on, cycle.subject.rjust(9, "0"), cycle.position, item.day),
        *(item.order, str(item.activity_id)),
    )
