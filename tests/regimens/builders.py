"""Short words for the tests of this room."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from regimens.dosing import Measurements
from regimens.loading import Loaded, load_text, shipped, shipped_definition
from regimens.schedule import Plan, PlannedDose, plan

REFERENCE = Path(__file__).parent.parent / "reference"
ARMS = {"original": "inotuzumab", "amended": "inotuzumab-plus-blinatumomab"}
VERSIONS = (("original", "1.8"), ("original", "1.3"), ("amended", None))
START = date(2020, 1, 1)


def reference(name: str) -> Any:
    return json.loads((REFERENCE / f"{name}.json").read_text())


def measured(height: str = "170", weight: str = "70") -> Measurements:
    return Measurements(Decimal(height), Decimal(weight))


def planned(
    version: str = "amended", level: str | None = None, *, cd20: str | None = None, **kwargs: Any
) -> Plan:
    given = {"start": START, "measurements": measured(), "arm": ARMS[version]} | kwargs
    return plan(
        shipped_definition(version),
        dose_level=level,
        cd20_pct=None if cd20 is None else Decimal(cd20),
        **given,
    )


def rows_of(plan: Plan, drug: str, phase: str | None = None, cycle: int | None = None) -> list[PlannedDose]:
    return [
        row
        for row in plan.doses
        if row.drug == drug and phase in (None, row.phase) and cycle in (None, row.cycle)
    ]


def tree(version: str = "amended") -> Any:
    """A shipped file as plain lists and dictionaries, to be spoilt and written again."""
    return yaml.load(dict(shipped())[version], Loader=yaml.CSafeLoader)


def load_tree(spoilt: Any) -> Loaded:
    return load_text(yaml.dump(spoilt, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False))
