"""Dates of every kind of record: not in the future, not before birth or consent, not after death."""

import datetime as dt
from collections.abc import Iterable

from patients.edit_checks.facts import Facts
from patients.edit_checks.findings import Finding, Rule, Values, error, warning


def _dates(values: Values) -> Iterable[tuple[str, dt.date]]:
    return ((name, value) for name, value in values.items() if isinstance(value, dt.date))


def not_in_the_future(values: Values, facts: Facts) -> Iterable[Finding]:
    for name, day in _dates(values):
        if day > facts.today:
            yield error(
                "future-date",
                name,
                f"The date {day} lies in the future; today is {facts.today} at this site. Enter the day on which it "
                "happened.",
            )


def not_before_consent(values: Values, facts: Facts) -> Iterable[Finding]:
    for name, day in _dates(values):
        if day < facts.born:
            yield error(
                "before-birth",
                name,
                f"The date {day} lies before the birth ({facts.born}). Look at the year again.",
            )
        elif facts.consented_on is not None and day < facts.consented_on:
            yield error(
                "before-consent",
                name,
                f"The date {day} lies before the consent of {facts.consented_on}. Correct the date; what was before "
                "consent belongs to the baseline of the enrolment.",
            )


def not_after_death(*fields: str) -> Rule:
    """None of `fields` lies after the death; what is entered late, with an earlier date, passes."""

    def rule(values: Values, facts: Facts) -> Iterable[Finding]:
        death = facts.the("death")
        for name in fields:
            if death and values[name] and values[name] > death.on:
                yield error(
                    "after-death",
                    name,
                    f"The date {values[name]} lies after the death on {death.on}. Correct this date; if the "
                    "date of death is wrong, correct that first.",
                )

    return rule


def after_withdrawal(values: Values, facts: Facts) -> Iterable[Finding]:
    withdrawal = facts.the("withdrawal")
    if withdrawal and not withdrawal.values["follow_up_allowed"] and values["on"] > withdrawal.on:
        yield warning(
            "after-withdrawal",
            "on",
            f"The date {values['on']} lies after {withdrawal.on}, when consent was withdrawn, follow-up "
            "included. Say why this may still be recorded, or do not record it.",
        )


def same_day_twice(slug: str, *also: str) -> Rule:
    """The same kind on the same day, with the same values of the fields `also`."""

    def rule(values: Values, facts: Facts) -> Iterable[Finding]:
        for known in facts.of(slug):
            if known.on == values["on"] and all(known.values[name] == values[name] for name in also):
                yield warning(
                    "same-day-twice",
                    "on",
                    f"{known} is recorded already. If this is the same one, change that record instead; if there "
                    "really are two, say so.",
                )
                return

    return rule


def in_order(first: str, then: str, words: str) -> Rule:
    """Date `then`, where present, is not before date `first`."""

    def rule(values: Values, facts: Facts) -> Iterable[Finding]:
        before, after = values[first], values[then]
        if after and after < before:
            yield error(
                "dates-in-order",
                then,
                f"{words} on {after} lies before {before}. Correct one of the two dates.",
            )

    return rule


DATE_RULES: tuple[Rule, ...] = (not_in_the_future, not_before_consent, not_after_death("on"))
