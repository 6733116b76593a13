"""Text to rows of cells as RFC 4180 says: commas, quotation marks around a cell doubled inside it.

Stricter than Python's csv, which lets quotation marks in the middle of a cell pass. A row ends with CR LF, LF or CR; a
row may hold several lines, where a quoted cell does.
"""

import re
from collections.abc import Iterator

MOST_CELLS = 1_000
"""Of one row; far above the 49 columns, far below what a file of commas alone would fill the memory with."""

_CELL = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"|([^",\r\n]*+)')
_ROW_END = re.compile(r"\r\n|\n|\r")
_BLANK_LINES = re.compile(r"(?:[^\S\r\n]*+(?:\r\n|\n|\r))*+")


class Unreadable(ValueError):
    """Where rows and cells can no longer be told apart. `row`: 0 is the row of the column names."""

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row = row
        self.message = message


def rows(text: str) -> Iterator[list[str]]:
    """The rows of cells, the one of the column names first; a line without a comma is a row of one cell.

    Lines without any text at the end are left out. Errors: Unreadable.
    """
    place, row, blank = 0, 0, 0
    while place < len(text):
        cells, place = _row(text, place, row + blank)
        if len(cells) == 1 and not cells[0].strip():
            lines, place = _blank_lines(text, place)
            blank += 1 + lines
            continue
        for _ in range(blank):
            yield [""]
        row, blank = row + blank + 1, 0
        yield cells


def _blank_lines(text: str, place: int) -> tuple[int, int]:
    """How many lines from `place` on are blank, counted at once (a file may be nothing else), and where they end."""
    found = _BLANK_LINES.match(text, place)
    end = found.end() if found else place
    ends = (text.count(sign, place, end) for sign in ("\n", "\r", "\r\n"))
    return next(ends) + next(ends) - next(ends), end


def _row(text: str, place: int, row: int) -> tuple[list[str], int]:
    """The cells of the row that begins at `place`, and where the next one begins."""
    cells: list[str] = []
    while True:
        found = _CELL.match(text, place)
        quoted, plain = found.groups() if found else (None, "")
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        place = found.end() if found else place
        if len(cells) > MOST_CELLS:
            raise Unreadable(
                row, f"The row has more than {MOST_CELLS:,} cells. Look at its commas and line ends."
            )
        if place == len(text):
            return cells, place
        if text[place] == ",":
            place += 1
        elif end := _ROW_END.match(text, place):
            return cells, end.end()
        else:
            raise Unreadable(row, _why(text, place, quoted is not None))


def _why(text: str, place: int, after_quotes: bool) -> str:
    line = len(_ROW_END.findall(text, 0, place)) + 1
    if after_quotes:
        return (
            f"In line {line} something follows a closing quotation mark. A cell in quotation marks ends with a comma "
            "or the line; a quotation mark inside it is doubled."
        )
    if text[place - 1 : place] in {",", "\n", "\r", ""}:
        return (
            f"The quotation mark that opens a cell in line {line} is never closed: the file may be cut off. Close it, "
            "or take the whole file."
        )
    return (
        f"In line {line} a quotation mark stands in a cell that does not begin with one. Put the whole cell into "
        "quotation marks and double those inside it."
    )
