"""Age in completed years. Pure."""

import datetime as dt


def age_on(born: dt.date, on: dt.date) -> int:
    """Completed years on a day; born on 29 February, a year is complete on 1 March of a common year."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
