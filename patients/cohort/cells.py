"""The text of one cell to its value. Each kind of cell says what it accepts; anything else is a Fault with a way out.

Spaces and tabs around a cell are left off, apart from notes; a cell that is then empty is blank. A number is written
with digits and one point, 1e-06 is accepted; a whole number may be written 4.0. Nothing is ever rounded.
"""

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any, Protocol

from regimens.reading.faults import quoted

EARLIEST = dt.date(1900, 1, 1)
LAST_SUBJECT = 999_999
LONGEST_SITE = 80
LONGEST_NOTES = 10_000
BLANKS = " \t"

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,3})?")
_DECIMAL_COMMA = re.compile(r"-?[0-9]{1,40},[0-9]{1,40}")
_WHOLE = re.compile(r"-?[0-9]{1,40}(?:\.0{1,40})?")
_SUBJECT = re.compile(r"[0-9]{1,40}")
_EXACT = Context(prec=1100)  # holds every number that _NUMBER accepts without rounding
_LINE_ENDS = re.compile("\r\n?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Fault(ValueError):
    """The text is no value of this column. The message goes on after the column and the value."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message


class Kind(Protocol):
    """A kind of cell."""

    def read(self, text: str) -> Any:
        """The value of a cell that is not blank. Errors: Fault."""
        ...


def bare(text: str) -> str:
    """The text of a cell without the blanks around it."""
    return text.strip(BLANKS)


@dataclass(frozen=True)
class Subject:
    """A number of the trial-wide sequence; 1 and 001 are the same."""

    def read(self, text: str) -> int:
        if not _SUBJECT.fullmatch(text):
            raise Fault("subject", "is no subject number. Write digits alone, for example 001.")
        if not 1 <= int(text) <= LAST_SUBJECT:
            raise Fault("range", f"is out of range: subject numbers run from 1 to {LAST_SUBJECT}.")
        return int(text)


@dataclass(frozen=True)
class Day:
    """A day of the calendar, from 1900 on."""

    def read(self, text: str) -> dt.date:
        if not _DAY.fullmatch(text):
            raise Fault("date", "is no date. Write year-month-day, for example 2016-03-02.")
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            raise Fault("date", "is not in the calendar. Look at the month and the day again.") from None
        if day < EARLIEST:
            raise Fault("date", f"lies before {EARLIEST}. Look at the year again.")
        return day


@dataclass(frozen=True, kw_only=True)
class Number:
    """`low` to `high`, both included, in `unit`, with at most `places` decimals."""

    low: int
    high: int
    places: int
    unit: str = ""

    def read(self, text: str) -> Decimal:
        if _DECIMAL_COMMA.fullmatch(text):
            raise Fault("number", f"has a comma. Write the decimals after a point: {text.replace(',', '.')}.")
        if not _NUMBER.fullmatch(text):
            raise Fault(
                "number", "is no number. Write digits with a point, for example 7.5, or leave it blank."
            )
        value = Decimal(text)
        if not self.low <= value <= self.high:
            raise Fault(
                "range", f"is out of range: {self.low} to {self.high}{self._unit}. Correct the value."
            )
        return self._fitting(value)

    def _fitting(self, value: Decimal) -> Decimal:
        value = abs(value.normalize(_EXACT)) if value == 0 else value.normalize(_EXACT)
        if -int(value.as_tuple().exponent) > self.places:
            raise Fault(
                "decimals",
                f"has more than {self.places} decimals, and nothing is rounded silently. Round it in the file.",
            )
        return value

    @property
    def _unit(self) -> str:
        return f" {self.unit}" if self.unit else ""


@dataclass(frozen=True)
class Whole:
    """A whole number, `low` to `high`, both included."""

    low: int
    high: int

    def read(self, text: str) -> int:
        if not _WHOLE.fullmatch(text):
            raise Fault("number", "is no whole number. Write digits alone, for example 4, or leave it blank.")
        value = int(text.partition(".")[0])
        if not self.low <= value <= self.high:
            raise Fault("range", f"is out of range: {self.low} to {self.high}. Correct the value.")
        return value


@dataclass(frozen=True)
class Code:
    """One of a list, written exactly so."""

    codes: tuple[str, ...]

    def read(self, text: str) -> str:
        if text in self.codes:
            return text
        near = next((code for code in self.codes if code.casefold() == text.casefold()), None)
        if near is not None:
            raise Fault("code", f"is not known. Did you mean {quoted(near)}? Write it exactly so.")
        raise Fault("code", f"is not known. Write one of: {', '.join(self.codes)}.")


@dataclass(frozen=True)
class YesNo:
    def read(self, text: str) -> bool:
        return Code(("yes", "no")).read(text) == "yes"


@dataclass(frozen=True)
class SiteName:
    def read(self, text: str) -> str:
        if not text.isprintable():
            raise Fault(
                "text", "has a character that is not seen on a page. Write the name of the site anew."
            )
        if len(text) > LONGEST_SITE:
            raise Fault("length", f"is longer than {LONGEST_SITE} characters. Shorten the name of the site.")
        return text


@dataclass(frozen=True)
class Notes:
    """Kept as written, blanks around it included; a line break inside is a line feed whatever the file uses."""

    def read(self, text: str) -> str:
        if found := _CONTROL.search(text):
            raise Fault(
                "text",
                f"has the control character U+{ord(found[0]):04X} in place {found.start() + 1}. Remove it.",
            )
        if len(text) > LONGEST_NOTES:
            raise Fault("length", f"is longer than {LONGEST_NOTES:,} characters. Shorten it.")
        return _LINE_ENDS.sub("\n", text)
