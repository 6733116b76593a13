"""Recording through the actions and through the pages, shared by the tests of records."""

import datetime as dt
import re
from typing import Any

from django.urls import reverse

from patients import kinds
from patients.actions import records
from patients.models import Patient
from tests.factories import TODAY
from tests.patients import record_samples
from tests.posting import Browser as Client

TOKEN = "00000000-0000-4000-8000-00000000000"


def page(name: str, patient: Patient, *rest: Any) -> str:
    return reverse(f"patients:{name}", args=[patient.pk, *rest])


def added(patient: Patient, by: Any, slug: str, on: dt.date = TODAY, **changed: Any) -> Any:
    entered = record_samples.values(slug, on, **changed)
    return records.add(
        by=by,
        patient=patient,
        kind=kinds.of(slug),
        values=entered,
        today=TODAY,
        explanation="looked at twice",
    )


def saved(web: Client, patient: Patient, slug: str, **data: Any) -> Any:
    """Send the form, and confirm the preview where there is one."""
    url = page("record-add", patient, slug)
    answer = web.post(url, data)
    if answer.status_code == 200 and "confirmed" in answer.content.decode():
        answer = web.post(url, data | {"step": "save", "confirmed": fingerprint(answer)})
    return answer


def fingerprint(answer: Any) -> str:
    return re.search(r'name="confirmed" value="(\w+)"', answer.content.decode()).group(1)


def shown(answer: Any) -> str:
    return answer.content.decode()


def count(kind: kinds.Kind) -> int:
    return kind.model.objects.count()
