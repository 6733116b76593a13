#!/usr/bin/env python3
"""Run a command: `python manage.py help` lists them.

Works in a set-up clone without a running `make run`: without DATABASE_URL the embedded PostgreSQL is started for the
command and stopped after it, unless somebody else uses it. Only the command's own result goes to stdout.
"""

import os
import signal
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
NO_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "makemigrations",
    "plan",
    "sendtestemail",
    "startapp",
    "startproject",
    "version",
}
AS_OWNER = {"createcachetable", "flush", "inspectdb", "migrate", "showmigrations", "sqlflush", "sqlmigrate"}
NO_TABLES = AS_OWNER - {"flush"}  # these run on an empty database as well
# With no other option than these, `migrate` has applied every migration.
FULL_MIGRATION = {"--no-input", "--noinput", "--skip-checks", "--verbosity=0", "--no-color", "--traceback"}


def main() -> None:
    use_the_clones_python()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "protocoltracker.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command in AS_OWNER:
        os.environ.setdefault("PROTOCOLTRACKER_DB_ROLE", "owner")
    from protocoltracker.embedded import EmbeddedError

    try:
        if os.environ.get("DATABASE_URL") or not needs_database(command, sys.argv[2:]):
            execute()
        else:
            with_embedded_database(command)
    except EmbeddedError as error:
        sys.exit(f"protocoltracker: {error}")


def needs_database(command: str, options: list) -> bool:
    if command.startswith("-") or {"-h", "--help", "--version"} & set(options):
        return False
    return command not in NO_DATABASE or any(option.startswith("--database") for option in options)


def with_embedded_database(command: str) -> None:
    from protocoltracker import embedded
    from protocoltracker.embedded import schema

    for sign in (signal.SIGTERM, signal.SIGHUP):  # end in order, so that the database is stopped as well
        signal.signal(sign, lambda number, frame: sys.exit(128 + number))
    with embedded.available():
        if command == "migrate" and (copy := schema.keep_copy()):
            print(f"A copy of the data before this migration: {copy}", file=sys.stderr)
        if command not in NO_TABLES:
            schema.bring_up_to_date()
        execute()
        if command == "migrate" and FULL_MIGRATION.issuperset(sys.argv[2:]):
            schema.mark()


def execute() -> None:
    from django.core.management import execute_from_command_line

    warnings.filterwarnings("ignore", "Got an error checking a consistent migration history", RuntimeWarning)
    execute_from_command_line(sys.argv)


def use_the_clones_python() -> None:
    """Started by a Python without the needed packages, go on with the one that `make setup` made."""
    if all(find_spec(name) for name in ("django", "celery", "environ", "psycopg")):
        return
    python = HERE / ".venv" / "bin" / "python"
    if python.exists() and Path(sys.prefix).resolve() != (HERE / ".venv").resolve():
        os.execv(python, [str(python), *sys.argv])  # noqa: S606 - this very command
    sys.exit(
        "protocoltracker: this Python has not got the packages that are needed. "
        "Run `make setup` once, then `.venv/bin/python manage.py ...`."
    )


if __name__ == "__main__":
    main()
