"""The parts of a sentence of the abstract: words, and numbers that lead to their patients. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from patients.outcomes.figures import DENOMINATOR, NUMERATOR, REST, Rate, TestResult
from patients.outcomes.wording import interval, p_value, percent


@dataclass(frozen=True)
class Number:
    """A number in the text and where it leads: figures.selection(key, group, part)."""

    text: str
    key: str
    group: str = ""
    part: str = DENOMINATOR


Part = str | Number
Sentence = tuple[Part, ...]


def said(sentence: Sentence) -> str:
    return "".join(part if isinstance(part, str) else part.text for part in sentence)


def listed(items: Sequence[Sentence]) -> Sentence:
    """a; a and b; a, b and c."""
    found: list[Part] = []
    for place, item in enumerate(items):
        if place:
            found.append(" and " if place == len(items) - 1 else ", ")
        found.extend(item)
    return tuple(found)


def was(number: int) -> str:
    return "was" if number == 1 else "were"


def share(rate: Rate) -> Number:
    """66 (62 %)."""
    return Number(f"{rate.k} ({percent(rate.percent)})", rate.key, rate.group.token, NUMERATOR)


def rest(rate: Rate) -> Number:
    """31 (29 %): those who are not in the numerator."""
    others = rate.n - rate.k
    text = f"{others} ({percent(100 * others / rate.n if rate.n else None)})"
    return Number(text, rate.key, rate.group.token, REST)


def of(rate: Rate, *, limits: bool = False) -> Number:
    """71 of 87 (82 %), or with its interval: 71 of 87 (82 %, 95 % interval 72–88)."""
    width = f", 95 % interval {interval(rate.interval)}" if limits else ""
    text = f"{rate.k} of {rate.n} ({percent(rate.percent)}{width})"
    return Number(text, rate.key, rate.group.token, NUMERATOR)


def tested(test: TestResult | None) -> Sentence:
    """(log-rank test, P = 0.001): nothing where nothing was compared."""
    return (f" ({test.name}, {p_value(test.p)})",) if test and test.p is not None else ()
