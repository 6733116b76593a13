"""Enrol a patient: one number, one version, one plan, in one transaction."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patients import policies
from patients.actions.materialising import store_plan
from patients.ages import age_on
from patients.enums import Answer
from patients.models import EligibilityAnswer, Enrolment, Patient, SubjectCounter
from protocoltracker.accounts.models import Site
from protocoltracker.audit.context import acting
from protocoltracker.records import Refused
from regimens import actions as regimens
from regimens import schedule
from regimens.definition import ProtocolDefinition
from regimens.dosing import Measurements
from regimens.limits import PlanError
from regimens.models import ProtocolVersion


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """The answer to one criterion, by its code."""

    code: str
    answer: str
    note: str = ""


def enrol(
    *,
    by: Any,
    site: Site,
    today: dt.date,
    sex: str,
    birth_date: dt.date,
    baseline: Mapping[str, Any],
    criteria: Sequence[Criterion],
    version: ProtocolVersion | None = None,
    override_reason: str = "",
) -> Patient:
    """Enrol and plan. `baseline` holds the fields of Enrolment as typed (consent, day 1, measurements, ...).

    `version` None means the one in force at the site on the day of consent; another one takes an investigator and a
    reason. Raises Denied, or Refused with the field, the value and the way out.
    """
    policies.check(by, "enrol", site=site)
    _check_dates(today, birth_date, baseline)
    in_force = regimens.version_in_force(site=site, on=baseline["consented_on"])
    version = version or in_force
    if version != in_force:
        _check_override(by, site, version, in_force, override_reason)
    definition = version.definition
    _check_criteria(by, site, definition, criteria)
    cycles = planned_cycles(definition, baseline)
    with acting(by=by):
        patient = Patient.objects.create(
            subject_number=next_subject_number(), site=site, sex=sex, birth_date=birth_date, created_by=by
        )
        enrolment = Enrolment.objects.create(
            patient=patient,
            protocol_version=version,
            version_in_force=in_force,
            override_reason=override_reason if version != in_force else "",
            arm=definition.arms[0].name,
            created_by=by,
            **baseline,
        )
        _store_criteria(enrolment, definition, criteria, by)
        store_plan(patient, cycles, by=by)
    return patient


def planned_cycles(
    definition: ProtocolDefinition, baseline: Mapping[str, Any]
) -> Sequence[schedule.PlannedCycle]:
    """The whole plan from the baseline; what the protocol cannot plan is refused at its field."""
    try:
        return schedule.plan(
            definition,
            arm=definition.arms[0].name,
            dose_level=baseline.get("dose_level") or None,
            start=baseline["planned_day1"],
            measurements=Measurements(
                baseline["height_cm"], baseline["weight_kg"], measured_on=baseline["measured_on"]
            ),
            cd20_pct=baseline.get("cd20_pct"),
        ).cycles
    except PlanError as error:
        field = {"start": "planned_day1"}.get(error.field, error.field)
        raise Refused(error.message, field=field) from error


def locked_counter() -> SubjectCounter:
    """The one row of the trial-wide sequence, locked until the transaction ends: enrolments and imports take turns."""
    SubjectCounter.objects.bulk_create([SubjectCounter(id=1, last=0)], ignore_conflicts=True)
    return SubjectCounter.objects.select_for_update().get(id=1)


def next_subject_number() -> int:
    """The next number of the one trial-wide sequence. The counter row stays locked until the enrolment commits."""
    counter = locked_counter()
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last


def _check_dates(today: dt.date, birth_date: dt.date, baseline: Mapping[str, Any]) -> None:
    consented, enrolled, day1 = baseline["consented_on"], baseline["enrolled_on"], baseline["planned_day1"]
    measured = baseline["measured_on"]
    for field, day in (("consented_on", consented), ("enrolled_on", enrolled), ("measured_on", measured)):
        if day > today:
            raise Refused(
                f"{day} lies in the future; today is {today} at this site. Enter the real date.", field=field
            )
    if enrolled < consented:
        raise Refused(
            f"Enrolled on {enrolled}, before the consent of {consented}. Nobody is enrolled before consent: "
            "correct one of the two dates.",
            field="enrolled_on",
        )
    if day1 < consented:
        raise Refused(
            f"Day 1 on {day1} lies before the consent of {consented}. Choose a later day 1.",
            field="planned_day1",
        )
    age = age_on(birth_date, consented)
    if not 1 <= age <= 110:
        raise Refused(
            f"Born on {birth_date}, the patient was {age} years old at consent; 1 to 110 is possible. "
            "Look at the year again.",
            field="birth_date",
        )


def _check_override(
    by: Any, site: Site, version: ProtocolVersion, in_force: ProtocolVersion, reason: str
) -> None:
    policies.check(by, "override version", site=site)
    if not reason.strip():
        raise Refused(
            f"At this site “{in_force}” was in force on the day of consent. Say why “{version}” is chosen instead.",
            field="override_reason",
        )


def _check_criteria(
    by: Any, site: Site, definition: ProtocolDefinition, criteria: Sequence[Criterion]
) -> None:
    given = {criterion.code: criterion for criterion in criteria}
    for expected in definition.criteria:
        answer = given.get(expected.code)
        field = f"criterion-{expected.code}"
        if answer is None or not answer.answer:
            raise Refused(f"Answer “{expected.text}”: met, not met or not applicable.", field=field)
        if answer.answer == Answer.NOT_MET:
            if not answer.note.strip():
                raise Refused(
                    f"“{expected.text}” is not met. Enter the waiver or the explanation beside it, or do not enrol.",
                    field=f"note-{expected.code}",
                )
            _check_waiver(by, site, expected.text, field)


def _check_waiver(by: Any, site: Site, criterion: str, field: str) -> None:
    """Refused at its field, not as a page of its own: the other answers of the form stay."""
    if not policies.may(by, "accept unmet criterion", site=site):
        raise Refused(
            f"“{criterion}” is not met, and only an investigator may accept that. Ask one to enrol this patient, or "
            "look at the answer again.",
            field=field,
        )


def _store_criteria(
    enrolment: Enrolment, definition: ProtocolDefinition, criteria: Sequence[Criterion], by: Any
) -> None:
    given = {criterion.code: criterion for criterion in criteria}
    EligibilityAnswer.objects.bulk_create(
        EligibilityAnswer(
            enrolment=enrolment,
            code=expected.code,
            text=expected.text,
            answer=given[expected.code].answer,
            note=given[expected.code].note,
            created_by=by,
        )
        for expected in definition.criteria
    )
