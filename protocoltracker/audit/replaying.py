"""Play the trail from its first entry and compare where it leads with what the tables hold now.

For every watched table: each row begins with an insert, each change starts from what the entry before it left, and what
the last entry left is the row as it stands. Columns that are left out of the trail, or of which it only says that they
changed, cannot be compared; they are named in the notes.
"""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from psycopg import sql

_number = itertools.count(1)

# The rows of the table beside the last entry of each row that ever was; only those that are not the same.
# An entry is read through the types of the table, so that 1.50 and 1.5 or two ways to write an instant are one value.
STANDS = """
    SELECT coalesce(l.row_id, t.id::text), to_jsonb(t) - {skipped}, l.new - {skipped} FROM {table} t
    FULL JOIN (SELECT DISTINCT ON (row_id) row_id, new::jsonb AS new FROM audit.change
               WHERE table_name = {name} ORDER BY row_id, id DESC) l ON l.row_id = t.id::text
    WHERE (t.id IS NULL) <> (l.new IS NULL)
       OR to_jsonb(t) - {skipped} IS DISTINCT FROM l.new - {skipped}
      AND to_jsonb(t) - {skipped} IS DISTINCT FROM to_jsonb(jsonb_populate_record(NULL::{table}, l.new)) - {skipped}
    ORDER BY 1
"""
# Entries that do not start from where the one before them ended.
GAPS = """
    SELECT id, row_id, operation, before - {skipped}, old - {skipped} FROM (
        SELECT id, row_id, operation, old::jsonb AS old, lag(new::jsonb) OVER w AS before
        FROM audit.change WHERE table_name = {name} WINDOW w AS (PARTITION BY row_id ORDER BY id)) steps
    WHERE before - {skipped} IS DISTINCT FROM old - {skipped} OR (before IS NULL) <> (operation = 'insert')
    ORDER BY id
"""


@dataclass(frozen=True)
class Difference:
    """`column` is empty when the whole row is meant."""

    table: str
    row: str
    column: str
    text: str

    def __str__(self) -> str:
        return f"{self.table} {self.row}{f' {self.column}' if self.column else ''}: {self.text}"


@dataclass
class Replayed:
    tables: int = 0
    rows: int = 0
    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        return not self.differences


def replay() -> Replayed:
    """Every watched table. Call it inside a transaction whose view stands still, with time zone UTC."""
    result = Replayed()
    for table, left_out, hidden in list(_rows(sql.SQL("SELECT * FROM audit.watched ORDER BY table_name"))):
        skipped = [*left_out, *hidden]
        names = {
            "table": sql.Identifier(table),
            "name": sql.Literal(table),
            "skipped": sql.SQL("{}::text[]").format(sql.Literal(skipped)),
        }
        result.differences += _stands(table, names, result.notes)
        result.differences += _gaps(table, names)
        result.notes += [f"{table}.{column} (left out of the trail)" for column in left_out]
        result.notes += [f"{table}.{column} (the trail says only that it changed)" for column in hidden]
        result.rows += next(_rows(sql.SQL("SELECT count(*) FROM {table}").format(**names)))[0]
        result.tables += 1
    return result


def _stands(table: str, names: dict[str, sql.Composable], notes: list[str]) -> Iterator[Difference]:
    younger: dict[str, int] = {}
    for row, *both in _rows(sql.SQL(STANDS).format(**names)):
        stands, told = map(_read, both)
        if told is None:
            yield Difference(table, row, "", "stands in the table, but the trail does not lead to it")
        elif stands is None:
            yield Difference(table, row, "", "the trail leads to it, but it is not in the table")
        else:
            for column in stands.keys() - told.keys():  # made by a migration after the entry
                younger[column] = younger.get(column, 0) + 1
            for column in sorted(stands.keys() & told.keys()):
                if stands[column] != told[column]:
                    text = f"holds {stands[column]!r}, the trail leads to {told[column]!r}"
                    yield Difference(table, row, column, text)
    notes += [
        f"{table}.{column} in {rows} rows (younger than their last entry)" for column, rows in younger.items()
    ]


def _gaps(table: str, names: dict[str, sql.Composable]) -> Iterator[Difference]:
    for number, row, operation, *both in _rows(sql.SQL(GAPS).format(**names)):
        before, old = map(_read, both)
        if before is None or old is None or operation == "insert":
            yield Difference(
                table, row, "", f"entry {number}, {operation}, does not follow the one before it"
            )
            continue
        for column in sorted(before.keys() & old.keys()):
            if before[column] != old[column]:
                text = (
                    f"entry {number} starts from {old[column]!r}, the one before it left {before[column]!r}"
                )
                yield Difference(table, row, column, text)


def _rows(query: sql.Composable) -> Iterator[Any]:
    """Rows from a cursor of the server, so that memory does not grow with them; json comes as text."""
    with connection.connection.cursor(name=f"audit_replay_{next(_number)}") as cursor:
        cursor.itersize = 1000
        cursor.execute(query)
        yield from cursor


def _read(row: str | None) -> Any:
    return None if row is None else json.loads(row)
