"""Add, change and withdraw a record of any kind. Every write locks the patient first, then checks, then writes."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from patients import facts, policies
from patients.actions import closures
from patients.edit_checks import Finding, errors, warnings
from patients.enums import PatientState
from patients.kinds import Kind, fitting, of_record
from patients.models import Patient
from patients.models.patient import PatientRecord
from protocoltracker.audit.context import acting
from protocoltracker.records import Refused, check_fresh


class Questioned(Refused):
    """The edit checks found something: errors that block, or warnings that want an explanation."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(self.findings[0].message, field=self.findings[0].field)


def rehearse(
    *, by: Any, patient: Patient, kind: Kind, values: Mapping[str, Any], today: dt.date, explanation: str = ""
) -> None:
    """Everything that `add` would refuse, without writing: for the preview of a closing event."""
    policies.check_right(by, kind.right, patient)
    _check_open_record(patient)
    _check_single(patient, kind)
    _accepted(_findings(kind, values, facts.facts_of(patient, today=today)), explanation)


def _findings(kind: Kind, values: Mapping[str, Any], known: facts.Facts) -> list[Finding]:
    complete = {**dict.fromkeys(kind.fields()), **values}
    return [finding for rule in kind.all_rules for finding in rule(complete, known)]


def _new_findings(
    kind: Kind, values: Mapping[str, Any], record: PatientRecord, today: dt.date
) -> list[Finding]:
    """Errors, and the warnings that the record did not give before the change."""
    known = facts.facts_of(record.patient, today=today, apart_from=record.pk)
    before = {finding.code for finding in _findings(kind, facts.values_of(kind, record), known)}
    now = _findings(kind, values, known)
    return errors(now) + [finding for finding in warnings(now) if finding.code not in before]


def add(
    *,
    by: Any,
    patient: Patient,
    kind: Kind,
    values: Mapping[str, Any],
    today: dt.date,
    explanation: str = "",
    confirmed: str | None = None,
) -> PatientRecord:
    """Record something that happened; `today` is the day at the patient's site.

    A kind that closes the plan closes it in the same transaction; `confirmed` is the fingerprint of the preview that
    was seen (None: no preview was asked for). An `explanation` of warnings is kept in the audit trail as the reason.
    Raises Denied, Questioned, closures.PlanChanged, or Refused.
    """
    policies.check_right(by, kind.right, patient)
    with acting(by=by):
        patient = _locked(patient)
        _check_single(patient, kind)
        why = _accepted(_findings(kind, values, facts.facts_of(patient, today=today)), explanation)
        with acting(by=by, reason=why):
            record = kind.model.objects.create(patient=patient, created_by=by, **values)
        closures.close_for_event(
            patient=patient,
            kind=kind,
            event=record,
            by=by,
            reason=why or f"{kind.title} recorded",
            confirmed=confirmed,
        )
    return record


def change(
    *,
    by: Any,
    record: PatientRecord,
    values: Mapping[str, Any],
    today: dt.date,
    reason: str,
    explanation: str = "",
    row_version: int | None = None,
) -> PatientRecord:
    """Correct a record. A closing event keeps what it closed; a new date is the date of its closure too.

    Only warnings that the record did not give before want an explanation.
    """
    kind = of_record(record)
    _needs_words(reason, "Say why it changes: the history shows it.")
    policies.check_right(by, kind.right, record.patient)
    with acting(by=by):
        record = _locked_with(record)
        check_fresh(record, row_version)
        accepted = _accepted(_new_findings(kind, values, record, today), explanation)
        why = "; ".join(part for part in (reason.strip(), accepted) if part)
        with acting(by=by, reason=why):
            for name, value in values.items():
                setattr(record, name, value)
            record.save(update_fields=[*values])
            closures.redate(event=record, by=by, reason=why)
    record.refresh_from_db()
    return record


def mark_in_error(*, by: Any, record: PatientRecord, reason: str, row_version: int | None = None) -> None:
    """The record was a mistake. It stays readable, struck through, and counts no more; a closing event is undone."""
    kind = of_record(record)
    _needs_words(reason, "Say why it was an error: the history shows it.")
    policies.check_right(by, kind.right, record.patient)
    with acting(by=by, reason=reason.strip()):
        record = _locked_with(record)
        check_fresh(record, row_version)
        closure = closures.of_event(record.pk)
        if closure is not None:
            closures.undo(closure=closure, by=by, reason=reason.strip())
        else:
            kind.model.objects.filter(pk=record.pk).update(entered_in_error=True)


def _locked(patient: Patient) -> Patient:
    patient = Patient.objects.select_for_update(of=("self",)).select_related("site").get(pk=patient.pk)
    _check_open_record(patient)
    return patient


def _check_open_record(patient: Patient) -> None:
    if patient.state == PatientState.ENROLLED_IN_ERROR:
        raise Refused(
            f"Patient {patient} is marked as enrolled in error: nothing more is recorded. Undo that mark first if it "
            "was wrong."
        )


def _locked_with(record: PatientRecord) -> Any:
    patient = _locked(record.patient)
    record = type(record).objects.select_for_update().get(pk=record.pk)
    record.patient = patient
    if record.entered_in_error:
        raise Refused(
            "This record is marked as entered in error and is no longer changed. Record what happened as a new one."
        )
    return record


def _check_single(patient: Patient, kind: Kind) -> None:
    if kind not in fitting(patient):
        raise Refused(
            f"{kind.title} is recorded only for patients who were treated before this record began. Record the single "
            "doses and assessments of this patient instead."
        )
    if not kind.single:
        return
    standing = kind.model.objects.filter(patient=patient).standing().first()
    if standing is not None:
        raise Refused(
            f"{kind.title} of {standing.on} is recorded already, and there can be one only. Change that record, or "
            "mark it as entered in error first.",
            field="on",
        )


def _accepted(findings: list[Finding], explanation: str) -> str:
    """The reason for the audit trail; errors, and warnings without an explanation, are refused."""
    blocking = errors(findings)
    if blocking or (findings and not explanation.strip()):
        raise Questioned(findings)
    codes = ", ".join(dict.fromkeys(finding.code for finding in warnings(findings)))
    return f"Checked ({codes}): {explanation.strip()}" if codes else ""


def _needs_words(reason: str, message: str) -> None:
    if not reason.strip():
        raise Refused(message, field="reason")
