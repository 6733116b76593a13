"""Whether the embedded database has the tables of this code, told by a note beside it instead of by asking Django."""

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from . import addresses, copies, folders
from .folders import EmbeddedError

ROOMS = ("protocoltracker", "regimens", "patients")
MIGRATE = ("migrate", "--no-input", "--verbosity=0")


def up_to_date() -> bool:
    """Whether every migration of this code has been applied to this cluster."""
    try:
        return _note().read_text() == _fingerprint()
    except FileNotFoundError:
        return False


def ever_applied() -> bool:
    """Whether this cluster has been migrated before, by this or an older code."""
    return _note().exists()


def mark() -> None:
    """Note that every migration of this code has been applied."""
    _note().write_text(_fingerprint())


def has_tables() -> bool:
    """Whether any migration was ever applied. The cluster must be running."""
    import psycopg

    with psycopg.connect(addresses.url("superuser")) as database:
        return database.execute("SELECT to_regclass('public.django_migrations') IS NOT NULL").fetchone() == (
            True,
        )


def keep_copy() -> Path | None:
    """A copy of the data, if there are any and migrations are waiting to change them."""
    return None if up_to_date() or not has_tables() else copies.save()


def bring_up_to_date() -> None:
    """Apply the migrations that are waiting, as the owner of the tables, with a copy kept. Chatter goes to stderr."""
    if up_to_date():
        return
    command = [sys.executable, str(folders.REPOSITORY / "manage.py"), *MIGRATE]
    env = {**os.environ, "PROTOCOLTRACKER_DB_ROLE": "owner"}
    if subprocess.run(command, stdout=sys.stderr, env=env).returncode:
        raise EmbeddedError("The tables could not be brought up to date; the reason stands above.")


def _note() -> Path:
    return folders.cluster() / "migrated"


def _fingerprint() -> str:
    """Of the migrations there are: ours by name, Django's by its version."""
    ours = (path for room in ROOMS for path in (folders.REPOSITORY / room).glob("**/migrations/*.py"))
    names = sorted(str(path.relative_to(folders.REPOSITORY)) for path in ours)
    return hashlib.sha256("\n".join([version("django"), *names]).encode()).hexdigest()
