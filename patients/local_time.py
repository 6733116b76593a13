"""A wall-clock time at a site as an instant, through every change of the clock. Pure."""

import datetime as dt
from zoneinfo import ZoneInfo

MINUTE = dt.timedelta(minutes=1)


def digest_instant(day: dt.date, at: dt.time, zone: ZoneInfo) -> dt.datetime:
    """The instant (UTC) of the daily email of local `day`.

    A time that the clock skips becomes the next minute that exists; of a time that comes twice it is the first. When
    the skipped stretch ends the day, it is the last minute before it, so that no day goes without.
    """
    instant = first_from(dt.datetime.combine(day, at), zone)
    while instant.astimezone(zone).date() > day:
        instant -= MINUTE
    return instant


def end_of_day(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The instant (UTC) at which local `day` is over."""
    return first_from(dt.datetime.combine(day + dt.timedelta(days=1), dt.time()), zone)


def first_from(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The first instant (UTC) at which the clock of `zone` shows `wall` (naive), or the next minute that exists."""
    before = wall.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
    if before.astimezone(zone).replace(tzinfo=None) == wall:
        return before
    # Skipped. Taken with the offset before the change the instant lies after the change; with the one after, before.
    low, high = wall.replace(tzinfo=zone, fold=1).astimezone(dt.UTC), before
    offset = high.astimezone(zone).utcoffset()
    while high - low > dt.timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return _whole_second(high)


def _whole_second(instant: dt.datetime) -> dt.datetime:
    return instant.replace(microsecond=0)
