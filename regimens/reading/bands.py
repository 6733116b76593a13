"""Doses that depend on the dose level or on the weight: exactly one of them must fit every patient."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from regimens.definition import DoseRule
from regimens.reading.cursor import Cursor

Bands = list[tuple[Cursor, DoseRule]]


def check_rules(
    at: Cursor, entries: list[Cursor], rules: tuple[DoseRule, ...], levels: tuple[str, ...] | None
) -> None:
    """Notes unknown or missing dose levels, and weights that no rule or two rules cover."""
    if at.faults and any(fault.path.startswith(at.path + "[") for fault in at.faults):
        return  # a rule that could not be read would be reported again as a gap
    by_level: dict[str | None, Bands] = {}
    for entry, rule in zip(entries, rules, strict=True):
        by_level.setdefault(rule.level, []).append((entry, rule))
        if levels is not None and rule.level is not None and rule.level not in levels:
            entry.fault(f"expected a dose level of this file ({_names(levels)}); found {rule.level}")
    named = [level for level in by_level if level is not None]
    missing = [level for level in levels or () if named and level not in named]
    if named and None in by_level:
        at.fault("expected a dose level on every dose or on none; found both")
    elif missing:
        at.fault(f"expected a dose for each dose level; found none for {_names(missing)}")
    for bands in by_level.values():
        _check_weights(at, bands)


def _names(levels: tuple[str, ...] | list[str]) -> str:
    return ", ".join(levels) or "none"


def _check_weights(at: Cursor, bands: Bands) -> None:
    """From the lightest to the heaviest, each range starts where the one before ended."""
    ordered = sorted(bands, key=lambda band: (band[1].from_kg is not None, band[1].from_kg or Decimal(0)))
    if ordered[0][1].from_kg is not None:
        at.fault(f"expected a dose for every weight; found none below {ordered[0][1].from_kg} kg")
    if ordered[-1][1].below_kg is not None:
        at.fault(f"expected a dose for every weight; found none from {ordered[-1][1].below_kg} kg")
    for (_, lighter), (entry, heavier) in pairwise(ordered):
        if lighter.below_kg is None or heavier.from_kg is None or heavier.from_kg < lighter.below_kg:
            entry.fault("expected one dose for each weight and dose level; found two that fit")
        elif heavier.from_kg > lighter.below_kg:
            at.fault(
                f"expected a dose for every weight; found none from {lighter.below_kg} to {heavier.from_kg} kg"
            )
