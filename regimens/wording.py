"""The lines of a protocol in words, each value with where it comes from.

A `Phrase` keeps words and sources together; neighbours with the same sources share their tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from regimens.definition import Condition, DoseRule, Order, Pattern, Step
from regimens.provenance import Provenance, is_to_be_confirmed
from regimens.units import show

TIMES = {1: "once a day", 2: "twice a day"}
FACTS = {"cd20_pct": ("CD20", "%")}


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of one or more values with the tags of their sources."""

    text: str
    provenance: Provenance

    @property
    def to_be_confirmed(self) -> bool:
        return is_to_be_confirmed(self.provenance)


Line = tuple[Phrase, ...]


def name(order: Order) -> Line:
    """Cyclophosphamide IV"""
    drug = order.drug.value[:1].upper() + order.drug.value[1:]
    return joined([Phrase(drug, order.drug.provenance), Phrase(order.route.value, order.route.provenance)])


def hours(order: Order) -> Phrase | None:
    """over 3 hours"""
    if order.infusion_hours is None:
        return None
    number = show(order.infusion_hours.value)
    return Phrase(f"over {number} hour{'' if number == '1' else 's'}", order.infusion_hours.provenance)


def condition(needed: Condition | None) -> Phrase | None:
    """only if CD20 ≥ 20 %"""
    if needed is None:
        return None
    fact, unit = FACTS.get(needed.fact, (needed.fact, ""))
    return Phrase(f"only if {fact} ≥ {show(needed.at_least)} {unit}".rstrip(), needed.provenance)


def times(order: Order) -> Phrase:
    """twice a day; an infusion runs 24 hours a day"""
    if order.pattern is Pattern.CONTINUOUS:
        return Phrase("24 hours a day", order.times_per_day.provenance)
    number = order.times_per_day.value
    return Phrase(TIMES.get(number, f"{number} times a day"), order.times_per_day.provenance)


def doses(order: Order) -> tuple[Line, ...]:
    """A line for each dose (of a step, a dose level, a range of weight); its days only where the dose changes."""
    if sum(len(step.rules) for step in order.steps) == 1:
        return (joined([dose(order.steps[0].rules[0]), *cap(order.steps[0].rules[0]), times(order)]),)
    lines: list[Line] = [(times(order),)]
    for step in order.steps:
        of_step = [joined([dose(rule), *cap(rule)]) for rule in step.rules]
        if len(order.steps) > 1:
            lead = on_days(step)
            of_step = [(lead,), *of_step] if len(of_step) > 1 else [joined([lead, *of_step[0]])]
        lines += of_step
    return tuple(lines)


def doses_by_step(order: Order) -> tuple[tuple[Phrase, tuple[Line, ...]], ...]:
    """Each step: its days, and the lines of its doses."""
    return tuple((days(step), tuple(joined([dose(r), *cap(r)]) for r in step.rules)) for step in order.steps)


def days(step: Step) -> Phrase:
    return Phrase(spans(step.days.value), step.days.provenance)


def on_days(step: Step) -> Phrase:
    """days 1–7:"""
    said = days(step)
    return Phrase(f"day{'s' if len(step.days.value) > 1 else ''} {said.text}:", said.provenance)


def dose(rule: DoseRule) -> Phrase:
    """level 1.8: 1.3 mg/m²; below 45 kg: 5 µg/m²/day"""
    who = [f"level {rule.level}"] if rule.level else []
    who += [f"from {show(rule.from_kg)} kg"] if rule.from_kg is not None else []
    who += [f"below {show(rule.below_kg)} kg"] if rule.below_kg is not None else []
    return Phrase(f"{', '.join(who)}{': ' if who else ''}{rule.quantity}", rule.provenance)


def cap(rule: DoseRule) -> list[Phrase]:
    return [Phrase(f"at most {rule.at_most.value}", rule.at_most.provenance)] if rule.at_most else []


def joined(phrases: Iterable[Phrase]) -> Line:
    """Neighbours with the same sources as one phrase: "150 mg/m² twice a day" has one tag."""
    line: list[Phrase] = []
    for phrase in phrases:
        if line and line[-1].provenance == phrase.provenance:
            line[-1] = Phrase(f"{line[-1].text} {phrase.text}", phrase.provenance)
        else:
            line.append(phrase)
    return tuple(line)


def cycles(numbers: Sequence[int]) -> str:
    return f"cycle{'s' if len(numbers) > 1 else ''} {spans(numbers)}"


def spans(numbers: Iterable[int]) -> str:
    """1, 2, 3, 5 -> "1–3, 5"; two in a row stay apart ("1, 2")."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)
