"""The page of a patient: where the treatment stands, what is next, what happened."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from patients import charts
from patients.due import due_state
from patients.enums import ActivityState, ClosureCause, CycleState, Outcome
from patients.models import Administration, Closure, Cycle, Patient, ScheduledActivity
from patients.presenters.common import (
    TAGS,
    amount,
    arm_of,
    author,
    basis,
    cycle_name,
    days,
    given_words,
    level_of,
    local_text,
    patient_state,
    sentence,
    shift,
    size_of,
    weight_of,
    where,
)
from patients.presenters.cycle import CYCLE_TAGS

LOOKS = {
    Outcome.GIVEN: "given",
    Outcome.CHANGED: "changed",
    Outcome.HELD: "held",
    Outcome.OMITTED: "omitted",
    Outcome.UNSCHEDULED: "given",
}


def head(patient: Patient, cycles: list[Cycle], *, today: dt.date) -> dict[str, Any]:
    enrolment = patient.enrolment
    state, word = patient_state(patient)
    opened = next((cycle for cycle in cycles if cycle.state == CycleState.OPEN), None)
    now = "–"
    if opened:
        now = f"{cycle_name(opened)}, day {opened.day_of(today)} of {opened.length_days}"
    version, measured = str(enrolment.protocol_version), _measured(patient, cycles)
    facts = [
        {
            "label": "Cycle, day",
            "value": now,
            "note": f"course {opened.course_number}" if opened and opened.course_number else "",
        },
        {
            "label": "Protocol version",
            "value": version,
            "note": _consent(enrolment),
        },
        {"label": "Salvage", "value": enrolment.get_salvage_display()},
        {"label": "Height, weight", "value": size_of(measured), "note": measured.measured_on or ""},
        {
            "label": "CD20",
            "value": "not known" if enrolment.cd20_pct is None else amount(enrolment.cd20_pct, "%"),
        },
        {"label": "Site", "value": patient.site.name},
    ]
    if enrolment.dose_level:
        facts.insert(2, {"label": "Dose level", "value": level_of(enrolment)})
    return {
        "id": patient.pk,
        "subject": patient.subject,
        "state": state,
        "state_word": word,
        "arm": arm_of(patient),
        "facts": facts,
    }


def _consent(enrolment: Any) -> str:
    if enrolment.consented_on is None:
        return "consent not recorded"
    return f"consent {enrolment.consent_version}, {enrolment.consented_on}"


def _latest(cycles: list[Cycle]) -> Cycle | None:
    return next((cycle for cycle in reversed(cycles) if cycle.is_opened), None)


def former(patient: Patient, cycles: list[Cycle]) -> dict[str, str]:
    """What the record holds of a patient who was treated before it began."""
    title = "Imported from a file of former patients."
    if not cycles:
        text = "The numbers of cycles are known (under Past treatment), single doses are not."
        return {"kind": "", "title": title, "text": text}
    received = sum(cycle.is_opened for cycle in cycles)
    text = (
        f"The past course was entered afterwards: {received} cycles, with every dose taken as given as planned unless "
        "it says otherwise. Correct a dose on the page of its cycle."
    )
    return {"kind": "", "title": title, "text": text}


def _measured(patient: Patient, cycles: list[Cycle]) -> Any:
    """What holds the latest height and weight."""
    latest = _latest(cycles)
    resumed = getattr(patient, "resumption", None) if patient.enrolment.historical else None
    if resumed and (latest is None or latest.day1 < resumed.measured_on):
        return resumed
    return latest or patient.enrolment


def next_rows(
    patient: Patient, activities: Iterable[ScheduledActivity], *, today: dt.date
) -> list[dict[str, Any]]:
    """What is open in the next days, one row a dose, with how it stands."""
    rows: list[dict[str, Any]] = []
    for activity in activities:
        due = due_state(activity.on, activity.until, activity.state, today)
        running = activity.state == ActivityState.RUNNING
        rows.append(
            {
                "on": activity.until if running else activity.on,
                "what": f"End of {activity.drug}" if running else sentence(activity.drug),
                "dose": amount(activity.dose, activity.dose_unit),
                "basis": f"{where(activity.cycle, activity.day)}, {basis(activity)}",
                "provenance": activity.provenance,
                "provisional": activity.provisional,
                "url": f"{activity.cycle.get_absolute_url()}#a-{activity.pk}",
                **_state(activity, due, today),
            }
        )
    return rows


def _state(activity: ScheduledActivity, due: str | None, today: dt.date) -> dict[str, str]:
    if activity.state != ActivityState.PLANNED:
        return {"state": TAGS[ActivityState(activity.state)], "state_word": ""}
    if due == "overdue" and activity.provisional:
        return {"state": "overdue", "state_word": "Cycle not opened"}
    if due == "overdue":
        return {"state": "overdue", "state_word": f"Overdue {days((today - activity.on).days)}"}
    return {"state": "due" if due == "today" else "planned", "state_word": ""}


def happened_row(patient: Patient, given: Administration) -> dict[str, Any]:
    place = where(given.cycle, given.activity.day if given.activity else None) if given.cycle else ""
    detail = [place, given.get_reason_code_display() if given.reason_code else "", given.reason]
    return {
        "state": LOOKS[Outcome(given.outcome)],
        "state_word": "Running" if given.is_running else given.get_outcome_display(),
        "at_text": local_text(given.given_at, patient),
        "who": author(given),
        "text": sentence(given.drug)
        if given.dose is None
        else f"{sentence(given.drug)} {given_words(given)}",
        "detail": ", ".join(part for part in detail if part),
        "url": given.cycle.get_absolute_url() if given.cycle else "",
    }


def closing(patient: Patient, closures: list[Closure], *, may_undo: Any) -> list[dict[str, Any]]:
    """Banners of what closed the plan, the latest first, each with its undo."""
    return [
        {
            "title": f"{closure.get_cause_display()}, {closure.on.isoformat()}",
            "text": _closed_words(closure),
            "at": closure.created_at.astimezone(patient.site.zone),
            "who": author(closure),
            "undo": {"label": "Undo…", "url": may_undo(closure), "icon": "undo"}
            if may_undo(closure)
            else None,
        }
        for closure in reversed(closures)
    ]


def _closed_words(closure: Closure) -> str:
    if closure.drugs:
        return "Stopped for good: " + ", ".join(closure.drugs) + "."
    if closure.cause == ClosureCause.HISTORICAL:
        return "Nothing is due, and nobody is reminded, unless treatment is resumed here."
    return "What was still planned is closed."


def roadmap(
    patient: Patient,
    cycles: list[Cycle],
    watched: Iterable[ScheduledActivity],
    administrations: Iterable[Administration],
    *,
    today: dt.date,
    whole: bool,
) -> dict[str, Any]:
    """Cycles along the calendar with the main drugs in lanes, and the same as a table."""
    shown = cycles if whole else _near(cycles)
    given = {a.activity_id: a for a in administrations if a.activity_id}
    blocks = [charts.Block(cycle_name(c), c.day1, c.last_day, c.planned_day1, str(c.state)) for c in shown]
    svg = charts.roadmap(
        blocks,
        _lanes(patient, watched, given, {cycle.pk for cycle in shown}),
        today=today,
        title=f"Roadmap of {patient.subject}, {len(shown)} cycles",
    )
    path = reverse("patients:detail", args=[patient.pk])
    return {
        "svg": svg,
        "note": f"{patient.enrolment.protocol_version} version, {_number_of(cycles)}",
        "segments": [
            {"title": "Around now", "url": path, "current": not whole},
            {"title": "Whole protocol", "url": f"{path}?roadmap=whole", "current": whole},
        ],
        "key": ["● given", "○ held", "× omitted or closed", "dashed: planned", "second line: first plan"],
        "rows": [_cycle_row(cycle, today) for cycle in shown],
    }


def _number_of(cycles: list[Cycle]) -> str:
    return f"{len(cycles)} cycles planned at enrolment or since" if cycles else "no single cycles recorded"


def _near(cycles: list[Cycle], before: int = 4, after: int = 5) -> list[Cycle]:
    """The cycles around the last one opened."""
    opened = [index for index, cycle in enumerate(cycles) if cycle.is_opened]
    here = opened[-1] if opened else 0
    start = max(0, here - before)
    return cycles[start : here + after + (before - min(here, before))]


def _lanes(
    patient: Patient, watched: Iterable[ScheduledActivity], given: dict[Any, Administration], shown: set[Any]
) -> list[charts.Lane]:
    """Drugs that need two pairs of eyes, planned and given: what a reader looks for."""
    lanes: dict[str, list[charts.Mark]] = {}
    for activity in watched:
        if activity.cycle_id in shown:
            lanes.setdefault(activity.drug, []).append(_mark(patient, activity, given.get(activity.pk)))
    return [charts.Lane(sentence(drug)[:26], tuple(marks)) for drug, marks in lanes.items()]


def _mark(patient: Patient, activity: ScheduledActivity, given: Administration | None) -> charts.Mark:
    zone = patient.site.zone
    if given is None:
        look = "closed" if activity.state == ActivityState.CLOSED else "planned"
        word = activity.get_state_display().lower()
        return charts.Mark(activity.on, look, f"{activity.drug}, {activity.on}, {word}", activity.until)
    on = given.given_at.astimezone(zone).date()
    until = activity.until
    if until is not None and given.ended_at is not None:
        until = given.ended_at.astimezone(zone).date()
    look = "running" if activity.state == ActivityState.RUNNING else LOOKS[Outcome(given.outcome)]
    return charts.Mark(on, look, f"{given.drug} {given_words(given)}, {on}", until)


def _cycle_row(cycle: Cycle, today: dt.date) -> dict[str, Any]:
    current = cycle.state == CycleState.OPEN
    what = f"to {cycle.last_day.isoformat()}"
    if cycle.is_opened:
        what += f", {amount(cycle.weight_kg, 'kg')}, {cycle.bsa_m2} m²"
    return {
        "course": cycle.course_number,
        "title": cycle_name(cycle),
        "url": cycle.get_absolute_url(),
        "day1": cycle.day1,
        "shift": shift((cycle.day1 - cycle.planned_day1).days),
        "what": what,
        "state": CYCLE_TAGS[CycleState(cycle.state)],
        "state_word": f"Day {cycle.day_of(today)}" if current else "",
        "current": current,
    }


def schedule_group(patient: Patient, cycle: Cycle, activities: list[ScheduledActivity]) -> dict[str, Any]:
    """One cycle of the whole schedule; equal doses of one order and day are put together."""
    rows: dict[tuple, dict[str, Any]] = {}
    for activity in activities:
        key = (activity.day, activity.order_code)
        row = rows.setdefault(
            key,
            {
                "day": activity.day,
                "on": activity.on,
                "until": activity.until,
                "drug": sentence(activity.drug),
                "route": activity.route,
                "dose": amount(activity.dose, activity.dose_unit),
                "times": activity.times_per_day,
                "provenance": activity.provenance,
                "provisional": activity.provisional,
                "states": [],
            },
        )
        row["states"].append(TAGS[ActivityState(activity.state)])
    source = cycle if cycle.is_opened else patient.enrolment
    return {
        "title": cycle_name(cycle),
        "url": cycle.get_absolute_url(),
        "day1": cycle.day1,
        "last": cycle.last_day,
        "state": CYCLE_TAGS[CycleState(cycle.state)],
        "weight": weight_of(source),
        "provisional": not cycle.is_opened,
        "rows": list(rows.values()),
    }
