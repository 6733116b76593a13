"""The audit trail in words (components/_history.html): the same change of many rows in one transaction is one entry."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models
from django.urls import reverse

from patients.models import Patient
from patients.presenters.values import label, shown
from patients.trail import BY_TABLE, Audited
from protocoltracker.audit.models import Change

# Keys and counters that say nothing to a reader.
HIDDEN = frozenset(
    {
        *("id", "patient_id", "enrolment_id", "created_at", "created_by_id", "row_version", "workings"),
        *("activity_ids", "cycle_ids", "event_id", "state_before_closure", "patient_state_before"),
        *("corrects_id", "shifts"),
    }
)
STATES = {"insert": "created", "update": "changed", "delete": "deleted"}
Names = Mapping[str, str]


def entries(transactions: Iterable[Sequence[Change]], patient: Patient, names: Names) -> list[dict[str, Any]]:
    """Entries in the order of the changes; `names` gives the words for the keys of other rows."""
    found = []
    for changes in transactions:
        alike: dict[tuple, list[Change]] = {}
        times: Counter[tuple] = Counter()
        for change in changes:
            same = _sameness(change)
            alike.setdefault((same, times[same, change.row_id]), []).append(change)
            times[same, change.row_id] += 1
        found += [_entry(one_line, patient, names) for one_line in alike.values()]
    return found


def _sameness(change: Change) -> tuple:
    """What makes changes of several rows one line: table, person, reason, and what became of which columns.

    Rows that were made together are one line whatever they hold.
    """
    what = "" if change.operation == "insert" else json.dumps(_differences(change), default=str)
    return (change.table_name, change.operation, change.actor, change.reason, what)


def _entry(same: Sequence[Change], patient: Patient, names: Names) -> dict[str, Any]:
    first, audited = same[0], BY_TABLE[same[0].table_name]
    one = len(same) == 1
    return {
        "state": "voided"
        if (first.new or {}).get("entered_in_error") and not (first.old or {}).get("entered_in_error")
        else STATES[first.operation],
        "word": "",
        "at": first.at.astimezone(patient.site.zone),
        "who": first.actor_name,
        "reason": first.reason,
        "source": first.source,
        "request": first.request_id[:4],
        "record": _record_name(first, audited, names) if one else f"{len(same)} {audited.plural.lower()}",
        "url": _row_url(patient, audited, first.row_id) if one else "",
        "changes": _changes(first, audited, patient, names) if one or first.operation == "update" else [],
    }


def _row_url(patient: Patient, audited: Audited, row_id: str) -> str:
    return reverse("patients:row-history", args=[patient.pk, audited.slug, row_id])


def _record_name(change: Change, audited: Audited, names: Names) -> str:
    """Planned dose: vincristine, mini hcvd 2 day 8."""
    row = change.new or change.old or {}
    if audited.about == "records":
        return f"{audited.title} {row['on']}"
    about = {
        "cycle": lambda: names.get(change.row_id, ""),
        "dose": lambda: f"{row['drug']}, {names.get(row['cycle_id'], '')} day {row['day']}",
        "administration": lambda: f"{row['drug']}, {names.get(row['cycle_id'] or '', '')}".strip(", "),
        "closure": lambda: names.get(change.row_id, row["on"]),
        "resumption": lambda: names.get(row["cycle_id"], ""),
        "eligibility": lambda: row["code"],
        "enrolment": lambda: "",
        "patient": lambda: "",
    }[audited.slug]()
    return f"{audited.title}: {about}" if about else audited.title


def _fields(audited: Audited) -> dict[str, models.Field]:
    return {
        field.attname: field for field in audited.model._meta.concrete_fields if field.attname not in HIDDEN
    }


def _differences(change: Change) -> list[tuple[str, Any, Any]]:
    return [found for found in change.differences() if found[0] not in HIDDEN]


def _changes(change: Change, audited: Audited, patient: Patient, names: Names) -> list[dict[str, Any]]:
    """Every column that changed; of a new row, every column that has a value."""
    fields, zone = _fields(audited), patient.site.zone
    found = []
    differences = {column: (old, new) for column, old, new in _differences(change)}
    for column, (old, new) in ((column, differences[column]) for column in fields if column in differences):
        if change.operation == "insert" and column == "entered_in_error":
            continue
        was, became = (shown(fields[column], value, zone=zone, names=names) for value in (old, new))
        if was is not None or became is not None:
            now = became or "–" if change.operation == "update" else became
            found.append({"label": label(fields[column]), "old": was, "new": now})
    return found


def as_it_is(
    changes: Sequence[Change], audited: Audited, patient: Patient, names: Names
) -> list[dict[str, Any]]:
    """Every field of a row with its value now, and who changed it last. `changes`: all of the row, the newest first."""
    row = changes[0].new or {}
    last = _last_touched(changes)
    newest = {column for column, _, _ in changes[0].differences()} if len(changes) > 1 else set()
    return [
        {
            "label": label(field),
            "value": shown(field, row.get(column), zone=patient.site.zone, names=names),
            "changed_at": last[column].at.astimezone(patient.site.zone),
            "who": last[column].actor_name,
            "current": column in newest,
        }
        for column, field in _fields(audited).items()
    ]


def _last_touched(changes: Sequence[Change]) -> dict[str, Change]:
    last: dict[str, Change] = {}
    for change in changes:
        for column in change.new or {}:
            if change.operation == "insert" or column in {name for name, _, _ in change.differences()}:
                last.setdefault(column, change)
    return last
