"""Heads of the sealed trail, kept outside of the database: one line a sealed block, appended and never rewritten.

A chain of hashes alone shows neither that its end was cut off nor that it was written anew from some block on. A copy
of its heads on another machine (the daily mail, a copied file) shows both.
"""

import datetime as dt
import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from protocoltracker.embedded import folders

LINE = re.compile(r"seal=(\d+) rows=(\d+) last=(\d+) at=(\S+) hash=([0-9a-f]{64})")


@dataclass(frozen=True)
class Head:
    """Block `seq` closes a chain of `total` entries of the trail, the last of them with the id `last_id`."""

    seq: int
    total: int
    last_id: int
    at: dt.datetime
    hash: bytes

    def __str__(self) -> str:
        at = self.at.astimezone(dt.UTC).isoformat(timespec="seconds")
        return f"seal={self.seq} rows={self.total} last={self.last_id} at={at} hash={self.hash.hex()}"


def of_line(line: str) -> Head | None:
    """The head in a line of the file or of a mail, whatever stands around it; None if there is none."""
    found = LINE.search(line)
    if found is None:
        return None
    seq, total, last, at, digest = found.groups()
    return Head(int(seq), int(total), int(last), dt.datetime.fromisoformat(at), bytes.fromhex(digest))


def path() -> Path:
    """The file of this installation."""
    return folders.home() / "audit-heads.log"


def read(file: Path) -> Iterator[Head]:
    """The heads in a file, in its order. Raises OSError."""
    with file.open() as lines:
        yield from (head for line in lines if (head := of_line(line)))


def last_noted(file: Path) -> Head | None:
    """The last head in the file; None when there is no file, or no head in it."""
    try:
        with file.open("rb") as lines:
            lines.seek(max(0, lines.seek(0, os.SEEK_END) - 4096))
            found = [head for line in lines if (head := of_line(line.decode(errors="replace")))]
    except FileNotFoundError:
        return None
    return found[-1] if found else None


def append(file: Path, heads: Iterable[Head]) -> int:
    """Add the heads that come after the last one noted, each once whoever else is doing the same; how many.

    Mode 0600; on the disk when this returns. Raises OSError.
    """
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "ab") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        last = last_noted(file)
        new = [head for head in heads if last is None or head.seq > last.seq]
        log.write("".join(f"{head}\n" for head in new).encode())
        log.flush()
        os.fsync(log.fileno())
    return len(new)
