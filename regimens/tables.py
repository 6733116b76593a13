"""A plan as a table for people and scripts: one row a planned dose, the same columns in CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal

from regimens.schedule import Plan, PlannedDose

COLUMNS = (
    "phase",
    "cycle",
    "day",
    "date",
    "until",
    "drug",
    "route",
    "times_per_day",
    "protocol_dose",
    "protocol_unit",
    "bsa_m2",
    "dose",
    "dose_unit",
    "provenance",
)
Cell = str | int | Decimal | date | None


def cells(row: PlannedDose) -> tuple[Cell, ...]:
    """The values of one row in the order of COLUMNS; None where the plan has nothing to say."""
    return (
        row.phase,
        row.cycle,
        row.day,
        row.date,
        row.until,
        row.drug,
        row.route,
        row.times_per_day,
        row.protocol_dose,
        row.protocol_unit,
        row.bsa,
        row.dose,
        row.dose_unit,
        " ".join(row.provenance),
    )


def as_csv(plan: Plan) -> str:
    """A header and a line for each row; nothing where there is no value; lines end in LF."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(["" if cell is None else str(cell) for cell in cells(row)] for row in plan.doses)
    return out.getvalue()


def as_json(plan: Plan) -> str:
    """A list of objects; numbers are JSON numbers with every digit (273.000); no value is null."""
    rows = (", ".join(_member(*pair) for pair in zip(COLUMNS, cells(row), strict=True)) for row in plan.doses)
    return "[\n" + ",\n".join(f"  {{{row}}}" for row in rows) + "\n]\n"


def _member(name: str, cell: Cell) -> str:
    # The json module knows Decimal only as float, which would lose 273.000.
    value = (
        str(cell) if isinstance(cell, Decimal) else json.dumps(cell if isinstance(cell, int) else _text(cell))
    )
    return f"{json.dumps(name)}: {value}"


def _text(cell: Cell) -> str | None:
    return None if cell is None else str(cell)
