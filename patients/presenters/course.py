"""What skipping, repeating or ending would do, before it is saved."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from patients.models import Cycle
from patients.presenters.common import cycle_name, shift
from patients.presenters.common import days as in_days

SHOWN = 40


def preview(
    *,
    gone: list[Cycle],
    moved: Iterable[Cycle],
    days: Mapping[Any, int],
    doses: Mapping[Any, int],
    added: Cycle | None = None,
) -> dict[str, Any]:
    """Cycles that close, cycles that move (`days` by id), and one that is added."""
    moved = list(moved)
    groups = []
    if gone:
        groups.append({"title": "Not given", "rows": [_closing(cycle, doses) for cycle in gone]})
    if added is not None:
        groups.append({"title": "Added", "rows": [_added(added)]})
    if moved:
        groups.append({"title": "Moves", "rows": [_moving(cycle, days[cycle.pk]) for cycle in moved[:SHOWN]]})
    rows = [row for group in groups for row in group["rows"]]
    return {
        "title": "What changes",
        "stats": [
            {"label": "Cycles not given", "value": len(gone)},
            {"label": "Doses closed", "value": sum(doses.get(cycle.pk, 0) for cycle in gone)},
            {"label": "Cycles moved", "value": len(moved), "note": _range(days.values())},
        ],
        "groups": groups,
        "becomes": True,
        "total": len(rows),
        "shown": len(rows),
        "warning": None,
    }


def _range(days: Iterable[int]) -> str:
    found = sorted(set(days))
    if not found:
        return ""
    return shift(found[0]) if len(found) == 1 else f"{shift(found[0])} to {shift(found[-1])}"


def _closing(cycle: Cycle, doses: Mapping[Any, int]) -> dict[str, Any]:
    basis = f"{doses.get(cycle.pk, 0)} doses"
    return {
        "day": 1,
        "what": cycle_name(cycle),
        "basis": basis,
        "was": cycle.day1,
        "becomes": None,
        "state": "closed",
    }


def _added(cycle: Cycle) -> dict[str, Any]:
    return {
        "day": 1,
        "what": cycle_name(cycle),
        "basis": in_days(cycle.length_days),
        "was": None,
        "becomes": cycle.day1,
        "state": "planned",
    }


def _moving(cycle: Cycle, delta: int) -> dict[str, Any]:
    return {
        "day": 1,
        "what": cycle_name(cycle),
        "basis": in_days(cycle.length_days),
        "was": cycle.day1,
        "becomes": cycle.day1 + dt.timedelta(days=delta),
        "shift": shift(delta),
        "state": "moved",
        "state_word": "Moved",
    }
