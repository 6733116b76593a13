"""Words that several pages use for a cycle, a dose, a state."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from patients.enums import ActivityState, PatientState
from patients.models import Administration, Cycle, Enrolment, Patient, ScheduledActivity
from protocoltracker.records import Record
from regimens.units import show, show_unit

NO_BREAK = "\N{NO-BREAK SPACE}"
TAGS = {
    ActivityState.PLANNED: "planned",
    ActivityState.RUNNING: "running",
    ActivityState.GIVEN: "given",
    ActivityState.CHANGED: "changed",
    ActivityState.HELD: "held",
    ActivityState.OMITTED: "omitted",
    ActivityState.CLOSED: "closed",
}
PATIENT_TAGS = {
    PatientState.ON_TREATMENT: "on_treatment",
    PatientState.OFF_TREATMENT: "off_treatment",
    PatientState.WITHDRAWN: "withdrawn",
    PatientState.DEAD: "died",
    PatientState.ENROLLED_IN_ERROR: "enrolled_in_error",
}


@dataclass(frozen=True)
class Arm:
    number: int
    label: str


def amount(value: Any, unit: str) -> str:
    """0.51 mg, 28 µg/day; a dash when nothing was given."""
    return "–" if value is None else f"{show(value)}{NO_BREAK}{show_unit(unit)}"


def cycle_name(cycle: Cycle) -> str:
    return cycle.label


def where(cycle: Cycle, day: int | None = None) -> str:
    return cycle_name(cycle) + (f" day {day}" if day else "")


def basis(activity: ScheduledActivity) -> str:
    """The protocol's own line: 0.3 mg/m² IV, dose 1 of 2 that day."""
    flat = "" if "m2" in activity.protocol_unit else "flat "
    text = f"{flat}{amount(activity.protocol_dose, activity.protocol_unit)} {activity.route}"
    if activity.until is not None:
        return f"{text}, {_frequency(activity)}to {activity.until.isoformat()}"
    if activity.times_per_day > 1:
        return f"{text}, dose {activity.slot} of {activity.times_per_day} that day"
    return text


def _frequency(activity: ScheduledActivity) -> str:
    return f"{activity.times_per_day} times a day, " if activity.times_per_day > 1 else ""


def sentence(drug: str) -> str:
    """A drug's name at the start of a line."""
    return drug[:1].upper() + drug[1:]


def days(number: int) -> str:
    return "1 day" if abs(number) == 1 else f"{abs(number)} days"


def shift(number: int) -> str:
    """+7 d, −2 d; nothing when it stands as planned."""
    return "" if not number else f"{'+' if number > 0 else '−'}{abs(number)}{NO_BREAK}d"


def local(moment: dt.datetime, patient: Patient) -> dt.datetime:
    return moment.astimezone(patient.site.zone)


def local_text(moment: dt.datetime, patient: Patient) -> str:
    return f"{local(moment, patient):%Y-%m-%d %H:%M}"


def author(record: Record) -> str:
    """Who entered it; what a job of the system entered, such as the import of a file, has no person."""
    return str(record.created_by) if record.created_by else "the system"


def size_of(source: Any) -> str:
    """Height and weight of a cycle or an enrolment; – for what is not recorded."""
    known = (source.height_cm, "cm"), (source.weight_kg, "kg")
    return ", ".join("–" if value is None else amount(value, unit) for value, unit in known)


def weight_of(source: Any) -> str:
    """The weight and its day."""
    if source.weight_kg is None:
        return "no weight recorded"
    day = "" if source.measured_on is None else f" of {source.measured_on}"
    return f"{amount(source.weight_kg, 'kg')}{day}"


def level_of(enrolment: Enrolment) -> str:
    """The dose level as the protocol names it."""
    levels = {level.name: level.title for level in enrolment.protocol_version.definition.dose_levels}
    return levels.get(enrolment.dose_level, enrolment.dose_level)


def patient_state(patient: Patient) -> tuple[str, str]:
    """(tag, word)"""
    return PATIENT_TAGS[PatientState(patient.state)], patient.get_state_display()


def arm_of(patient: Patient) -> Arm:
    """The arm's mark and title; the mark follows the version, the same on every page."""
    version = patient.enrolment.protocol_version
    titles = {arm.name: arm.title for arm in version.definition.arms}
    return Arm(
        1 if version.name == "original" else 2, titles.get(patient.enrolment.arm, patient.enrolment.arm)
    )


def given_words(administration: Administration) -> str:
    """What was given, or why not: 0.51 mg; held, cytopenia."""
    if administration.dose is not None:
        return amount(administration.dose, administration.dose_unit)
    return administration.get_reason_code_display().lower()
