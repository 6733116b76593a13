"""Any stored value in words: labels for codes, units for numbers, times at the site."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.text import capfirst

from protocoltracker.templatetags.words import NO_BREAK, number

# The unit is the end of the field's name.
UNITS = {
    "_pct": "%",
    "_kg": "kg",
    "_cm": "cm",
    "_m2": "m²",
    "_mg_dl": "mg/dl",
    "_10e9_l": "×10⁹/l",
    "_u_l": "U/l",
    "_months": "months",
    "_days": "days",
}
FRACTION_PLACES = 10  # decimals of a field that holds a fraction, which is said in percent as well


# Where the name of the field alone would say too little.
LABELS = {
    "on": "Date",
    "until": "To",
    "day1": "Day 1",
    "planned_day1": "Day 1 as first planned",
    "planned_on": "First planned on",
    "length_days": "Length",
    "bsa_m2": "Body surface",
    "height_cm": "Height",
    "weight_kg": "Weight",
    "order_code": "Order",
    "second_person": "Needs a second person",
    "is_current": "Stands",
    "undone_at": "Undone",
}


def label(field: models.Field) -> str:
    own = str(field.verbose_name)
    usual = own == field.name.replace("_", " ")
    return LABELS.get(field.name, capfirst(own)) if usual else capfirst(own)


def is_number(field: models.Field) -> bool:
    return isinstance(field, models.DecimalField | models.IntegerField) and not field.choices


def shown(
    field: models.Field, value: Any, *, zone: ZoneInfo, names: Mapping[str, str] | None = None
) -> str | None:
    """`value` of `field` as a person reads it, from the row itself or from its JSON in the audit trail.

    None when there is no value. `names` gives the words for the keys of other rows.
    """
    if value is None or value == "":
        return None
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.ForeignKey):
        return (names or {}).get(str(value), str(value)[:8])
    if isinstance(field, models.BooleanField):
        return "yes" if value else "no"
    if isinstance(field, models.DateTimeField):
        moment = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(field, models.JSONField):
        return ", ".join(map(str, value)) or None if isinstance(value, list) else "(details)"
    if is_number(field):
        return _number(field, value)
    return str(value)


def _number(field: models.Field, value: Any) -> str:
    unit = next((unit for end, unit in UNITS.items() if field.name.endswith(end)), "")
    if isinstance(field, models.DecimalField) and field.decimal_places == FRACTION_PLACES:
        return f"{number(value)} ({number(Decimal(str(value)) * 100)}{NO_BREAK}%)"
    return f"{number(value)}{NO_BREAK}{unit}" if unit else number(value)
