"""The page of a cycle: what is planned against what was given."""

import datetime as dt
from typing import Any

from django.urls import reverse

from patients.due import days_late, due_state
from patients.enums import ActivityState, CycleState, Outcome
from patients.models import Administration, Cycle, Patient, ScheduledActivity
from patients.presenters import acts
from patients.presenters.common import (
    TAGS,
    amount,
    author,
    basis,
    cycle_name,
    days,
    given_words,
    level_of,
    local,
    sentence,
    shift,
    size_of,
    weight_of,
)

CYCLE_TAGS = {
    CycleState.PLANNED: "planned",
    CycleState.OPEN: "open",
    CycleState.COMPLETED: "completed",
    CycleState.SKIPPED: "skipped",
    CycleState.CLOSED: "closed",
}


def head(patient: Patient, cycle: Cycle, source: Any, *, today: dt.date) -> dict[str, Any]:
    """Facts of the cycle at the top of its page; `source` as in queries.basis_before_opening."""
    version = patient.enrolment.protocol_version
    phase = version.definition.phase(cycle.phase)
    day = cycle.day_of(today)
    running = cycle.state == CycleState.OPEN and 1 <= day <= cycle.length_days
    note = shift((cycle.day1 - cycle.planned_day1).days) or "as planned"
    facts: list[dict[str, Any]] = [
        {"label": "Day 1", "value": f"{cycle.day1:%Y-%m-%d %a}", "note": note},
        {
            "label": "Length",
            "value": days(cycle.length_days),
            "note": f"to {cycle.last_day.isoformat()}",
            "source": " ".join(phase.cycle_length.provenance) if phase else "",
        },
        {"label": "Protocol version", "value": str(version)},
    ]
    if cycle.course_number:
        facts.insert(0, {"label": "Course", "value": cycle.course_number})
    if patient.enrolment.dose_level:
        facts.append({"label": "Dose level", "value": level_of(patient.enrolment)})
    return {
        "id": patient.pk,
        "subject": patient.subject,
        "state": CYCLE_TAGS[CycleState(cycle.state)],
        "state_word": f"Day {day} of {cycle.length_days}" if running else "",
        "facts": facts + _measured(cycle, source),
    }


def _measured(cycle: Cycle, source: Any) -> list[dict[str, Any]]:
    """The height and weight behind the doses: of this cycle once it is opened, otherwise of the baseline."""
    if cycle.is_opened:
        return [
            {
                "label": "Height, weight",
                "value": size_of(cycle),
                "note": f"of {cycle.measured_on}",
            },
            {"label": "Body surface area", "value": f"{cycle.bsa_m2} m²", "note": "Mosteller", "source": "C"},
        ]
    note = "" if source.measured_on is None else f"of {source.measured_on}"
    return [{"label": "Provisional with", "value": size_of(source), "note": note}]


def rows(
    patient: Patient,
    cycle: Cycle,
    activities: list[ScheduledActivity],
    administrations: list[Administration],
    source: Any,
    *,
    today: dt.date,
    may_record: bool,
) -> dict[str, Any]:
    """All doses of the cycle by day, unscheduled ones among them."""
    current = {a.activity_id: a for a in administrations if a.activity_id}
    made = [
        _row(patient, cycle, a, current.get(a.pk), source, today=today, may_record=may_record)
        for a in activities
    ]
    made += [_unscheduled(patient, cycle, a, may_record) for a in administrations if a.activity_id is None]
    made.sort(key=lambda row: (row["on"], row["order"]))
    recorded = sum(bool(row["at"]) and not row["unplanned"] for row in made)
    return {
        "note": f"{recorded} of {len(activities)} recorded",
        "groups": _groups(made, today),
        "add_url": reverse("patients:record-unscheduled", args=[patient.pk, cycle.pk]) if may_record else "",
        "history_url": reverse("patients:history", args=[patient.pk]),
    }


def _groups(made: list[dict[str, Any]], today: dt.date) -> list[dict[str, Any]]:
    past = [row for row in made if row["on"] < today]
    present = [row for row in made if row["on"] == today]
    coming = [row for row in made if row["on"] > today]
    groups = [{"title": "", "rows": past}]
    if present:
        groups.append({"title": f"Today, day {present[0]['day']}", "rows": present})
    groups.append({"title": "Coming" if past or present else "", "rows": coming})
    return [group for group in groups if group["rows"]]


def _row(
    patient: Patient,
    cycle: Cycle,
    activity: ScheduledActivity,
    given: Administration | None,
    source: Any,
    *,
    today: dt.date,
    may_record: bool,
) -> dict[str, Any]:
    state, word = state_of(activity, given, today)
    return {
        "id": activity.pk,
        "order": (activity.day, activity.order_code, activity.slot),
        "day": _day(activity),
        "on": activity.on,
        "until": activity.until,
        "drug": sentence(activity.drug),
        "route": activity.route,
        "basis": basis(activity),
        "provenance": activity.provenance,
        "planned": amount(activity.dose, activity.dose_unit),
        "receipt_url": f"?receipt={activity.pk}#receipt",
        "provisional": activity.provisional and activity.state == ActivityState.PLANNED,
        "provisional_note": f"with {weight_of(source)}",
        "given": amount(given.dose, given.dose_unit) if given and given.dose is not None else "",
        "at": local(given.given_at, patient) if given else None,
        "entered": _entered(given, patient),
        "who": author(given) if given else "",
        "note": _note(activity, given),
        "unplanned": False,
        "state": state,
        "state_word": word,
        "pickable": may_record and _plain(activity) and activity.on <= today,
        "current": activity.on == today,
        "links": _links(patient, given, may_record),
        **_acts(patient, activity, may_record=may_record, today=today),
    }  # fmt: skip


