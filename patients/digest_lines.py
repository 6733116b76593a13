"""The words of a digest: items folded into lines under Overdue, Today, Coming. Pure.

A line is what one patient needs in one cycle on one day: subject number, orders, cycle and day, date, state. Never a
dose, a laboratory value, a result, the arm or a name.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from patients.reminders import ORDER_OF_RULES, Item

TITLES = {
    "overdue": "Overdue",
    "today": "Today",
    "coming": "In the next 3 days",
    "cycle-start": "Day 1 in 7 days",
}
COUNTED = {"overdue": "overdue", "today": "today", "coming": "coming", "cycle-start": "cycle start"}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SUBJECT_PREFIX = "[protocoltracker]"


@dataclass(frozen=True, slots=True)
class Line:
    """`what` names the orders; `where` cycle and day; `date` when somebody has to act; `state` is the last word."""

    patient_id: uuid.UUID
    subject: str
    what: str
    where: str
    on: dt.date
    date: str
    extra: str
    state: str
    item: Item

    @property
    def note(self) -> str:
        """Everything between the orders and the state, for plain text."""
        return " · ".join(filter(None, (self.where, self.date, self.extra)))


@dataclass(frozen=True, slots=True)
class Group:
    """`count` is of items (doses, cycles), as on the worklist; a line may hold several."""

    rule: str
    title: str
    count: int
    lines: tuple[Line, ...]


def groups(items: Iterable[Item], *, today: dt.date) -> list[Group]:
    """The digest's groups in their order; an empty one is left out. `items` come from `reminders.due_items`."""
    by_rule = {rule: [item for item in items if item.rule == rule] for rule in ORDER_OF_RULES}
    return [
        Group(rule, TITLES[rule], len(told), tuple(_lines(told, today)))
        for rule, told in by_rule.items()
        if told
    ]


def _lines(items: Sequence[Item], today: dt.date) -> Iterable[Line]:
    for _, folded in groupby(sorted(items, key=_fold), key=_fold):
        together = list(folded)
        first = together[0]
        running = first.state == "running"
        yield Line(
            patient_id=first.cycle.patient_id,
            subject=first.cycle.subject,
            what=_what(together),
            where=f"{first.cycle.label}, {'since ' if running else ''}day {first.day}",
            on=first.on,
            date=f"{'last day ' if running else ''}{date(first.on)}",
            extra="" if first.cycle.opened or not first.order else "cycle not opened yet",
            state=state_word(first, today),
            item=first,
        )


def _fold(item: Item) -> tuple:
    """What goes onto one line: one patient, cycle, day and state."""
    cycle = item.cycle
    return (
        item.on,
        cycle.subject.rjust(9, "0"),
        cycle.position,
        item.day,
        item.activity_id is None,
        item.state,
    )


def _what(items: list[Item]) -> str:
    if not items[0].order:
        return "Day 1 of the cycle" if items[0].rule == "cycle-start" else "Cycle to be opened"
    counts = Counter(item.order for item in items)
    return ", ".join(f"{order} ×{n}" if n > 1 else order for order, n in counts.items())


def date(on: dt.date) -> str:
    """2021-06-15 Tue."""
    return f"{on.isoformat()} {WEEKDAYS[on.weekday()]}"


def state_word(item: Item, today: dt.date) -> str:
    """“2 days late”, “Held, today”, “End in 2 days”."""
    word = f"{counted(item.late, 'day')} late" if item.late else _away((item.on - today).days)
    if item.state == "held":
        return f"Held, {word}"
    if item.state == "running":
        return f"End {word}"
    return word[0].upper() + word[1:]


def _away(days: int) -> str:
    if days > 1:
        return f"in {days} days"
    return "tomorrow" if days == 1 else "today"


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def headline(groups: Iterable[Group]) -> str:
    """3 overdue, 5 today, 8 coming, 1 cycle start."""
    return ", ".join(
        counted(group.count, COUNTED[group.rule])
        if group.rule == "cycle-start"
        else f"{group.count} {COUNTED[group.rule]}"
        for group in groups
    )


def subject_line(site_name: str, groups: Iterable[Group]) -> str:
    """The subject of the email: site and counts only. A line break in a site's name cannot start a header."""
    plain = " ".join("".join(char if char.isprintable() else " " for char in site_name).split())
    return f"{SUBJECT_PREFIX} {plain[:80]}: {headline(groups)}"
