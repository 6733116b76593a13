"""manage.py import_patients: the former patients of a file, all of them or none."""

import sys
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from patients.actions import importing
from patients.cohort.cells import Day, Fault
from patients.cohort.files import content_of, name_of
from patients.management.printing import fitting
from patients.presenters import import_tables as tables

DESCRIPTION = """\
Stores the former patients of a CSV file (UTF-8, commas, the 49 columns in any order), or none of them. They are
history: no dose is planned for them, nothing becomes due and nobody is reminded. Sites that are missing are created.

What cannot be so is an error and blocks the whole file; what is unusual is a warning, listed and stored. Patients who
are stored already with the same values stay as they are. Row 1 is the first patient; row 0 is the file as a whole.

Exit status 1: an error blocks, nothing was stored. The result is on stdout, everything else on stderr.
"""
BY = "system:import"


class Command(BaseCommand):
    help = DESCRIPTION

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.csv")
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument("--format", choices=["text", "json"], default="text")
        parser.add_argument(
            "--data-cutoff",
            metavar="DATE",
            help="no date of the file lies after this day, for example 2021-06-15; otherwise after today",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        cutoff = _day(options["data_cutoff"])
        today = importing.today_anywhere()
        path = Path(options["file"])
        content = content_of(path)
        if not isinstance(content, bytes):
            done = importing.Checked.unread(content)
        elif options["dry_run"]:
            done = importing.check(content, today=today, data_cutoff=cutoff)
        else:
            done = importing.store(
                by=BY, content=content, today=today, data_cutoff=cutoff, source=name_of(path)
            )
        write = tables.as_json if options["format"] == "json" else tables.as_text
        self.stdout.write(fitting(self.stdout, write(done, dry_run=options["dry_run"])))
        if done.blocked:
            sys.exit(1)


def _day(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return Day().read(text)
    except Fault as fault:
        raise CommandError(f"--data-cutoff {text!r} {fault.message}", returncode=2) from fault
