"""Store protocol files as immutable, hashed versions; a file that is stored already changes nothing."""

import os
import stat
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from regimens import actions, loading
from regimens.reading.faults import Fault
from regimens.reading.tree import MAX_CHARACTERS

MAX_BYTES = 4 * MAX_CHARACTERS  # no character takes more in UTF-8
BY = "system:load_protocol"


class Command(BaseCommand):
    help = (
        "Store protocol files as immutable versions. The same file again changes nothing; a changed file is the next "
        "revision of its version. With a fault in any file nothing is stored: all faults are listed, and the exit "
        "status is 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", metavar="FILE", nargs="*", type=Path, help="protocol file (YAML, UTF-8)")
        parser.add_argument(
            "--shipped", action="store_true", help="the protocol that comes with this program"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["files"]) == options["shipped"]:
            raise CommandError("Give either one or more protocol files, or --shipped.")
        texts = _shipped() if options["shipped"] else _read(options["files"])
        with transaction.atomic():  # all files or none
            for name, text in texts:
                self.stdout.write(f"{name}: {_described(actions.load_version(text=text, by=BY))}")


def _described(stored: actions.Stored) -> str:
    version = stored.version
    what = f"{version.protocol} {version.name}, revision {version.revision}, {version.sha256[:12]}"
    if stored.is_new:
        return f"stored as {what}, in force from {version.effective_on} unless a site has its own date"
    return f"no change, stored before as {what}"


def _shipped() -> list[tuple[str, str]]:
    return [(f"{name}.yaml", text) for name, text in loading.shipped()]


def _read(files: list[Path]) -> list[tuple[str, str]]:
    """(name, text) of every file, or one CommandError with all faults of all of them."""
    texts, faults = [], []
    for file in files:
        text, found = _read_one(file)
        texts.append((_shown(file), text))
        faults += [f"{_shown(file)}: {fault}" for fault in found]
    if faults:
        number = f"{len(faults)} fault" + ("s" if len(faults) > 1 else "")
        raise CommandError(f"{number}, nothing was stored.\n" + "\n".join(faults))
    return texts


def _read_one(file: Path) -> tuple[str, tuple[Fault | str, ...]]:
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            return "", ("expected a file; found a directory or a device",)
        if status.st_size > MAX_BYTES:
            return "", (f"expected at most {MAX_BYTES} bytes; found {status.st_size}",)
        data = file.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the name
        return "", (f"cannot be read: {getattr(error, 'strerror', None) or error}",)
    loaded = loading.load_bytes(data)
    return loaded.text, loaded.faults or actions.check_names(loaded.definition)


def _shown(file: Path) -> str:
    """The name as it can be printed: one typed in another encoding would end the command."""
    return os.fsencode(file).decode("utf-8", "replace")
