"""How numbers and dates are written: a unit never breaks off its dose, a date carries its weekday. {% load ui %}"""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.utils import timezone

register = template.Library()

MISSING = "–"
NO_BREAK = "\N{NO-BREAK SPACE}"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@register.filter
def unit(text: str | None) -> str:
    """mg/m2 -> mg/m², ug/day -> µg/day."""
    return (text or "").replace("ug", "µg").replace("m2", "m²")


@register.filter
def number(value: Any) -> str:
    """A number without trailing zeros and with a leading one; a dash when it is missing (never 0)."""
    if value is None or value == "":
        return MISSING
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    plain = format(exact, "f")
    shorn = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return shorn.replace("-", "−") if exact else "0"


@register.filter
def dose(value: Any, unit_name: str | None = "") -> str:
    """{{ value|dose:"mg/m2" }} -> "0.51 mg/m²": no trailing zero, a no-break space before the unit."""
    written = number(value)
    if written == MISSING or not unit_name:
        return written
    return f"{written}{NO_BREAK}{unit(unit_name)}"


def _local(value: datetime) -> datetime:
    """An instant in UTC, as the database gives it, in the active zone; one that already has a zone keeps it."""
    return timezone.localtime(value) if value.tzinfo is not None and not value.utcoffset() else value


def as_date(value: Any) -> date | None:
    """A date from a date, a datetime or ISO text; None when there is none. ValueError for other text."""
    if not value:
        return None
    if isinstance(value, datetime):
        return _local(value).date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


@register.filter
def iso(value: Any) -> str:
    """2021-06-15; a dash when there is no date."""
    on = as_date(value)
    return on.isoformat() if on else MISSING


@register.filter
def isoday(value: Any) -> str:
    """2021-06-15 Tue: a date by which a person plans."""
    on = as_date(value)
    return f"{on.isoformat()}{NO_BREAK}{WEEKDAYS[on.weekday()][:3]}" if on else MISSING


@register.filter
def longday(value: Any) -> str:
    """Tuesday 2021-06-15: the heading of a day."""
    on = as_date(value)
    return f"{WEEKDAYS[on.weekday()]} {on.isoformat()}" if on else MISSING


@register.filter
def isotime(value: datetime | None) -> str:
    """2021-06-15 08:40, in the zone of the value, or the active one for UTC."""
    return f"{_local(value):%Y-%m-%d}{NO_BREAK}{_local(value):%H:%M}" if value else MISSING


@register.filter
def clock(value: datetime | None) -> str:
    """08:40, in the zone of the value, or the active one for UTC."""
    return f"{_local(value):%H:%M}" if value else MISSING


@register.filter
def offset(value: datetime | None) -> str:
    """The distance of an aware datetime from UTC: "−05:00", "" for UTC itself."""
    ahead = value.strftime("%z") if value else ""
    return "" if ahead in {"", "+0000"} else f"{ahead[:3].replace('-', '−')}:{ahead[3:5]}"


@register.filter
def count(number_of: int, noun: str) -> str:
    """{{ n|count:"dose" }} -> "1 dose", "3 doses"; {{ n|count:"day,days" }} names both forms."""
    one, _, many = noun.partition(",")
    return f"{number_of} {one if number_of == 1 else many or one + 's'}"
