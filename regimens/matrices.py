"""The schedule as matrices, orders by days: one for each group of cycles of a phase that hold the same orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from regimens import wording
from regimens.definition import Order, Pattern, Phase, Step
from regimens.provenance import Provenance, is_to_be_confirmed, merge
from regimens.wording import Line, Phrase

WEEK = 7


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of an order. `text` is the number of doses of that day; `said` is the whole in words."""

    text: str
    said: str
    tbc: bool
    kind: str = ""  # "run": goes on from day to day; "step": the dose changes on this day


@dataclass(frozen=True, slots=True)
class Row:
    name: Line
    doses: tuple[Line, ...]
    condition: Phrase | None
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    id: str
    title: str
    short: str
    note: str
    provenance: Provenance  # of the cycles that it stands for
    days: tuple[int, ...]
    weeks: tuple[int, ...]
    rows: tuple[Row, ...]


def matrices(phase: Phase) -> tuple[Matrix, ...]:
    """Every cycle of the phase in one of them, in the order of the first cycle of each group."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for number in phase.numbers:
        holding = tuple(i for i, t in enumerate(phase.templates) if number in t.numbers.value)
        groups.setdefault(holding, []).append(number)
    return tuple(_matrix(phase, holding, numbers) for holding, numbers in groups.items())


def _matrix(phase: Phase, holding: Sequence[int], numbers: Sequence[int]) -> Matrix:
    days = tuple(range(1, phase.cycle_length.value + 1))
    in_words = wording.cycles(numbers)
    return Matrix(
        id=f"{phase.name}-{numbers[0]}",
        title=in_words[0].upper() + in_words[1:],
        short=wording.spans(numbers),
        note=_courses([phase.course_number(number) for number in numbers]),
        provenance=merge(*(phase.templates[i].numbers.provenance for i in holding)),
        days=days,
        weeks=tuple(day for day in days if day % WEEK == 1),
        rows=tuple(_row(order, days) for i in holding for order in phase.templates[i].orders),
    )


def _courses(numbers: Sequence[int | None]) -> str:
    known = [number for number in numbers if number is not None]
    return f"course{'s' if len(known) > 1 else ''} {wording.spans(known)}" if known else ""


def _row(order: Order, days: Sequence[int]) -> Row:
    return Row(
        name=wording.name(order),
        doses=wording.doses(order),
        condition=wording.condition(order.condition),
        cells=tuple(_cell(order, day) for day in days),
    )


def _cell(order: Order, day: int) -> Cell | None:
    for index, step in enumerate(order.steps):
        if day in step.days.value:
            changes = index > 0 and day == step.days.value[0]
            return (
                _continuous(order, step, changes)
                if order.pattern is Pattern.CONTINUOUS
                else _counted(order, step)
            )
    return None


def _counted(order: Order, step: Step) -> Cell:
    number = order.times_per_day.value
    said = f"{number} dose{'s' if number > 1 else ''} of {_amounts(step)}"
    kind = "run" if order.pattern is Pattern.EVERY_DAY else ""
    return Cell(str(number), said, _tbc(order, step), kind)


def _continuous(order: Order, step: Step, changes: bool) -> Cell:
    said = f"infusion all day, {'now ' if changes else ''}{_amounts(step)}"
    return Cell("", said, _tbc(order, step), "step" if changes else "run")


def _amounts(step: Step) -> str:
    return " or ".join(dict.fromkeys(str(rule.quantity) for rule in step.rules))


def _tbc(order: Order, step: Step) -> bool:
    return is_to_be_confirmed(merge(step.days.provenance, order.times_per_day.provenance))
