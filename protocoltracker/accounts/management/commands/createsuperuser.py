"""Django's own command is switched off: people here have roles, and every write has a name behind it."""

from argparse import SUPPRESS, ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Not used here: see create_administrator."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Those of Django's command, so that they lead to the hint as well."""
        for name in ("--username", "--email", "--database"):
            parser.add_argument(name, help=SUPPRESS)
        parser.add_argument("--noinput", "--no-input", action="store_true", help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError(
            "There are no superusers here. Make an administrator: manage.py create_administrator"
        )
