"""manage.py verify_audit: is the trail what was sealed, and do the tables hold what it says?"""

import json
import sys
from argparse import RawDescriptionHelpFormatter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from protocoltracker.audit import heads, replaying, verifying
from protocoltracker.audit.heads import Head

DESCRIPTION = """\
Works out every hash of the sealed audit trail anew and names each entry that was edited, removed, moved or inserted,
and each block that was edited, cut off or written anew. Nothing in the database is believed but what the hashes prove.

Heads noted outside show what a chain alone cannot: a cut end, and a chain that was written anew. They are read from the
data folder, or from --anchors FILE: a copy kept elsewhere, or the text of the daily mails.

With --replay it also goes through the trail from its first entry and compares where it leads with what the tables hold.

Entries written since the last sealing are counted, but nothing protects them yet but --replay.
Exit status 1: something was found. The result is on stdout, everything else on stderr.
"""


class Command(BaseCommand):
    help = DESCRIPTION
    requires_system_checks = ()

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchors", type=Path, metavar="FILE", help="heads noted outside of the database"
        )
        parser.add_argument(
            "--replay", action="store_true", help="also compare the replayed trail with the tables"
        )
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        anchors = _anchors(options["anchors"])
        with transaction.atomic(durable=True):
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute("SET LOCAL timezone = 'UTC'")
            verdict = verifying.verify(connection.connection, anchors=anchors)
            replayed = replaying.replay() if options["replay"] else None
        intact = verdict.intact and (replayed is None or replayed.equal)
        if options["format"] == "json":
            self._as_json(verdict, replayed, intact=intact)
        else:
            self._as_text(verdict, replayed)
        if not intact:
            sys.exit(1)

    def _as_json(self, verdict: Any, replayed: Any, *, intact: bool) -> None:
        answer = {"intact": intact, **asdict(verdict)}
        if replayed is not None:
            answer["replay"] = asdict(replayed)
        self.stdout.write(json.dumps(answer, indent=2, default=str))

    def _as_text(self, verdict: verifying.Verdict, replayed: replaying.Replayed | None) -> None:
        write = self.stdout.write
        for finding in verdict.findings:
            write(f"{finding.kind}: {finding.text}")
        state = "intact" if verdict.intact else f"NOT INTACT, {len(verdict.findings)} findings"
        write(
            f"Trail {state}: {verdict.sealed} entries in {verdict.blocks} blocks, compared with {verdict.anchors} "
            f"heads noted outside; {verdict.unsealed} entries are not sealed yet."
        )
        if verdict.head:
            write(f"Head: {verdict.head}")
        if replayed is not None:
            for difference in replayed.differences:
                write(f"replay: {difference}")
            state = (
                "equals the tables" if replayed.equal else f"DIFFERS, {len(replayed.differences)} differences"
            )
            write(f"Replay {state}: {replayed.rows} rows of {replayed.tables} tables.")
            for note in replayed.notes:
                write(f"Not compared: {note}")


def _anchors(chosen: Path | None) -> list[Head]:
    file = chosen or heads.path()
    if chosen is None and not file.exists():
        return []
    try:
        return list(heads.read(file))
    except OSError as fault:
        raise CommandError(f"--anchors: {file} cannot be read: {fault.strerror}.") from fault
