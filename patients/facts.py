"""What the edit checks need to know about a patient, read from the record."""

import datetime as dt
from typing import Any

from patients import kinds
from patients.edit_checks import Facts, Known
from patients.models import Administration, Patient
from patients.models.patient import PatientRecord
from patients.models.treatment import GIVEN
from regimens.definition import ProtocolDefinition


def stop_drugs(patient: Patient, event: str) -> tuple[str, ...]:
    """Drugs that the patient's protocol version stops for good after this event (the slug of its kind)."""
    definition: ProtocolDefinition = patient.enrolment.protocol_version.definition
    return definition.drugs_stopped_by(event)


def facts_of(patient: Patient, *, today: dt.date, apart_from: Any = None) -> Facts:
    """The facts about `patient` without the record `apart_from` (its id). `today` is the day at the patient's site."""
    doses = _doses(patient)
    stopped = tuple(
        sorted(
            {
                drug
                for kind in kinds.closing()
                if kind.closes_stop_drugs
                for drug in stop_drugs(patient, kind.slug)
            }
        )
    )
    return Facts(
        today=today,
        born=patient.birth_date,
        consented_on=patient.enrolment.consented_on,
        doses=tuple(day for day, _ in doses),
        stop_drugs=stopped,
        stop_drug_doses=tuple(day for day, drug in doses if drug in stopped),
        records=tuple(known for kind in kinds.ALL for known in _known(kind, patient, apart_from)),
    )


def _doses(patient: Patient) -> list[tuple[dt.date, str]]:
    given = Administration.objects.filter(patient=patient, is_current=True, outcome__in=GIVEN).order_by(
        "given_at"
    )
    zone = patient.site.zone
    return [(at.astimezone(zone).date(), drug) for at, drug in given.values_list("given_at", "drug")]


def _known(kind: kinds.Kind, patient: Patient, apart_from: Any) -> list[Known]:
    records = kind.model.objects.filter(patient=patient).standing().exclude(pk=apart_from)
    return [Known(kind.slug, kind.title, record.on, values_of(kind, record)) for record in records]


def values_of(kind: kinds.Kind, record: PatientRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in kind.fields()}
