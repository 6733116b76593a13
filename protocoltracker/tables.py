"""A table as a page shows it and as a file that a spreadsheet can open safely.

    Table("survival", "Overall survival", (Column("Group"), Column("n", numeric=True)), [("S1", 77), ("S2+", 31)])

On a page: {% include "components/_table.html" with table=table %}. As a file: csv_response(table).
"""

import csv
import datetime as dt
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify

MISSING = "–"
BATCH = 500
"""Rows that are written, and held in memory, at once."""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading. `numeric`: to the right. `places`: decimals on the page; the file has the number in full."""

    label: str
    numeric: bool = False
    places: int | None = None


@dataclass(frozen=True, slots=True)
class Linked:
    """A value that leads somewhere on the page; the file has the value alone."""

    value: object
    url: str


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    numeric: bool
    url: str


@dataclass(frozen=True)
class Table:
    """`rows` are plain values: text, numbers, dates, yes or no, None for what is missing; each as long as `columns`.

    `name` is its id on the page and its file name. Rows that are only written to a file may come from a generator.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: Iterable[Sequence[object]]

    def cells(self) -> Iterator[list[Cell]]:
        """The rows in words, for a page."""
        for row in self.rows:
            yield [_shown(value, column) for value, column in zip(row, self.columns, strict=True)]


def _shown(value: object, column: Column) -> Cell:
    url = value.url if isinstance(value, Linked) else ""
    return Cell(_words(plain(value), column.places), column.numeric, url)


def _words(value: Any, places: int | None) -> str:
    if isinstance(value, str):
        return value or MISSING
    text = str(value) if places is None or isinstance(value, int) else f"{value:.{places}f}"
    return text.replace("-", "−", 1) if text.startswith("-") else text


def plain(value: Any) -> Any:
    """A value as a number or in words: dates as ISO text, "" for what is missing or no number (NaN, infinite)."""
    if isinstance(value, str):
        return str(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float, Decimal)):
        return value if _finite(value) else ""
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return plain(value.value) if isinstance(value, Linked) else str(value)


def _finite(number: int | float | Decimal) -> bool:
    if isinstance(number, Decimal):
        return number.is_finite()
    return isinstance(number, int) or math.isfinite(number)


# --- What a spreadsheet would take for a formula ------------------------------------------------------------------
# Signs that begin one, their wide, small and raised forms too: some programs fold them together.
SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207c\u207a\u208c\u208a"
# Seen as nothing in front of them: blanks, marks without width, a quote that another separator would unwrap.
UNSEEN = (
    '" \u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f'
    "\u2800\u3000\u3164\ufeff\uffa0"
)
CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
# Where a cell begins: at its start, and after what a program set to another separator would split it at.
BEGINS = re.compile(rf"(?:^|(?<=[;\t\r\n]))(?=[{UNSEEN}]*[{SIGNS}])|^(?=[{UNSEEN}]*[\t\r\n])")
SUSPECT = re.compile(f"[{SIGNS}{CONTROLS}\t\r\n]")
NOT_TEXT = re.compile(f"[{CONTROLS}]")


def harmless(text: str) -> str:
    """`text` as a spreadsheet shows but never computes it: an apostrophe before a formula, no control characters."""
    if not SUSPECT.search(text):
        return text
    return BEGINS.sub("'", NOT_TEXT.sub("", text))


def _written(value: object) -> Any:
    """The usual kinds first: a file has a million cells."""
    kind = type(value)
    if kind is str:
        return harmless(value)  # type: ignore[arg-type]
    if kind is int or value is None:
        return value  # None is written as nothing
    if kind is dt.date:
        return value.isoformat()  # type: ignore[attr-defined]
    kept = plain(value)
    return harmless(kept) if isinstance(kept, str) else kept


def csv_lines(table: Table) -> Iterator[str]:
    """The file in pieces of BATCH rows: RFC 4180, comma, CRLF, and a byte order mark for what guesses encodings."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([harmless(column.label) for column in table.columns])
    rows = iter(table.rows)
    while batch := list(islice(rows, BATCH)):
        writer.writerows([[_written(value) for value in row] for row in batch])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def csv_response(table: Table, *, filename: str = "") -> StreamingHttpResponse:
    """The table as a file to keep, sent while it is read: memory does not grow with the number of rows."""
    stem = slugify(filename.removesuffix(".csv") or table.name) or "table"
    return StreamingHttpResponse(
        csv_lines(table),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(True, f"{stem}.csv")},
    )
