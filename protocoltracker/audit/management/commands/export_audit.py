"""manage.py export_audit FILE: the whole audit trail as a data file."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from protocoltracker.audit import exporting


class Command(BaseCommand):
    help = (
        "Writes every entry of the audit trail with all of its columns to FILE (- is stdout), in the order of "
        "their ids. Told at the end: how many there are and a hash over all of them, the same for both formats."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--format", choices=["csv", "jsonl"], default="csv")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            exported = self._write(options["file"], options["format"])
        summary = json.dumps({"rows": exported.rows, "sha256": exported.hash, "file": options["file"]})
        (self.stderr if options["file"] == "-" else self.stdout).write(summary)

    def _write(self, name: str, form: exporting.Format) -> exporting.Exported:
        if name == "-":
            return exporting.export(sys.stdout.buffer, form=form)
        draft = Path(name + ".part")
        try:
            draft.touch(mode=0o600)
            with draft.open("wb") as out:
                exported = exporting.export(out, form=form)
            draft.replace(name)
        except OSError as fault:
            raise CommandError(f"{name} cannot be written: {fault.strerror}.") from fault
        return exported
