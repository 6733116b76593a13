"""What entering a past course, or resuming treatment, would write, before it is saved."""

from collections.abc import Sequence
from typing import Any

from patients.actions.past_course import Outline
from patients.presenters.common import days
from regimens.planned import PlannedCycle

SHOWN = 40


def outline(found: Outline) -> dict[str, Any]:
    """Cycles received, with the doses that would be recorded and those that would not."""
    received = [cycle for cycle in found.plan if cycle.ref in found.received]
    counts = [found.given(cycle) for cycle in received]
    rest = len(found.plan) - len(received)
    return _preview(
        title="Cycles received",
        stats=[
            {"label": "Cycles", "value": len(received), "note": f"{received[0].day1} to {received[-1].day1}"},
            {"label": "Doses recorded as given", "value": sum(given for given, _ in counts)},
            {
                "label": "Planned, not given",
                "value": sum(missing for _, missing in counts),
                "note": f"up to {found.end.on}",
            },
            {"label": "Later cycles, closed", "value": rest},
        ],
        rows=[
            _row(cycle, "completed", _given_words(*count))
            for cycle, count in zip(received, counts, strict=True)
        ],
    )


def _given_words(given: int, missing: int) -> str:
    return f"{given} doses given" + (f", {missing} not" if missing else "")


def coming(plan: Sequence[PlannedCycle]) -> dict[str, Any]:
    """The rest of the plan as it would stand."""
    return _preview(
        title="What would be planned",
        stats=[
            {"label": "Cycles", "value": len(plan), "note": f"from {plan[0].day1}"},
            {"label": "Doses", "value": sum(_doses(cycle) for cycle in plan)},
            {"label": "Last day", "value": plan[-1].last_day},
        ],
        rows=[_row(cycle, "planned", f"{_doses(cycle)} doses") for cycle in plan],
    )


def _doses(cycle: PlannedCycle) -> int:
    return sum(1 if dose.until else dose.times_per_day for dose in cycle.doses)


def _row(cycle: PlannedCycle, state: str, effect: str) -> dict[str, Any]:
    return {
        "day": 1,
        "what": f"{cycle.short} {cycle.number}",
        "basis": days(cycle.length_days),
        "was": cycle.day1,
        "state": state,
        "effect": effect,
    }


def _preview(*, title: str, stats: list[dict[str, Any]], rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "title": title,
        "stats": stats,
        "groups": [{"title": "", "rows": rows[:SHOWN]}],
        "becomes": False,
        "total": len(rows),
        "shown": min(len(rows), SHOWN),
        "warning": None,
    }
