"""Lists and forms of the record kinds, and what an event closes or its undo brings back."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse

from patients import kinds
from patients.actions.closures import Preview, Return
from patients.enums import PatientState
from patients.models import Cycle, Patient, ScheduledActivity
from patients.models.patient import PatientRecord
from patients.presenters.common import amount, arm_of, cycle_name, patient_state, sentence
from patients.presenters.values import is_number, label, shown


def head(patient: Patient) -> dict[str, Any]:
    """The head of a page below the patient's own (patients/_head.html), without its facts."""
    state, word = patient_state(patient)
    known = {"id": patient.pk, "subject": patient.subject, "state": state, "state_word": word}
    return {**known, "arm": arm_of(patient), "facts": []}


def crumbs(patient: Patient, *steps: tuple[str, str]) -> list[dict[str, str]]:
    way = [("Patients", reverse("patients:list")), (patient.subject, patient.get_absolute_url()), *steps]
    return [
        {"title": title, "url": url if index < len(way) - 1 else ""} for index, (title, url) in enumerate(way)
    ]


def list_url(patient: Patient, kind: kinds.Kind) -> str:
    return reverse("patients:record-list", args=[patient.pk, kind.slug])


def history_url(patient: Patient, kind: kinds.Kind, record: PatientRecord) -> str:
    return reverse("patients:record-history", args=[patient.pk, kind.slug, record.pk])


def edit_url(patient: Patient, kind: kinds.Kind, record: PatientRecord) -> str:
    return reverse("patients:record-edit", args=[patient.pk, kind.slug, record.pk])


def name(kind: kinds.Kind, record: PatientRecord) -> str:
    return f"{kind.title} {record.on}"


def tabs(patient: Patient, current: kinds.Kind, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "title": kind.plural,
            "url": list_url(patient, kind),
            "current": kind is current,
            "count": counts.get(kind.slug) or "",
        }
        for kind in kinds.fitting(patient)
    ]


def listing(
    patient: Patient, kind: kinds.Kind, records: Sequence[PatientRecord], *, may_add: bool
) -> dict[str, Any]:
    full = kind.single and any(not record.entered_in_error for record in records)
    count = f"{len(records)} {'record' if len(records) == 1 else 'records'}, newest first"
    return {
        "title": kind.plural,
        "note": count if records else "",
        "add_url": reverse("patients:record-add", args=[patient.pk, kind.slug])
        if may_add and not full
        else "",
        "add_label": f"Add {kind.noun}",
        "columns": [{"title": label(field), "num": is_number(field)} for field in _fields(kind)],
    }


def _fields(kind: kinds.Kind) -> list[Any]:
    return [kind.field(column) for column in kind.columns]


def row(patient: Patient, kind: kinds.Kind, record: PatientRecord, *, may_change: bool) -> dict[str, Any]:
    history = history_url(patient, kind, record)
    void = record.entered_in_error
    return {
        "url": edit_url(patient, kind, record) if may_change and not void else history,
        "history_url": history,
        "on": record.on,
        "cells": [_cell(patient, field, record) for field in _fields(kind)],
        "state": "voided" if void else "",
        "state_word": "",
        "void": void,
    }


def _cell(patient: Patient, field: Any, record: PatientRecord) -> dict[str, Any]:
    text = shown(field, getattr(record, field.attname), zone=patient.site.zone)
    return {"title": label(field), "text": text, "num": is_number(field), "note": ""}


def answers(kind: kinds.Kind, values: Mapping[str, Any], patient: Patient) -> str:
    """What was typed, in one line: 2021-06-14, cause of death: infection."""
    fields = [kind.field(column) for column in kind.columns]
    said = [
        (kinds.inside(label(field)), shown(field, values[field.name], zone=patient.site.zone))
        for field in fields
    ]
    return ", ".join([str(values["on"]), *(f"{title}: {text}" for title, text in said if text)]) + "."


def closing(found: Preview, *, on: Any, changed: bool) -> dict[str, Any]:
    """What an event closes, by cycle, for components/_preview.html."""
    groups = _groups(found)
    rows = sum(len(group["rows"]) for group in groups)
    stats = [
        {"label": "Doses that close", "value": len(found.activities), "note": _drugs_note(found)},
        {"label": "Cycles that close", "value": len(found.cycles), "note": ""},
        {"label": "Reminders cancelled", "value": found.reminders, "note": "not sent yet"},
        {"label": "Infusions running", "value": len(found.running), "note": "need their end recorded"},
        {"label": "Patient", "value": PatientState(found.state_after).label, "note": "afterwards"},
    ]
    return {
        "stats": stats,
        "title": "What closes",
        "groups": groups,
        "warning": _warning(found, on=on, changed=changed),
        "total": rows,
        "shown": rows,
        "all_url": "",
        "becomes": False,
    }


