"""At which hour of the day the ward gives what. Invented; local time of the site."""

import datetime as dt
import random
from zoneinfo import ZoneInfo

from patients.models import Administration, ScheduledActivity

INOTUZUMAB, BLINATUMOMAB, MERCAPTOPURINE = "inotuzumab-ozogamicin", "blinatumomab", "mercaptopurine"
HOURS = {
    "cyclophosphamide": dt.time(9, 0),
    "dexamethasone": dt.time(8, 20),
    "prednisone": dt.time(8, 10),
    MERCAPTOPURINE: dt.time(8, 10),
    "oral-methotrexate": dt.time(8, 30),
    "cytarabine": dt.time(9, 30),
    "rituximab": dt.time(10, 45),
    "intrathecal-methotrexate": dt.time(11, 15),
    "intrathecal-cytarabine": dt.time(11, 15),
    INOTUZUMAB: dt.time(14, 0),
    BLINATUMOMAB: dt.time(13, 35),
}
OTHERWISE = dt.time(10, 0)
EVENING = dt.time(20, 30)


def local(day: dt.date, hour: dt.time, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, hour, zone)


def start_of(activity: ScheduledActivity, zone: ZoneInfo, chance: random.Random) -> dt.datetime:
    """Up to 25 minutes after the usual hour, the second dose of a day 12 h later; an infusion to the minute."""
    start = local(activity.on, HOURS.get(activity.order_code, OTHERWISE), zone)
    if activity.until is not None:
        return start
    return start + dt.timedelta(hours=12 * (activity.slot - 1), minutes=chance.randrange(25))


def end_of(row: Administration, last: dt.date, zone: ZoneInfo) -> dt.datetime:
    """An infusion ends on the day after its `last` one, in the hour of its start; a daily drug that evening."""
    if row.drug == MERCAPTOPURINE:
        return local(last, EVENING, zone)
    return local(last + dt.timedelta(days=1), row.given_at.astimezone(zone).time(), zone)
