"""How many queries a page takes: few, and not one more with many patients."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients import kinds
from patients.actions import course, records
from patients.models import Patient
from protocoltracker.accounts.models import Role, Site
from protocoltracker.audit.context import acting
from tests import factories as a
from tests.copies import copy_patients

pytestmark = pytest.mark.django_db

AT_MOST = 12
PATIENTS = (1, 3, 30)


@pytest.fixture
def patient():
    """In the second cycle today, with overdue doses, a response and MRD; a cycle skipped and a phase ended."""
    today = dt.datetime.now(dt.UTC).date()
    site = a.a_site("Central", zone="UTC")
    person = a.a_person(Role.INVESTIGATOR, site)
    start = today - dt.timedelta(days=30)
    patient = a.enrolled_on_cycle(2, by=person, site=site, today=today, day1=start, cd20_pct=Decimal(40))
    facts = {"on": start + dt.timedelta(days=26), "category": "CR"}
    records.add(by=person, patient=patient, kind=kinds.of("response"), values=facts, today=today)
    mrd = {"on": facts["on"], "result": "negative", "method": "MFC", "sensitivity": Decimal("0.0001")}
    records.add(by=person, patient=patient, kind=kinds.of("mrd"), values=mrd, today=today)
    skipped, ended = patient.cycles.get(position=3), patient.cycles.get(position=5)
    course.skip_cycle(by=person, cycle=skipped, next_on=None, reason="for the count")
    course.end_phase(by=person, cycle=ended, next_on=None, reason="for the count")
    return patient


def pages(patient: Patient) -> dict[str, str]:
    opened = patient.cycles.get(state="open")
    planned = patient.cycles.filter(state="planned")[0]
    return {
        "worklist": reverse("worklist"),
        "worklist of a week": reverse("worklist") + "?view=week",
        "patient list": reverse("patients:list"),
        "patient": reverse("patients:detail", args=[patient.pk]),
        "cycle": reverse("patients:cycle", args=[patient.pk, opened.pk]),
        "cycle to open": reverse("patients:cycle", args=[patient.pk, planned.pk]),
    }


def queries_of(client, url: str) -> list[str]:
    client.get(url)  # what is kept in the process after the first time is not counted
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(url)
    assert response.status_code == 200
    taken = [query["sql"] for query in captured.captured_queries]
    noted = [
        sql for sql in taken if sql.startswith('INSERT INTO "reads_read"')
    ]  # who read it: one row, never more
    assert len(noted) <= 1
    return [sql for sql in taken if sql not in noted]


def listing(queries: list[str]) -> str:
    return "\n".join(f"{number:>3} {sql[:160]}" for number, sql in enumerate(queries, start=1))


def grow(patient: Patient, number: int) -> None:
    with acting(by="system:test"):
        copy_patients([patient.pk], numbers=range(Patient.objects.count(), number))
    assert Patient.objects.count() == number


@pytest.mark.parametrize(
    "name", ["worklist", "worklist of a week", "patient list", "patient", "cycle", "cycle to open"]
)
def test_a_page_takes_few_queries_and_the_same_number_for_many_patients(client, patient, name):
    client.force_login(a.a_person(Role.NURSE, Site.objects.get(name="Central")))
    url = pages(patient)[name]
    taken = {}
    for number in PATIENTS:
        grow(patient, number)
        taken[number] = queries_of(client, url)
    counts = {number: len(queries) for number, queries in taken.items()}
    assert len(set(counts.values())) == 1, f"{counts}\n{listing(taken[PATIENTS[-1]])}"
    assert counts[1] <= AT_MOST, f"{counts}\n{listing(taken[1])}"


def test_an_investigator_of_several_sites_takes_as_few(client, patient):
    a.enrolled(site=a.a_site("North"))
    person = a.a_person(Role.INVESTIGATOR, None)
    client.force_login(person)
    for name, url in pages(patient).items():
        queries = queries_of(client, url)
        assert len(queries) <= AT_MOST, f"{name}: {len(queries)}\n{listing(queries)}"
