"""Copies of the embedded database as one file each, and the way back."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from . import addresses, folders, identity
from .folders import EmbeddedError

KEPT = 5


def save(target: Path | None = None) -> Path:
    """Write a copy to `target`, or to home/backups/ where the newest five are kept. The cluster must be running."""
    folder = folders.private(folders.home() / "backups")
    path = target or folder / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}Z.dump"
    draft = path.with_name(path.name + ".part")
    draft.touch(mode=0o600)
    _run("pg_dump", "--format=custom", f"--file={draft}")
    draft.replace(path)
    if target is None:
        for old in sorted(folder.glob("*.dump"))[:-KEPT]:
            old.unlink()
    return path


def restore(path: Path) -> None:
    """Fill the database from a copy. Errors: EmbeddedError if it already has tables."""
    from . import schema

    if schema.has_tables():
        raise EmbeddedError(
            f"The database in {folders.cluster()} is not empty, so {path} was not restored into it. "
            "Rename that folder first, or choose another data folder with PROTOCOLTRACKER_HOME."
        )
    _run("pg_restore", "--exit-on-error", "--dbname", addresses.DATABASE, str(path))


def _run(program: str, *arguments: str) -> None:
    known = addresses.connection("superuser")
    names = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    env = {**os.environ, **{name: known[key] for name, key in names.items()}}
    done = subprocess.run([identity.program(program), *arguments], env=env, capture_output=True, text=True)
    if done.returncode:
        raise EmbeddedError(f"{program} failed:\n{done.stderr.strip()}")
