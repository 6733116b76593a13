"""manage.py send_reminders: what is due on a day, by site and recipient; for today it also sends."""

import datetime as dt
import sys
from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from patients.actions.on_request import DayReport, report, send
from patients.presenters import reminder_tables as tables

DESCRIPTION = """\
Prints what is due on a local day, by site and recipient, as the digest of that day tells it.
For today it also sends: each digest once, whoever asks, this command or the sweep. For another day it only prints,
unless --send is given; what is then sent is a message of its own beside the daily one.

The record keeps no history of states: another day means the plan and the record as they stand now, seen from that
day. A past day shows what is still open of what was due then, not what was open then.

Exit status 1: a site with patients on treatment has nobody to tell, or a message was not sent. The result is on
stdout, everything else on stderr.
"""


class Command(BaseCommand):
    help = DESCRIPTION

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--on",
            required=True,
            metavar="DATE",
            help="local day, for example 2026-03-01, or the word today: each site's own",
        )
        parser.add_argument("--site", metavar="NAME", help="only this site")
        parser.add_argument("--send", action="store_true", help="send also when DATE is not today")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            reports = report(on=_day(options["on"]), site_name=options["site"], now=now)
        except ValueError as fault:
            raise CommandError(str(fault)) from fault
        results = send(reports, also_other_days=options["send"], clock=timezone.now)
        write = tables.as_json if options["format"] == "json" else tables.as_text
        self.stdout.write(write(results).rstrip("\n"))
        self._alarms(results)

    def _alarms(self, results: list[DayReport]) -> None:
        faults = [fault for result in results for fault in result.faults]
        for fault in faults:
            self.stderr.write(f"ALARM: {fault}")
        if faults:
            sys.exit(1)


def _day(text: str) -> dt.date | None:
    """None: today, wherever that is."""
    if text == "today":
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as fault:
        raise CommandError(
            f"--on: {text!r} is not a day. Write it as year-month-day, for example 2026-03-01, or today."
        ) from fault
