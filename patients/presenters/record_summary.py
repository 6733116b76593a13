"""The records of a patient on the patient's page: a panel a kind, the latest three in each."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.urls import reverse

from patients import kinds
from patients.models import Patient

SHOWN = 3
Row = tuple[str, uuid.UUID, dt.date, str]


def panels(patient: Patient, records: Iterable[Row], *, may: Callable[[str], bool]) -> list[dict[str, Any]]:
    """`may(right)` says whether the person may add one."""
    by_kind: dict[str, list[Row]] = {}
    for record in records:
        by_kind.setdefault(record[0], []).append(record)
    return [_panel(patient, kind, by_kind[kind.slug], may) for kind in kinds.ALL if kind.slug in by_kind]


def unrecorded(
    patient: Patient, records: Iterable[Row], *, may: Callable[[str], bool]
) -> list[dict[str, Any]]:
    """Kinds of which nothing is recorded, with the way to add one."""
    known = {record[0] for record in records}
    return [_panel(patient, kind, [], may) for kind in kinds.fitting(patient) if kind.slug not in known]


def _panel(patient: Patient, kind: kinds.Kind, rows: list[Row], may: Callable[[str], bool]) -> dict[str, Any]:
    full = kind.single and bool(rows)
    return {
        "title": kind.plural,
        "count": len(rows) or "",
        "list_url": reverse("patients:record-list", args=[patient.pk, kind.slug]),
        "add_label": "Add",
        "add_aria": f"Add {kind.title}",
        "add_url": reverse("patients:record-add", args=[patient.pk, kind.slug])
        if may(kind.right) and not full
        else "",
        "rows": [_row(patient, kind, row) for row in rows[:SHOWN]],
    }


def _row(patient: Patient, kind: kinds.Kind, row: Row) -> dict[str, Any]:
    field: Any = kind.model._meta.get_field(kind.columns[0])
    labels = dict(field.flatchoices) if field.choices else {}
    text = labels.get(row[3], {"true": "yes", "false": "no"}.get(row[3], row[3]))
    return {
        "on": row[2],
        "text": text,
        "url": reverse("patients:record-edit", args=[patient.pk, kind.slug, row[1]]),
    }
