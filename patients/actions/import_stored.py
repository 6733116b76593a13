"""The stored patients as rows of the file, to compare with, in a constant number of queries. Reads only."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from patients import kinds
from patients.actions.import_records import AS_ENROLMENT, AS_PAST, AS_RECORDS
from patients.cohort.columns import NAMES, SAMPLES
from patients.cohort.reading import Row
from patients.cohort.rules import shown
from patients.edit_checks.facts import REMISSION
from patients.models import MRDAssessment, Patient
from regimens.reading.faults import quoted

Sample = tuple[dt.date, Decimal | None]

_ON_PATIENT = {
    "subject": "subject_number",
    "site": "site__name",
    "sex": "sex",
    "birth_date": "birth_date",
    "protocol_version": "enrolment__protocol_version__name",
    **{column: f"enrolment__{column}" for column in AS_ENROLMENT},
}
_COMPARED = tuple(
    name for name in NAMES if name != "cr_lost_on" and not any(name in sample for sample in SAMPLES)
)


@dataclass
class Stored:
    """A stored patient: the columns of the file as the records have them now, None where blank, and the samples."""

    site_id: uuid.UUID
    historical: bool
    values: dict[str, Any]
    samples: list[Sample]


def stored_rows(subjects: Collection[int]) -> dict[int, Stored]:
    """By subject number; numbers that are not stored are left out."""
    fields = ["pk", "site_id", "enrolment__historical", *_ON_PATIENT.values()]
    found: dict[Any, Stored] = {}
    for pk, site, historical, *values in Patient.objects.filter(subject_number__in=subjects).values_list(
        *fields
    ):
        known = {name: _blank(value) for name, value in zip(_ON_PATIENT, values, strict=True)}
        found[pk] = Stored(site, historical, dict.fromkeys(_COMPARED) | known, [])
    for slug, columns in {"past-treatment": AS_PAST, **AS_RECORDS}.items():
        for pk, values in _standing(slug, columns, found):
            found[pk].values |= values
    for pk, on, value in _of(MRDAssessment, found).values_list("patient_id", "on", "value"):
        found[pk].samples.append((on, value))
    return {stored.values["subject"]: stored for stored in found.values()}


def _of(model: Any, patients: Iterable[uuid.UUID]) -> Any:
    return model.objects.standing().filter(patient_id__in=list(patients)).order_by("on", "created_at")


def _standing(
    slug: str, columns: Mapping[str, str], patients: Iterable[uuid.UUID]
) -> Iterator[tuple[uuid.UUID, dict[str, Any]]]:
    """The record that the file speaks of: the first of its kind, of remissions the first, of contacts the last."""
    records = _of(kinds.of(slug).model, patients)
    if slug == "response":
        records, columns = records.filter(category__in=REMISSION), {"response_on": "on"}
    told: dict[uuid.UUID, dict[str, Any]] = {}
    for pk, *values in records.values_list("patient_id", *columns.values()):
        if pk not in told or slug == "last-contact":
            told[pk] = {name: _blank(value) for name, value in zip(columns, values, strict=True)}
    yield from told.items()


def _blank(value: Any) -> Any:
    return None if value == "" else value


def differences(row: Row, stored: Stored) -> Iterator[tuple[str, str, str]]:
    """Columns in which the file and the record differ, with what each says. Numbers are compared as numbers.

    Samples are compared in the order of their days, whichever of the three places of the file they have.
    """
    for column in _COMPARED:
        if row[column] != stored.values[column]:
            yield column, _told(row[column]), _told(stored.values[column])
    yield from _other_samples(row, stored.samples)


def _other_samples(row: Row, stored: list[Sample]) -> Iterator[tuple[str, str, str]]:
    given = sorted((_key((row[on], row[value])), on, value) for on, value in SAMPLES if row[on] is not None)
    free = [(on, value) for on, value in SAMPLES if row[on] is None]
    places = [(on, value) for _, on, value in given] + free
    for place, sample in enumerate(sorted(stored, key=_key)):
        on, value = places[min(place, len(places) - 1)]
        if place >= len(places) or row[on] != sample[0]:
            yield on, _told(row[on] if place < len(places) else None), _told(sample[0])
        elif row[value] != sample[1]:
            yield value, _told(row[value]), _told(sample[1])
    for _, on, _ in given[len(stored) :]:
        yield on, _told(row[on]), _told(None)


def _key(sample: Sample) -> tuple[dt.date, bool, Decimal]:
    on, value = sample
    return on, value is not None, value or Decimal(0)


def _told(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else shown(value)
