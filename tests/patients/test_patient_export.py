"""The list of patients as a file: what the page shows, the same filters, the same sites."""

import csv
import datetime as dt
import io

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.actions import records
from patients.kinds import of
from patients.models import Patient
from protocoltracker.accounts.models import Role
from protocoltracker.audit.context import acting
from tests import factories as a
from tests.copies import copy_patients

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday_noon():
    with time_machine.travel(dt.datetime(2020, 6, 15, 10, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def site():
    return a.a_site("=Central")


def exported(client, **filters) -> list[dict[str, str]]:
    response = client.get(reverse("patients:list"), {"format": "csv"} | filters)
    assert response.status_code == 200
    assert response.streaming
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(response).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def reader_of(client, site, role=Role.MONITOR):
    client.force_login(a.a_person(role, site))
    return client


def test_a_row_says_what_the_page_says(client, site):
    patient = a.enrolled_on_cycle(1, site=site, version="original", day1=a.TODAY - dt.timedelta(days=2))
    next_on = patient.activities.filter(state="planned").earliest("on").on
    assert exported(reader_of(client, site)) == [
        {
            "Subject": patient.subject,
            "Site": "'=Central",
            "Protocol version": "original",
            "Arm": "Inotuzumab ozogamicin",
            "Dose level": "1.8",
            "Enrolled on": "2020-06-10",
            "Cycle": "mini-HCVD 1",
            "Day": "3",
            "Next due": next_on.isoformat(),
            "State": "On treatment",
        }
    ]


def test_the_filters_are_those_of_the_page(client, site):
    alive, dead = a.enrolled(site=site), a.enrolled(site=site)
    by = a.a_person(Role.INVESTIGATOR, site)
    facts = {"on": a.TODAY, "cause": "other"}
    records.add(
        by=by, patient=dead, kind=of("death"), values=facts, today=a.TODAY, explanation="for the test"
    )
    reader_of(client, site)
    assert [row["Subject"] for row in exported(client)] == [alive.subject, dead.subject]
    assert [row["State"] for row in exported(client, state="dead")] == ["Died"]
    assert [row["Subject"] for row in exported(client, q=alive.subject)] == [alive.subject]
    assert exported(client, q="nobody") == []


def test_patients_of_another_site_are_not_in_it(client, site):
    own = a.enrolled(site=site)
    a.enrolled(site=a.a_site("North"))
    assert [row["Subject"] for row in exported(reader_of(client, site))] == [own.subject]
    client.force_login(a.a_person(Role.ADMINISTRATOR, site))
    assert client.get(reverse("patients:list"), {"format": "csv"}).status_code == 403


def test_the_site_chosen_in_the_switcher_holds_for_the_file(client, site):
    north = a.a_site("North")
    there = a.enrolled(site=north)
    a.enrolled(site=site)
    reader_of(client, None)
    assert len(exported(client)) == 2
    client.post(reverse("accounts:switch-site"), {"site": north.pk})
    assert [row["Subject"] for row in exported(client)] == [there.subject]


def test_the_page_links_to_the_file_with_its_filters(client, site):
    a.enrolled(site=site)
    page = reader_of(client, site).get(reverse("patients:list"), {"state": "on_treatment", "page": "1"})
    assert 'href="?state=on_treatment&amp;format=csv"' in page.content.decode()


def test_many_patients_take_no_more_queries(client, site):
    patient = a.enrolled_on_cycle(1, site=site)
    reader_of(client, site)
    taken = []
    for number in (1, 20):
        with acting(by="system:test"):
            copy_patients([patient.pk], numbers=range(Patient.objects.count(), number))
        exported(client)
        with CaptureQueriesContext(connection) as captured:
            assert len(exported(client)) == number
        taken.append(len(captured))
    assert taken[0] == taken[1] <= 8
