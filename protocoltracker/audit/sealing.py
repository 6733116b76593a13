"""Seal what was written since the last time, and note the new heads outside of the database."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from protocoltracker.audit import heads
from protocoltracker.audit.heads import Head

BLOCK = 1000  # entries


class Broken(Exception):
    """The heads that were noted are not those of this database: the trail was cut, or is of a restored copy."""


@dataclass(frozen=True)
class Sealed:
    blocks: int
    entries: int
    waiting: int  # entries that are not sealed yet
    head: Head | None


def seal(*, file: Path | None = None) -> Sealed:
    """Seal all that is committed, block by block, each in a transaction of its own; then note the heads in `file`.

    Raises Broken when the file's last head is not in the database: nothing is noted then.
    """
    before = head()
    blocks = 0
    while seal_block():
        blocks += 1
    now = head()
    note(file or heads.path())
    entries = (now.total if now else 0) - (before.total if before else 0)
    return Sealed(blocks, entries, waiting(), now)


def seal_block(most: int = BLOCK) -> int | None:
    """One block; its number, or None when nothing is left to seal now."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT audit.seal_block(%s)", [most])
        return cursor.fetchone()[0]


def note(file: Path) -> int:
    """Append the heads that the file does not have yet; how many. Raises Broken, OSError."""
    last = heads.last_noted(file)
    if last is not None and last.hash != next((one.hash for one in after(last.seq - 1)), None):
        raise Broken(
            f"Head {last.seq} of {last.at:%Y-%m-%d %H:%M} UTC, noted in {file}, is not in this database. If it is a "
            "restored copy, put that file aside under another name and keep it; if not, the trail was cut: run "
            "manage.py verify_audit."
        )
    return heads.append(file, after(last.seq if last else 0))


def after(seq: int) -> Iterator[Head]:
    """The heads after block `seq`, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq, total, last_id, at, hash FROM audit.seal WHERE seq > %s ORDER BY seq", [seq]
        )
        while rows := cursor.fetchmany(1000):
            yield from (_head(*row) for row in rows)


def head() -> Head | None:
    """The head now; None when nothing was sealed yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, total, last_id, at, hash FROM audit.seal ORDER BY seq DESC LIMIT 1")
        row = cursor.fetchone()
    return _head(*row) if row else None


def _head(seq: int, total: int, last_id: int, at: dt.datetime, digest: bytes) -> Head:
    return Head(seq, total, last_id, at, bytes(digest))


def waiting() -> int:
    """How many entries are not sealed yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM audit.change WHERE id > (SELECT coalesce(max(last_id), 0) FROM audit.seal)"
        )
        return cursor.fetchone()[0]
