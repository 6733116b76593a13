"""The worklist: overdue, today, coming, with the one next act of each row."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from patients.due import days_late, due_on, due_state
from patients.enums import ActivityState
from patients.models import Cycle, ScheduledActivity
from patients.presenters import acts
from patients.presenters.common import amount, basis, days, sentence, where

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MANY = 4
VIEWS = {"today": "Today", "tomorrow": "Tomorrow", "week": "7 days", "overdue": "All overdue"}


def day_title(day: dt.date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day.isoformat()}"


def activity_row(activity: ScheduledActivity, *, today: dt.date, may_record: bool) -> dict[str, Any]:
    """One dose, or the end of one that runs."""
    state = due_state(activity.on, activity.until, activity.state, today) or "later"
    late = state == "overdue"
    due = due_on(activity.on, activity.until, activity.state) or activity.on
    return {
        "id": f"activity-{activity.pk}",
        "cycle": activity.cycle,
        "due_on": due,
        "due_state": state,
        "when": _when(activity, due, today),
        "late": late,
        "subject": activity.patient.subject,
        "patient_id": activity.patient_id,
        "where": where(activity.cycle, activity.day),
        "drug": _what(activity),
        "dose": amount(activity.dose, activity.dose_unit),
        "basis": basis(activity) + _moved(activity),
        "provenance": activity.provenance,
        "provisional": activity.provisional,
        "state": _tag(activity, state),
        "state_word": _word(activity, state, today),
        **(
            acts.of_dose(activity, due=state, subject=activity.patient.subject)
            if may_record
            else {"hint": "read only"}
        ),
    }


def cycle_row(cycle: Cycle, *, today: dt.date, may_record: bool) -> dict[str, Any]:
    """Day 1 of the next cycle: it has to be opened with height and weight."""
    late = (today - cycle.day1).days
    state = "overdue" if late > 0 else "today" if late == 0 else "coming"
    url = reverse("patients:cycle", args=[cycle.patient_id, cycle.pk])
    return {
        "id": f"cycle-{cycle.pk}",
        "cycle": None,
        "due_on": cycle.day1,
        "due_state": state,
        "when": f"{late} d" if late > 0 else "day 1",
        "late": late > 0,
        "subject": cycle.patient.subject,
        "patient_id": cycle.patient_id,
        "where": where(cycle, 1),
        "drug": f"Open {where(cycle)}",
        "dose": "",
        "basis": f"height and weight, then the doses are fixed; planned {cycle.day1.isoformat()}",
        "provenance": "",
        "provisional": False,
        "state": {"today": "due", "coming": "planned"}.get(state, state),
        "state_word": f"Overdue {days(late)}" if late > 0 else "Due" if late == 0 else f"In {days(late)}",
        "primary": {
            "label": "Open cycle",
            "url": url,
            "style": "primary" if late >= 0 else "quiet",
            "aria": f"Open cycle {where(cycle)}, {cycle.patient.subject}",
        }
        if may_record
        else None,
        "other": None,
    }


def _when(activity: ScheduledActivity, due: dt.date, today: dt.date) -> str:
    late = days_late(activity.on, activity.until, activity.state, today)
    if late:
        return f"{late}\N{NO-BREAK SPACE}d"
    return f"day {activity.day}" if due <= today else f"{due:%m-%d}"


def _what(activity: ScheduledActivity) -> str:
    return f"End of {activity.drug}" if activity.state == ActivityState.RUNNING else sentence(activity.drug)


def _moved(activity: ScheduledActivity) -> str:
    return f", first planned {activity.planned_on.isoformat()}" if activity.moved_days else ""


def _tag(activity: ScheduledActivity, state: str) -> str:
    if activity.state in (ActivityState.HELD, ActivityState.RUNNING) and state != "overdue":
        return str(activity.state)
    return {"today": "due", "coming": "planned", "later": "planned"}.get(state, state)


def _word(activity: ScheduledActivity, state: str, today: dt.date) -> str:
    if state == "overdue":
        late = f"Overdue {days(days_late(activity.on, activity.until, activity.state, today))}"
        return f"Held, {late.lower()}" if activity.state == ActivityState.HELD else late
    if activity.state in (ActivityState.HELD, ActivityState.RUNNING):
        return ""
    return f"In {days((activity.on - today).days)}" if state == "coming" else ""


def together(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Many overdue doses of one cycle become one line that leads to the cycle, where they are recorded at once."""
    rows = list(rows)
    overdue: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        if row["due_state"] == "overdue" and row["cycle"] is not None:
            overdue.setdefault(row["cycle"].pk, []).append(row)
    many = {pk: found for pk, found in overdue.items() if len(found) >= MANY}
    single = [
        r for r in rows if r["due_state"] != "overdue" or r["cycle"] is None or r["cycle"].pk not in many
    ]
    return single + [_gathered(found) for found in many.values()]


def _gathered(rows: list[dict[str, Any]]) -> dict[str, Any]:
    first = min(rows, key=lambda row: row["due_on"])
    cycle, number = first["cycle"], len(rows)
    drugs = list(dict.fromkeys(row["drug"].lower() for row in rows))
    named = ", ".join(drugs[:3]) + (f" and {len(drugs) - 3} more" if len(drugs) > 3 else "")
    return first | {
        "id": f"overdue-{cycle.pk}",
        "where": where(cycle),
        "drug": f"{number} doses to record",
        "dose": "",
        "basis": f"{named}; the first was due {first['due_on'].isoformat()}",
        "provenance": "",
        "state": "overdue",
        "primary": {
            "label": "Open the cycle",
            "url": cycle.get_absolute_url(),
            "aria": f"Open {where(cycle)} of {first['subject']}: {number} doses to record",
            "key": "o",
        },
        "other": None,
    }


def groups(rows: Iterable[dict[str, Any]], *, today: dt.date, totals: dict[str, int]) -> list[dict[str, Any]]:
    """Rows under Overdue, Today, and each coming day; `totals` counts what the page may have cut off."""
    found: dict[tuple, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=_order):
        key = (0, "overdue") if row["due_state"] == "overdue" else (1, row["due_on"].isoformat())
        if row["due_state"] == "today":
            key = (1, "today")
        found.setdefault(key, []).append(row)
    return [_group(key[1], rows, today, totals) for key, rows in found.items()]


def _order(row: dict[str, Any]) -> tuple:
    rank = {"overdue": 0, "today": 1}.get(row["due_state"], 2)
    return (rank, row["due_on"] if rank != 1 else dt.date.min, row["subject"])


def _group(name: str, rows: list[dict[str, Any]], today: dt.date, totals: dict[str, int]) -> dict[str, Any]:
    if name == "overdue":
        note = str(totals.get("overdue", len(rows)))
        return {"id": "overdue", "title": "Overdue", "note": note, "late": True, "rows": rows}
    if name == "today":
        return {
            "id": "today",
            "title": "Today",
            "note": f"{totals.get('today', len(rows))} due",
            "late": False,
            "rows": rows,
        }
    day = dt.date.fromisoformat(name)
    title = "Tomorrow" if day == today + dt.timedelta(days=1) else day_title(day)
    return {"id": f"on-{name}", "title": title, "note": str(len(rows)), "late": False, "rows": rows}