def _plain(activity: ScheduledActivity) -> bool:
    """May be recorded as planned together with others: open, fixed, no infusion, no second pair of eyes, not held."""
    fixed = activity.state == ActivityState.PLANNED and not activity.provisional
    return fixed and not activity.second_person and activity.until is None


def _day(activity: ScheduledActivity) -> str:
    if activity.until is None:
        return str(activity.day)
    return f"{activity.day}–{activity.day + (activity.until - activity.on).days}"


def state_of(activity: ScheduledActivity, given: Administration | None, today: dt.date) -> tuple[str, str]:
    """(tag, word) of a dose: what was recorded, otherwise how it stands against today."""
    if activity.state == ActivityState.CHANGED and given is not None and given.dose is not None:
        return "changed", _deviation(activity, given)
    if activity.state == ActivityState.CLOSED and activity.closed_by is not None:
        return "closed", f"Closed: {activity.closed_by.get_cause_display()}"
    if activity.state == ActivityState.PLANNED and not activity.provisional:
        due = due_state(activity.on, activity.until, activity.state, today)
        if due == "overdue":
            return "overdue", f"Overdue {days(days_late(activity.on, activity.until, activity.state, today))}"
        if due == "today":
            return "due", ""
    return TAGS[ActivityState(activity.state)], ""


def _deviation(activity: ScheduledActivity, given: Administration) -> str:
    """Dose −25 %, or that it was given at another time or way with the same dose."""
    if given.dose is None or given.dose == activity.dose:
        return "Given, changed"
    change = (given.dose - activity.dose) / activity.dose * 100
    return f"Dose {'+' if change > 0 else '−'}{abs(change):.0f}\N{NO-BREAK SPACE}%"


def _entered(given: Administration | None, patient: Patient) -> dt.datetime | None:
    """When it was entered, if that was not about when it happened."""
    if given is None or abs((given.created_at - given.given_at).total_seconds()) < 3600:
        return None
    return local(given.created_at, patient)


def _note(activity: ScheduledActivity, given: Administration | None) -> str:
    moved = f"first planned {activity.planned_on}" if activity.moved_days else ""
    if given is None:
        return moved
    parts = [
        given.get_reason_code_display() if given.reason_code else "",
        given.reason,
        f"lot {given.lot}" if given.lot else "",
    ]
    if given.ended_at:
        parts.append(f"ended {given.ended_at.astimezone(given.patient.site.zone):%Y-%m-%d %H:%M}")
    return ", ".join(part for part in [*parts, moved] if part)


def _links(patient: Patient, given: Administration | None, may_record: bool) -> list[dict[str, str]]:
    if given is None or not may_record:
        return []
    return [
        {"title": "Correct", "url": reverse("patients:correct-dose", args=[patient.pk, given.pk])},
        {"title": "Take back", "url": reverse("patients:take-back", args=[patient.pk, given.pk])},
    ]


def _acts(
    patient: Patient, activity: ScheduledActivity, *, may_record: bool, today: dt.date
) -> dict[str, Any]:
    """As on the worklist; a dose that was closed and lies before the closing event can still be entered late."""
    if not may_record:
        return acts.NOTHING
    due = due_state(activity.on, activity.until, activity.state, today)
    closure = activity.closed_by
    if closure is not None and activity.on <= closure.on and activity.on <= today:
        due = "overdue"
    elif activity.state == ActivityState.RUNNING:
        due = "today"
    return acts.of_dose(activity, due=due, subject=patient.subject, back="cycle")


def _unscheduled(patient: Patient, cycle: Cycle, given: Administration, may_record: bool) -> dict[str, Any]:
    on = local(given.given_at, patient).date()
    return {
        "id": given.pk,
        "order": (999, given.drug, 1),
        "day": str(cycle.day_of(on)),
        "on": on,
        "until": None,
        "drug": sentence(given.drug),
        "route": given.route,
        "basis": "",
        "provenance": "",
        "planned": "",
        "receipt_url": "",
        "provisional": False,
        "given": given_words(given),
        "at": local(given.given_at, patient),
        "entered": _entered(given, patient),
        "who": author(given),
        "note": ", ".join(p for p in (given.get_reason_code_display(), given.reason, given.lot) if p),
        "unplanned": True,
        "state": "given",
        "state_word": Outcome.UNSCHEDULED.label,
        "pickable": False,
        "current": False,
        "primary": None,
        "other": None,
        "links": _links(patient, given, may_record),
    }


def receipt(patient: Patient, activity: ScheduledActivity, *, close_url: str = "") -> dict[str, Any]:
    """How the dose was worked out, line by line."""
    version = patient.enrolment.protocol_version
    lines = [{"label": "Drug, route", "value": f"{sentence(activity.drug)} {activity.route}"}]
    lines += [{"label": label, "value": value} for label, value in activity.workings if label != "Dose"]
    lines.append({"label": "Sources", "value": "", "source": activity.provenance})
    provisional = (
        "It is worked out again with height and weight when the cycle is opened."
        if activity.provisional
        else ""
    )
    return {
        "title": "Dose receipt",
        "about": f"{patient.subject} · {cycle_name(activity.cycle)} day {activity.day}",
        "lines": lines,
        "total": amount(activity.dose, activity.dose_unit),
        "definition": str(version),
        "hash": f"{version.sha256[:8]}…{version.sha256[-4:]}",
        "provisional": provisional,
        "close_url": close_url,
    }
