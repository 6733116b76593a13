"""Reads of the audit trail: what happened to a patient's rows, by transaction or by row."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from patients import kinds
from patients.models import (
    Administration,
    Closure,
    Cycle,
    EligibilityAnswer,
    Enrolment,
    Patient,
    Resumption,
    ScheduledActivity,
)
from protocoltracker.audit.models import Change


@dataclass(frozen=True)
class Audited:
    """One audited table of a patient, under its name in addresses."""

    slug: str
    model: type[models.Model]
    title: str
    plural: str
    about: str  # the filter it belongs to

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def of_patient(self, patient: Patient) -> models.QuerySet:
        owner = {"patient": "pk", "eligibility": "enrolment__patient"}.get(self.slug, "patient")
        return self.model._default_manager.filter(**{owner: patient.pk})


ABOUT = {"enrolment": "Enrolment", "plan": "Plan", "treatment": "Treatment", "records": "Records and events"}

AUDITED = (
    Audited("patient", Patient, "Patient", "Patients", "enrolment"),
    Audited("enrolment", Enrolment, "Enrolment", "Enrolments", "enrolment"),
    Audited("eligibility", EligibilityAnswer, "Criterion", "criteria", "enrolment"),
    Audited("cycle", Cycle, "Cycle", "cycles", "plan"),
    Audited("dose", ScheduledActivity, "Planned dose", "planned doses", "plan"),
    Audited("closure", Closure, "Closing", "closings", "plan"),
    Audited("resumption", Resumption, "Resumed treatment", "resumptions", "plan"),
    Audited("administration", Administration, "Administration", "administrations", "treatment"),
    *(Audited(kind.slug, kind.model, kind.title, kind.plural, "records") for kind in kinds.ALL),
)
BY_SLUG = {one.slug: one for one in AUDITED}
BY_TABLE = {one.table: one for one in AUDITED}

_OF_PATIENT = """
    SELECT id, transaction_id, table_name FROM audit.change WHERE patient_id = %(patient)s
    UNION ALL SELECT id, transaction_id, table_name FROM audit.change
        WHERE table_name = 'patients_eligibilityanswer' AND row_id IN (
            SELECT answer.id::text FROM patients_eligibilityanswer answer
            JOIN patients_enrolment enrolment ON enrolment.id = answer.enrolment_id
            WHERE enrolment.patient_id = %(patient)s)
"""


def transactions(patient: Patient, *, about: str = "") -> list[list[int]]:
    """Ids of the changes of a patient's rows, one list a transaction, the newest first.

    Rows that are gone are found too. `about` is a key of ABOUT, or empty for everything.
    """
    tables = [one.table for one in AUDITED if not about or one.about == about]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT array_agg(id ORDER BY id DESC) FROM ({_OF_PATIENT}) AS found "  # noqa: S608 - no value in it
            "WHERE table_name = ANY(%(tables)s) GROUP BY transaction_id ORDER BY max(id) DESC",
            {"patient": patient.pk, "tables": tables},
        )
        return [row[0] for row in cursor.fetchall()]


def changes(transactions: Sequence[Collection[int]]) -> list[list[Change]]:
    """The changes behind the ids, transaction by transaction, in one query."""
    found = Change.objects.in_bulk([change_id for ids in transactions for change_id in ids])
    return [[found[change_id] for change_id in ids] for ids in transactions]


def of_row(audited: Audited, row_id: uuid.UUID) -> Sequence[Change]:
    """Every change of one row, the newest first."""
    return list(Change.objects.filter(table_name=audited.table, row_id=str(row_id)).order_by("-id"))


def as_read(record: Any, row_version: int) -> dict[str, Any]:
    """The row as it was at `row_version`, as stored in the trail; empty when there was no such version."""
    found = Change.objects.filter(
        table_name=record._meta.db_table, row_id=str(record.pk), new__row_version=row_version
    ).first()
    return (found.new if found else None) or {}


def last_change(record: Any) -> Change:
    return Change.objects.filter(table_name=record._meta.db_table, row_id=str(record.pk)).latest("id")
