"""What is due and what is overdue: the one definition behind every page, count, email and export.

Pure: dates and the state come in as arguments; `today` is the local day of the patient's site. States are the codes
of `patients.enums.ActivityState` (its members are strings, so they can be passed as they are).
"""

import datetime as dt
from typing import Literal

Due = Literal["overdue", "today", "coming", "later"]

COMING_DAYS = 3
"""Days ahead that count as coming; today is not one of them."""

END_DAYS = 1
"""An infusion of n x 24 h begun in the morning of its first day ends in the morning after its last calendar day."""

OPEN_STATES = frozenset({"planned", "held"})
"""Still to be done. A held dose stays due: it is given later, omitted or closed."""
RUNNING = "running"
DUE_STATES = OPEN_STATES | {RUNNING}


def due_on(on: dt.date, until: dt.date | None, state: str) -> dt.date | None:
    """The day on which somebody has to act: to start on `on`; what runs, to end on `until`. None: nothing to do."""
    if state in OPEN_STATES:
        return on
    if state == RUNNING:
        return until or on
    return None


def due_state(on: dt.date, until: dt.date | None, state: str, today: dt.date) -> Due | None:
    """Where an activity stands on `today`; None when nothing is left to do.

    Planned or held: overdue from the day after `on`, every day until it is recorded. Running: its end is due on
    `until` and on the day after (END_DAYS), then overdue.
    """
    due = due_on(on, until, state)
    if due is None:
        return None
    away = (due - today).days
    if away > COMING_DAYS:
        return "later"
    if away > 0:
        return "coming"
    return "today" if away >= -_allowance(state) else "overdue"


def days_late(on: dt.date, until: dt.date | None, state: str, today: dt.date) -> int:
    """Whole days since the day on which it should have been done; 0 unless overdue."""
    due = due_on(on, until, state)
    if due is None or due_state(on, until, state, today) != "overdue":
        return 0
    return (today - due).days - _allowance(state)


def _allowance(state: str) -> int:
    return END_DAYS if state == RUNNING else 0
