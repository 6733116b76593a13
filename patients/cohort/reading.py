"""The bytes of a file to rows of values, and every fault on the way. Nothing raises, whatever the bytes are."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from patients.cohort import table
from patients.cohort.cells import Fault, bare
from patients.cohort.columns import BY_NAME, COLUMNS, NAMES, Column
from patients.cohort.decoding import nothing_in_it, text_of, whole_file
from patients.cohort.findings import ERROR, Finding
from regimens.reading.faults import quoted

MOST_PATIENTS = 20_000
MOST_ERRORS = 5_000


@dataclass(frozen=True, slots=True)
class Row:
    """One patient. `values` by column, None where blank; a column in `faulty` has no value that could be read."""

    number: int
    values: Mapping[str, Any]
    faulty: frozenset[str] = frozenset()

    def __getitem__(self, column: str) -> Any:
        return self.values.get(column)


@dataclass
class Read:
    """The rows that have all their cells, and what is wrong. `patients`: rows of the file, whole or not."""

    rows: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    patients: int = 0


def read(content: bytes) -> Read:
    text = text_of(content)
    result = Read()
    if isinstance(text, Finding):
        result.findings.append(text)
        return result
    try:
        _read_table(table.rows(text), result)
    except table.Unreadable as fault:
        result.findings.append(Finding(fault.row, "", "quoting", ERROR, fault.message))
    return result


def _read_table(rows: Iterator[list[str]], result: Read) -> None:
    header = [bare(name) for name in next(rows, [])]
    result.findings += header_findings(header) if header else [nothing_in_it()]
    if result.findings:
        return
    for number, cells in enumerate(rows, start=1):
        if number > MOST_PATIENTS:
            message = f"The file has more than {MOST_PATIENTS:,} patients. Split it into several."
            result.findings.append(whole_file("file", message))
            return
        if len(result.findings) >= MOST_ERRORS:
            result.findings.append(too_many(number))
            return
        result.patients = number
        _read_row(number, header, cells, result)
    if not result.patients:
        result.findings.append(
            whole_file("file", "The file has the column names but no patients. Add a row for each patient.")
        )


def too_many(row: int) -> Finding:
    message = (
        f"More than {MOST_ERRORS:,} errors; from patient {row} on nothing was looked at. Correct these first."
    )
    return whole_file("too-many", message)


def header_findings(header: list[str]) -> list[Finding]:
    """Every column is there, and once."""
    if not set(header) & set(NAMES):
        return [_no_header(header)]
    times = Counter(header)
    findings = [_missing(name) for name in NAMES if name not in times]
    for name, count in times.items():
        if name not in BY_NAME:
            findings.append(_unknown(name))
        elif count > 1:
            findings.append(
                whole_file("doubled-column", f"The column {name} is there {count} times. Keep one.", name)
            )
    return findings


def _no_header(header: list[str]) -> Finding:
    hint = "The first row names the columns: subject, site, enrolled_on, ..."
    if ";" in header[0] or "\t" in header[0]:
        hint = "Cells are separated by commas: save the file with commas, not with semicolons or tabs."
    return whole_file(
        "columns", f"None of the {len(NAMES)} columns is in the first row, {quoted(','.join(header))}. {hint}"
    )


def _missing(name: str) -> Finding:
    message = f"The column {name} is missing. Add it; its cells may be blank where nothing is known."
    if BY_NAME[name].required:
        message = f"The column {name} is missing. Add it, with a value for each patient."
    return whole_file("missing-column", message, name)


def _unknown(name: str) -> Finding:
    near = next((known for known in NAMES if known == name.casefold().replace(" ", "_")), None)
    way_out = f"Did you mean {near}?" if near else "Remove it, or give it the name of one of the columns."
    return whole_file(
        "unknown-column", f"The column {quoted(name)} is not known. {way_out}", quoted(name)[1:-1]
    )


def _read_row(number: int, header: list[str], cells: list[str], result: Read) -> None:
    if all(not bare(cell) for cell in cells):
        message = "The row is empty. Remove it."
        result.findings.append(Finding(number, "", "blank-row", ERROR, message))
    elif len(cells) != len(header):
        result.findings.append(_other_length(number, len(cells)))
    else:
        row, findings = _row(number, dict(zip(header, cells, strict=True)))
        result.rows.append(row)
        result.findings += findings


def _other_length(number: int, found: int) -> Finding:
    word, why = (
        ("short", "the file may be cut off") if found < len(NAMES) else ("long", "a comma may be too many")
    )
    return Finding(
        number,
        "",
        "row-length",
        ERROR,
        f"The row is too {word}: {found} cells, {len(NAMES)} are needed. Look at its commas and quotes; {why}.",
    )


def _row(number: int, cells: Mapping[str, str]) -> tuple[Row, list[Finding]]:
    values: dict[str, Any] = {}
    findings: list[Finding] = []
    for column in COLUMNS:
        try:
            values[column.name] = _value(column, cells[column.name])
        except Fault as fault:
            shown = f" {quoted(cells[column.name])}" if fault.rule != "required" else ""
            message = f"{column.name}{shown} {fault.message}"
            findings.append(Finding(number, column.name, fault.rule, ERROR, message))
    return Row(number, values, frozenset(found.column for found in findings)), findings


def _value(column: Column, cell: str) -> Any:
    text = bare(cell)
    if not text and (column.name != "notes" or not cell):
        if column.required:
            raise Fault("required", "is blank, and every patient has one. Enter it.")
        return None
    return column.kind.read(cell if column.name == "notes" else text)
