"""What skipping, repeating or ending would do, before it is saved."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from patients.models import Cycle
from patients.presenters.common import cycle_name, days, shift

SHOWN = 40


def preview(
    *,
    gone: list[Cycle],
    moved: Iterable[Cycle],
    delta: int,
    doses: dict[Any, int],
    added: Cycle | None = None,
) -> dict[str, Any]:
    """Cycles that close, cycles that move by `delta` days, and one that is added."""
    moved = list(moved) if delta else []
    groups = []
    if gone:
        groups.append({"title": "Not given", "rows": [_closing(cycle, doses) for cycle in gone]})
    if added is not None:
        groups.append({"title": "Added", "rows": [_added(added)]})
    if moved:
        groups.append({"title": "Moves", "rows": [_moving(cycle, delta) for cycle in moved[:SHOWN]]})
    rows = [row for group in groups for row in group["rows"]]
    return {
        "title": "What changes",
        "stats": [
            {"label": "Cycles not given", "value": len(gone)},
            {"label": "Doses closed", "value": sum(doses.get(cycle.pk, 0) for cycle in gone)},
            {"label": "Cycles moved", "value": len(moved), "note": shift(delta) if moved else ""},
        ],
        "groups": groups,
        "becomes": True,
        "total": len(rows),
        "shown": len(rows),
        "warning": None,
    }


def _closing(cycle: Cycle, doses: dict[Any, int]) -> dict[str, Any]:
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
        "basis": days(cycle.length_days),
        "was": None,
        "becomes": cycle.day1,
        "state": "planned",
    }


def _moving(cycle: Cycle, delta: int) -> dict[str, Any]:
    return {
        "day": 1,
        "what": cycle_name(cycle),
        "basis": days(cycle.length_days),
        "was": cycle.day1,
        "becomes": cycle.day1 + dt.timedelta(days=delta),
        "shift": shift(delta),
        "state": "moved",
        "state_word": "Moved",
    }
