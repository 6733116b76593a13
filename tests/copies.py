"""Many patients at once: copies of whole patients in SQL, every row of theirs with a new key.

The key of a copy follows from the old key and the number of the copy, so rows find each other without a look-up.
"""

import uuid
from collections.abc import Iterable
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

# In this order every row's parent is there before it.
OF_A_PATIENT: tuple[type[models.Model], ...] = (
    Patient,
    Enrolment,
    EligibilityAnswer,
    Closure,
    Cycle,
    ScheduledActivity,
    Administration,
    Resumption,
    *(kind.model for kind in kinds.ALL),
)
APART = 1000
"""Subject numbers of the first copies lie this far above those of the copied ones, of the second twice as far ..."""


def copy_patients(ids: Iterable[uuid.UUID], *, numbers: range, cursor: Any = None) -> int:
    """Make the copies with these numbers (from 1) of each of these patients; how many rows were written.

    Through Django's connection it takes a block of `acting`; or give a cursor of the owner with the triggers off.
    """
    if cursor is None:
        with connection.cursor() as own:
            return copy_patients(ids, numbers=numbers, cursor=own)
    written = 0
    for model in OF_A_PATIENT:
        cursor.execute(_statement(model), [list(numbers), list(ids)])
        written += cursor.rowcount
    return written


def _statement(model: type[models.Model]) -> str:
    fields = model._meta.local_concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(_value(field) for field in fields)
    return (
        f'INSERT INTO "{model._meta.db_table}" ({columns}) '  # noqa: S608 - names of our own models
        f'SELECT {values} FROM "{model._meta.db_table}" r CROSS JOIN unnest(%s::int[]) k WHERE {_owner(model)}'
    )


def _value(field: models.Field) -> str:
    if field.primary_key or field.related_model in OF_A_PATIENT:
        return f"md5(r.\"{field.column}\" || '-' || k)::uuid"
    if field.name == "subject_number":
        return f"r.subject_number + k * {APART}"
    return f'r."{field.column}"'


def _owner(model: type[models.Model]) -> str:
    if model is Patient:
        return "r.id = ANY(%s)"
    if model is EligibilityAnswer:
        return "r.enrolment_id IN (SELECT id FROM patients_enrolment WHERE patient_id = ANY(%s))"
    return "r.patient_id = ANY(%s)"
