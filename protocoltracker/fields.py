"""Form fields with the browser's own pickers, and messages that name the value and the way out."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

LONGEST = 20
# Digits with a point, or a small power of ten (1e-06): nothing that would write out to millions of digits.
PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DateField(forms.DateField):
    """An ISO date. Years outside 1900-2200 are slips of the hand."""

    widget = DateInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", ["%Y-%m-%d"])
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> dt.date | None:
        try:
            day = super().to_python(value)
        except ValidationError:
            raise ValidationError(
                f"“{value}” is not a date. Write year-month-day, for example 2021-06-15.", code="invalid"
            ) from None
        if day and not 1900 <= day.year <= 2200:
            raise ValidationError(f"{day.isoformat()} lies outside 1900 to 2200. Look at the year again.")
        return day


class LocalDateTimeField(forms.DateTimeField):
    """A local time of the site (`zone`), kept as an instant. A time that a clock change leaves out is refused."""

    def __init__(self, *, zone: ZoneInfo | None = None, **kwargs: Any) -> None:
        self.zone = zone or ZoneInfo("UTC")
        kwargs.setdefault("widget", forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dt.datetime) and value.tzinfo:
            value = value.astimezone(self.zone).replace(tzinfo=None)
        return value.strftime("%Y-%m-%dT%H:%M") if isinstance(value, dt.datetime) else value

    def to_python(self, value: Any) -> dt.datetime | None:
        if value in self.empty_values:
            return None
        try:
            local = dt.datetime.fromisoformat(str(value).strip())
        except ValueError:
            raise ValidationError(
                f"“{value}” is not a date and time. Write for example 2021-06-15 09:30.", code="invalid"
            ) from None
        if not 1900 <= local.year <= 2200:
            raise ValidationError(f"{local:%Y-%m-%d} lies outside 1900 to 2200. Look at the year again.")
        instant = local if local.tzinfo else local.replace(tzinfo=self.zone)
        there_and_back = instant.astimezone(dt.UTC).astimezone(self.zone)
        if local.tzinfo is None and there_and_back.replace(tzinfo=None) != local:
            raise ValidationError(
                f"{local:%Y-%m-%d %H:%M} does not exist here: the clocks go forward over it. Enter a later time."
            )
        return instant.astimezone(dt.UTC)


class QuantityField(forms.DecimalField):
    """A decimal number with a unit and limits; the message repeats the value and says the limits."""

    def __init__(
        self, *, unit: str = "", low: Any = None, high: Any = None, places: int = 2, **kwargs: Any
    ) -> None:
        self.unit, self.low, self.high, self.places = unit, low, high, places
        typed = forms.TextInput({"inputmode": "decimal", "autocomplete": "off", "maxlength": 20})
        super().__init__(widget=typed, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """A stored number without the zeros that only the column has."""
        return f"{value.normalize():f}" if isinstance(value, Decimal) and value.is_finite() else value

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        text = str(value).strip()
        if len(text) > LONGEST or not PLAIN.fullmatch(text.replace(",", ".", 1)):
            shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
            raise ValidationError(
                f"“{shown}” is not a number. Write digits, for example 72.5.", code="invalid"
            )
        if "," in text:
            raise ValidationError(
                f"“{text}” has a comma. Write a decimal point, for example {text.replace(',', '.')}."
            )
        try:
            number = super().to_python(text)
        except ValidationError:
            raise ValidationError(
                f"“{text}” is not a number. Write digits, for example 72.5.", code="invalid"
            ) from None
        return number

    def validate(self, value: Any) -> None:
        if value is not None and not value.is_finite():
            raise ValidationError(f"“{value}” is not a number. Write digits, for example 72.5.")
        super().validate(value)
        if value is None:
            return
        low, high = self.low, self.high
        unit = f" {self.unit}" if self.unit else ""
        if (low is not None and value < Decimal(str(low))) or (
            high is not None and value > Decimal(str(high))
        ):
            limits = f"{low} to {high}" if high is not None else f"{low} and above"
            guess = value / 10
            hint = (
                f" Did you mean {guess.normalize():f}?" if high is not None and low <= guess <= high else ""
            )
            raise ValidationError(f"{value:f}{unit} is outside {limits}{unit}.{hint}")
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > self.places:
            raise ValidationError(
                f"{value:f} has more than {self.places} decimals. Round it to {self.places}."
            )
