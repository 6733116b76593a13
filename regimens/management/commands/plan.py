"""manage.py plan: the whole treatment of one patient as CSV or JSON, for people and scripts."""

from __future__ import annotations

import os
import re
import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from regimens import loading, tables
from regimens.dosing import Measurements
from regimens.limits import CD20, HEIGHT, WEIGHT, PlanError, Range, read_number
from regimens.schedule import Plan, plan

DESCRIPTION = f"""\
Prints every planned dose of a treatment under the shipped protocol. Not an order.

Columns: {", ".join(tables.COLUMNS[:7])},
         {", ".join(tables.COLUMNS[7:])}

phase          mini-hcvd, blinatumomab, pomp or blinatumomab-maintenance; cycle counts within the phase
day            day of the cycle; day 1 is its first day
until          last day, included, of a continuous infusion or of a drug taken every day; else empty
times_per_day  administrations a day; 1 for an infusion
protocol_dose  as the protocol says it, in protocol_unit (mg, mg/m2, ug/day, ug/m2/day)
bsa_m2         body surface, rounded once to 2 decimals half up; empty where the dose does not depend on it
dose           one administration (of an infusion by the day: one day), 3 decimals half up, before any
               rounding to vials or tablets, in dose_unit (mg or ug/day)
provenance     tags of the sources of every value in the row: A publication, B1, B2, ... other public sources,
               GK general knowledge, C found nowhere. GK and C: to be confirmed by the study team.

In JSON the same names; numbers are numbers, an empty value is null.
"""
# Fields of a PlanError -> the option that a person typed.
OPTIONS = {
    "arm": "--arm",
    "dose_level": "--dose-level",
    "start": "--start",
    "height_cm": "--height",
    "weight_kg": "--weight",
    "cd20_pct": "--cd20",
}
WRITERS: dict[str, Callable[[Plan], str]] = {"csv": tables.as_csv, "json": tables.as_json}


class Command(BaseCommand):
    help = DESCRIPTION
    requires_system_checks = ()

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        names = [name for name, _ in loading.shipped()]
        add = parser.add_argument
        add("--protocol-version", required=True, metavar="|".join(names), help="version of the protocol")
        add("--arm", required=True, help="arm of that version: inotuzumab or inotuzumab-plus-blinatumomab")
        add("--dose-level", help="1.8 or 1.3; needed where the version has dose levels, refused where not")
        add("--start", required=True, metavar="DATE", help="day 1 of cycle 1, as YYYY-MM-DD")
        add("--height", required=True, metavar="CM", help="120 to 220")
        add("--weight", required=True, metavar="KG", help="30 to 250")
        add("--cd20", metavar="PCT", help="CD20 in percent, 0 to 100; left out: not known, so no rituximab")
        add("--format", choices=tuple(WRITERS), default="csv", help="csv (default) or json")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = WRITERS[options["format"]](_plan(options))
        except PlanError as error:
            option = OPTIONS.get(error.field)
            raise CommandError(f"{option}: {error.message}" if option else error.message) from None
        self._print(text)

    def _print(self, text: str) -> None:
        try:
            self.stdout.write(text, ending="")
            self.stdout.flush()
        except BrokenPipeError:
            # The reader (head, less) has had enough: no fault. Python would complain once more at its end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _plan(options: dict[str, Any]) -> Plan:
    definition = _definition(options["protocol_version"])
    start = _start(options["start"])
    height, weight = _number(options["height"], HEIGHT), _number(options["weight"], WEIGHT)
    cd20 = None if options["cd20"] is None else _number(options["cd20"], CD20)
    return plan(
        definition,
        arm=options["arm"],
        dose_level=options["dose_level"],
        start=start,
        measurements=Measurements(height, weight),
        cd20_pct=cd20,
    )


def _definition(name: str) -> Any:
    try:
        return loading.shipped_definition(name)
    except KeyError:
        names = " or ".join(name for name, _ in loading.shipped())
        raise CommandError(f"--protocol-version: expected {names}; found {name!r:.60}") from None


def _number(typed: Any, limits: Range) -> Decimal:
    return limits.check(read_number(str(typed), field=limits.field))


def _start(typed: Any) -> date:
    """Dates are typed in one way only: 03/04/2020 is two different days to two readers."""
    text = str(typed).strip()
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise PlanError(f"{text!r:.40} is not a date written YYYY-MM-DD, such as 2020-01-31.", field="start")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PlanError(f"{text} is not a date of the calendar.", field="start") from None
