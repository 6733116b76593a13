"""What happened to one dose, as it is handed to the actions."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from patients.enums import ActivityState, Outcome

STATE_AFTER = {
    Outcome.GIVEN: ActivityState.GIVEN,
    Outcome.CHANGED: ActivityState.CHANGED,
    Outcome.HELD: ActivityState.HELD,
    Outcome.OMITTED: ActivityState.OMITTED,
}


@dataclass(frozen=True, kw_only=True)
class Given:
    """What happened to one planned dose. `dose` None with an outcome that gives: as planned."""

    outcome: str
    given_at: dt.datetime
    dose: Decimal | None = None
    ended_at: dt.datetime | None = None
    reason_code: str = ""
    reason: str = ""
    lot: str = ""
