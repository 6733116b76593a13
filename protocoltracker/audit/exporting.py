"""The whole trail as a file: every entry with all of its columns, in the order of their ids, streamed."""

import csv
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, BinaryIO, Literal

from django.db import connection

COLUMNS = (
    *("id", "at", "transaction_id", "table_name", "row_id", "patient_id", "operation", "actor", "reason"),
    *("source", "request_id", "database_role", "old", "new"),
)
# Old and new as they are stored, letter by letter; times in UTC. `hash` is that of the entry in its seal.
QUERY = """
    SELECT id, at, transaction_id::text, table_name, row_id, patient_id::text, operation, actor, reason, source,
        request_id, database_role, old::text, new::text, record_send(ROW(id, at, transaction_id, table_name, row_id,
        patient_id, operation, actor, reason, source, request_id, database_role, old, new)) AS sealed
    FROM audit.change ORDER BY id
"""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
Format = Literal["csv", "jsonl"]


@dataclass(frozen=True)
class Exported:
    """`hash`: SHA-256 over the entries' own hashes in their order, the same whatever the format."""

    rows: int
    hash: str


def export(out: BinaryIO, *, form: Format) -> Exported:
    """Write the trail to `out` in UTF-8. Call it inside a transaction whose view stands still.

    In the CSV a text that a spreadsheet would take for a formula has an apostrophe before it; JSON lines are unchanged.
    """
    write = _csv_writer(out) if form == "csv" else _json_writer(out)
    rows, whole = 0, sha256()
    for *values, sealed in _entries():
        digest = sha256(sealed).digest()
        write([*values, digest.hex()])
        whole.update(digest)
        rows += 1
    return Exported(rows, whole.hexdigest())


def count_and_hash() -> Exported:
    """What the database says of the whole trail by itself, to compare an export with."""
    rows, whole = 0, sha256()
    for row in _entries():
        whole.update(sha256(row[-1]).digest())
        rows += 1
    return Exported(rows, whole.hexdigest())


def _entries() -> Iterator[Any]:
    with connection.connection.cursor(name="audit_export", binary=True) as cursor:
        cursor.itersize = 1000
        cursor.execute(QUERY)
        yield from cursor


def _csv_writer(out: BinaryIO) -> Any:
    lines: list[str] = []
    writer = csv.writer(_Lines(lines))

    def write(values: list[Any]) -> None:
        writer.writerow([_cell(value) for value in values])
        out.write(lines.pop().encode())

    writer.writerow([*COLUMNS, "hash"])
    out.write(lines.pop().encode())
    return write


class _Lines:
    """A file for csv.writer that keeps the one line just written."""

    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append


def _cell(value: Any) -> Any:
    value = _plain(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _json_writer(out: BinaryIO) -> Any:
    def write(values: list[Any]) -> None:
        row = dict(zip((*COLUMNS, "hash"), map(_plain, values), strict=True))
        row["old"], row["new"] = (
            None if row[key] is None else json.loads(row[key]) for key in ("old", "new")
        )
        out.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")

    return write


def _plain(value: Any) -> Any:
    return value.astimezone(dt.UTC).isoformat() if isinstance(value, dt.datetime) else value