def _drugs_note(found: Preview) -> str:
    return f"only {', '.join(found.drugs)}: stopped for good" if found.drugs else "planned or held"


def _warning(found: Preview, *, on: Any, changed: bool) -> dict[str, str] | None:
    if changed:
        text = "Somebody recorded or changed something since. This is what closes now; nothing was saved."
        return {"title": "The plan changed after the preview was shown", "text": text}
    if found.running:
        drugs = ", ".join(sorted({activity.drug for activity in found.running}))
        text = f"Record the end of {drugs} on the cycle page: closing the plan does not stop what runs."
        return {"title": "Something is running", "text": text}
    late = [activity for activity in found.activities if activity.on <= on]
    if late:
        text = (
            f"{_count(len(late), 'dose')} up to {on} {'is' if len(late) == 1 else 'are'} not recorded. What "
            "was given up to that day can still be recorded afterwards."
        )
        return {"title": "Not everything before is recorded", "text": text}
    return None


def _groups(found: Preview) -> list[dict[str, Any]]:
    """Running infusions first, then every cycle that closes or holds a dose that does."""
    groups = []
    if found.running:
        groups.append(
            {"title": "Running: the end is still to be recorded", "rows": _rows(found.running, "running")}
        )
    cycles: dict[Any, Cycle] = {cycle.pk: cycle for cycle in found.cycles}
    cycles |= {activity.cycle_id: activity.cycle for activity in found.activities}
    for cycle in sorted(cycles.values(), key=lambda cycle: cycle.position):
        of_cycle = [activity for activity in found.activities if activity.cycle_id == cycle.pk]
        groups.append({"title": _cycle_title(cycle, len(of_cycle)), "rows": _rows(of_cycle, "closed")})
    return groups


def _cycle_title(cycle: Cycle, doses: int) -> str:
    return f"{cycle_name(cycle)}, {cycle.get_state_display().lower()}, day 1 on {cycle.day1}: {_count(doses, 'dose')}"


def _rows(activities: Iterable[ScheduledActivity], state: str) -> list[dict[str, Any]]:
    """One row an order of a cycle, with its days."""
    by_order: dict[tuple[Any, str], list[ScheduledActivity]] = {}
    for activity in activities:
        by_order.setdefault((activity.cycle_id, activity.order_code), []).append(activity)
    return [
        {
            "day": _days(doses),
            "what": sentence(doses[0].drug),
            "basis": f"{_count(len(doses), 'dose')}, {amount(doses[0].protocol_dose, doses[0].protocol_unit)}",
            "was": doses[0].on,
            "effect": _held(doses),
            "state": state,
            "state_word": "",
        }
        for doses in by_order.values()
    ]


def _days(doses: Sequence[ScheduledActivity]) -> str:
    return ", ".join(map(str, sorted({activity.day for activity in doses})))


def _held(doses: Iterable[ScheduledActivity]) -> str:
    states = Counter(activity.state for activity in doses)
    return f"{states['held']} held" if states["held"] else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else noun + 's'}"


def coming_back(back: Return) -> list[dict[str, str]]:
    """Notes on the page that undoes a closing event."""
    notes = [
        {
            "kind": "due",
            "title": f"{_count(back.activities, 'dose')} and {_count(back.cycles, 'cycle')} become open again,",
            "text": f"as they were before, with their reminders. Patient: {PatientState(back.state_after).label}.",
        }
    ]
    if back.still_closed:
        others = ", ".join(map(str, back.others))
        stays = "1 more stays" if back.still_closed == 1 else f"{back.still_closed} more stay"
        notes.append({"kind": "held", "title": f"{stays} closed:", "text": f"covered by {others} as well."})
    return notes


def closes_in_words(found: Preview) -> dict[str, str]:
    doses, cycles = _count(len(found.activities), "dose"), _count(len(found.cycles), "cycle")
    running = f" {_count(len(found.running), 'infusion')} running: record the end." if found.running else ""
    text = f"{_count(found.reminders, 'reminder')} cancelled. It can be undone.{running}"
    return {"kind": "held", "title": f"{doses} and {cycles} close,", "text": text}


def in_error_action(patient: Patient, kind: kinds.Kind, record: PatientRecord) -> dict[str, str]:
    url = reverse("patients:record-in-error", args=[patient.pk, kind.slug, record.pk])
    return {"label": "Mark as entered in error…", "url": url, "method": "get", "style": "danger"}
