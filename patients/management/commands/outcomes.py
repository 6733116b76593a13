"""manage.py outcomes: the figures of the trial at a data cut-off."""

import datetime as dt
import json
from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from patients.actions.import_context import today_anywhere
from patients.cohort.cells import Day, Fault
from patients.management.printing import fitting
from patients.outcomes import dataset
from patients.outcomes.definitions import DEFAULT, PRESETS
from patients.outcomes.figures import figures
from patients.outcomes.report import report
from patients.outcomes.text import as_text

DESCRIPTION = """\
Prints the figures of the trial at a data cut-off: who was enrolled later is not in them, and what happened later is
not known. Of a record without patients it prints zeros and nulls.

json holds every figure in full precision, in percent and in months of 30.4375 days; text is for reading: the abstract,
the tables and the definitions. The result is on stdout, everything else on stderr.
"""


class Command(BaseCommand):
    help = DESCRIPTION

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=["text", "json"], default="text")
        parser.add_argument(
            "--data-cutoff",
            metavar="DATE",
            help="last day that is known, for example 2021-06-15; default today",
        )
        parser.add_argument(
            "--preset",
            choices=sorted(PRESETS),
            default=DEFAULT.name,
            help="which test the text names beside rates; json has them all",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        cutoff = _day(options["data_cutoff"]) or today_anywhere()
        definitions = PRESETS[options["preset"]].at(cutoff)
        subjects = dataset.subjects(cutoff=cutoff)
        if options["format"] == "json":
            self.stdout.write(json.dumps(report(subjects, definitions), indent=1, allow_nan=False))
        else:
            self.stdout.write(fitting(self.stdout, as_text(figures(subjects, definitions))))


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return Day().read(text)
    except Fault as fault:
        raise CommandError(f"--data-cutoff {text!r} {fault.message}", returncode=2) from fault
