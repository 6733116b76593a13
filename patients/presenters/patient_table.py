"""The list of patients as a table to keep: what the page shows, one row a patient."""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from patients.enums import PatientState
from protocoltracker.tables import Column, Table
from regimens.models import ProtocolVersion

COLUMNS = (
    Column("Subject"),
    Column("Site"),
    Column("Protocol version"),
    Column("Arm"),
    Column("Dose level"),
    Column("Enrolled on"),
    Column("Cycle"),
    Column("Day", numeric=True),
    Column("Next due"),
    Column("State"),
)
Sites = Mapping[uuid.UUID, tuple[str, dt.date]]
Versions = Mapping[Any, ProtocolVersion]


def table(rows: Iterable[tuple], *, sites: Sites, versions: Versions) -> Table:
    """`rows` as of queries.patient_rows; `sites`: name and today's date there. Day 1 is the first day of the cycle."""
    return Table("patients", "Patients by subject number", COLUMNS, _rows(rows, sites, versions))


def _rows(rows: Iterable[tuple], sites: Sites, versions: Versions) -> Iterator[tuple]:
    names = {pk: str(version) for pk, version in versions.items()}
    arms = {(pk, arm.name): arm.title for pk, version in versions.items() for arm in version.definition.arms}
    states = dict(PatientState.choices)
    for number, site_id, version, arm, level, enrolled_on, label, day1, next_on, state in rows:
        site, today = sites[site_id]
        day = (today - day1).days + 1 if day1 else None
        title = arms.get((version, arm), arm)
        yield (
            f"{number:03d}",
            site,
            names[version],
            title,
            level,
            enrolled_on,
            label,
            day,
            next_on,
            states[state],
        )
