"""What happened to one dose, as it is handed to the actions."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from patients.enums import ActivityState, Outcome
from patients.models import ScheduledActivity

MORNING, EVENING = 9, 21

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


def usual_time(activity: ScheduledActivity, zone: ZoneInfo) -> dt.datetime:
    """The planned day in the morning or, for the second dose of a day, in the evening."""
    later = (EVENING - MORNING) * (activity.slot - 1) // max(activity.times_per_day - 1, 1)
    return at_hour(activity.on, min(MORNING + later, EVENING), zone)


def usual_end(
    activity: ScheduledActivity, zone: ZoneInfo, *, daily: bool, last: dt.date
) -> dt.datetime | None:
    """When what runs over days ends, `last` at the latest; None for a dose of one moment.

    An infusion ends in the morning after its last calendar day, a drug taken every day (`daily`) in the evening.
    """
    if activity.until is None:
        return None
    if daily or activity.until >= last:
        return at_hour(min(activity.until, last), EVENING, zone)
    return at_hour(activity.until + dt.timedelta(days=1), MORNING, zone)


def at_hour(day: dt.date, hour: int, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), zone)
