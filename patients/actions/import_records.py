"""A row of the file to the records of one patient. import_stored goes the other way, by the same tables.

What has no kind of record of its own is in the past treatment. The day of loss of remission is not stored: it follows
from relapse, death and response.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patients import kinds, models
from patients.actions.coverage import WHOLE_PLAN, state_of
from patients.cohort.columns import SAMPLES
from patients.cohort.mrd_rules import is_negative
from patients.cohort.reading import Row
from patients.enums import ClosureCause, MRDResult
from patients.models.patient import PatientRecord
from protocoltracker.accounts.models import Site, User
from protocoltracker.records import Record
from regimens.models import ProtocolVersion

AS_ENROLMENT = (
    *("enrolled_on", "arm", "height_cm", "weight_kg", "ecog", "salvage", "prior_hct", "cd20_pct", "cd22_pct"),
    *("bm_blasts_pct", "wbc_10e9_l", "karyotype", "bilirubin_mg_dl", "alt_u_l", "creatinine_mg_dl"),
)
"""Columns that are fields of the enrolment, under the same name."""

AS_PAST: Mapping[str, str] = {
    "treatment_started_on": "on",
    "rituximab": "rituximab",
    "response": "best_response",
    "mrd_method": "mrd_method",
    "best_mrd": "best_mrd",
    "mrd_negative_on": "mrd_negative_on",
    "notes": "note",
    "ino_cycles": "ino_cycles",
    "mini_hcvd_cycles": "mini_hcvd_cycles",
    "blina_cycles": "blina_cycles",
    "maintenance_cycles": "maintenance_cycles",
}
"""Columns that are fields of the past treatment."""

AS_RECORDS: Mapping[str, Mapping[str, str]] = {
    "response": {"response_on": "on", "response": "category"},
    "hct": {"hct_on": "on", "hct_donor": "donor", "hct_conditioning": "conditioning"},
    "vod": {"vod_on": "on", "vod_grade": "grade", "vod_resolved": "resolved"},
    "relapse": {"relapse_on": "on"},
    "death": {"death_on": "on", "cause_of_death": "cause"},
    "last-contact": {"last_contact_on": "on"},
}
"""Columns that are fields of a record of their own, by its kind; the first one is its day."""


@dataclass(frozen=True)
class Place:
    """What the rows refer to, and who imports."""

    sites: Mapping[str, Site]
    versions: Mapping[str, ProtocolVersion]
    created_by: User | None


@dataclass(frozen=True)
class Imported:
    """The unsaved records of one patient, the closures included."""

    patient: models.Patient
    records: Sequence[Record]


def records_of(row: Row, place: Place) -> Imported:
    patient = models.Patient(
        subject_number=row["subject"],
        site=place.sites[row["site"]],
        sex=row["sex"],
        birth_date=row["birth_date"],
        created_by=place.created_by,
    )
    version = place.versions[row["protocol_version"]]
    enrolment = models.Enrolment(
        patient=patient,
        historical=True,
        protocol_version=version,
        created_by=place.created_by,
        **_fields(models.Enrolment, {column: row[column] for column in AS_ENROLMENT}),
    )
    dated = [
        kinds.of(slug).model(
            patient=patient, created_by=place.created_by, **_fields(kinds.of(slug).model, values)
        )
        for slug, values in _records(row)
    ]
    closures = list(_closures(patient, version, dated, row))
    patient.state = state_of(ClosureCause(closure.cause) for closure in closures)
    return Imported(patient, [enrolment, *dated, *closures])


def _fields(model: type[Record], values: Mapping[str, Any]) -> dict[str, Any]:
    """Blank is null, or an empty text where the field holds text."""
    return {
        name: "" if value is None and not model._meta.get_field(name).null else value
        for name, value in values.items()
    }


def _records(row: Row) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "past-treatment", {name: row[column] for column, name in AS_PAST.items()}
    for slug, fields in AS_RECORDS.items():
        if row[next(iter(fields))] is not None:
            yield slug, {name: row[column] for column, name in fields.items()}
    for on, value in SAMPLES:
        if row[on] is not None:
            yield (
                "mrd",
                {
                    "on": row[on],
                    "value": row[value],
                    "result": _result(row[value]),
                    "method": row["mrd_method"],
                },
            )


def _result(value: Any) -> MRDResult:
    if value is None:
        return MRDResult.NOT_EVALUABLE
    return MRDResult.NEGATIVE if is_negative(value) else MRDResult.POSITIVE


def _closures(
    patient: models.Patient, version: ProtocolVersion, dated: Sequence[PatientRecord], row: Row
) -> Iterator[models.Closure]:
    """What closes the plan that was never made here: the past itself, then each event as recording it would close."""
    closed: list[ClosureCause] = []
    for cause, on, event_id, drugs in [
        (ClosureCause.HISTORICAL, row["last_contact_on"], None, ()),
        *_closing_events(version, dated),
    ]:
        yield models.Closure(
            patient=patient,
            cause=cause,
            on=on,
            event_id=event_id,
            drugs=list(drugs),
            cycle_ids=None if cause in WHOLE_PLAN else [],
            patient_state_before=state_of(closed),
            created_by=patient.created_by,
        )
        closed.append(cause)


def _closing_events(version: ProtocolVersion, dated: Sequence[PatientRecord]) -> Iterator[tuple]:
    for event in sorted(dated, key=lambda record: record.on):
        kind = kinds.of_record(event)
        drugs = version.definition.drugs_stopped_by(kind.slug) if kind.closes_stop_drugs else ()
        if kind.closes is not None and (drugs or not kind.closes_stop_drugs):
            yield kind.closes, event.on, event.pk, drugs
