"""The outcomes pages without a patient, with a few and with very many, and with names that mean harm."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients.cohort.published import published_cohort
from patients.models import Patient
from patients.presenters.outcomes.figures import OFFERED
from protocoltracker.accounts.models import Role
from protocoltracker.audit.context import acting
from tests import factories as a
from tests.cohort_files import a_file, a_row
from tests.copies import copy_patients
from tests.page_reading import Reading
from tests.patients.outcome_reading import CUTOFF, PAGES, file_of, opened, signed_in, store
from tests.posting import Browser as Client

pytestmark = pytest.mark.django_db

AT_MOST = 12


def test_without_a_patient_the_page_says_so_and_what_to_do():
    site = a.a_site("Central")
    investigator, monitor = (signed_in(a.a_person(role, site)) for role in (Role.INVESTIGATOR, Role.MONITOR))
    page = opened(investigator)
    assert "No patient yet." in page.words
    assert reverse("patients:enrol") in [link.url for link in page.links]
    assert "Patients 0" in page.words
    assert "Overall response – 0 of 0" in page.words
    assert "Median survival –" in page.words
    assert reverse("patients:enrol") not in [link.url for link in opened(monitor).links]
    for name in PAGES:
        opened(investigator, "", name)
    for key in OFFERED:
        assert file_of(investigator, f"{reverse('outcomes:table', args=[key])}?by={OFFERED[key][0]}")


def test_before_the_first_patient_a_later_cut_off_is_the_way_out():
    store(published_cohort())
    words = opened(signed_in(a.a_person(Role.INVESTIGATOR, None)), "cutoff=2010-01-01").words
    assert "Nobody was enrolled by 2010-01-01." in words
    assert "choose a later cut-off" in words


@pytest.mark.parametrize("number", [1, 2, 20])
def test_a_few_patients_give_figures_that_can_be_read(number):
    store(b"\r\n".join(published_cohort().splitlines()[: number + 1]) + b"\r\n")
    client = signed_in(a.a_person(Role.INVESTIGATOR, None))
    for chosen in ("all", "salvage", "arm", "best_mrd"):
        page = opened(client, f"{CUTOFF}&os={chosen}&cr_duration={chosen}")
        assert ("1 patient" if number == 1 else f"{number} patients") + " enrolled by" in page.words
        assert not re.search(r"\b(nan|None|inf)\b", page.words)
    opened(client, CUTOFF, "outcomes:values")


def test_hostile_names_are_text_on_the_page_and_in_the_file():
    site = "=HYPERLINK(1)<script>x</script>"
    store(a_file(a_row(site=site)))
    client = signed_in(a.a_person(Role.INVESTIGATOR, None))
    html = client.get(f"{reverse('outcomes:dashboard')}?orr=site").content.decode()
    assert "<script>x" not in html
    assert f"Site: {site}." in Reading(html).words
    rows = file_of(client, f"{reverse('outcomes:patients')}?format=csv")
    assert rows[1][1] == f"'{site}"
    assert file_of(client, f"{reverse('outcomes:table', args=['orr'])}?by=site")[1][0].startswith("'=")


def test_the_pages_take_the_same_few_queries_for_ten_and_for_a_thousand_patients():
    store(b"\r\n".join(published_cohort().splitlines()[:11]) + b"\r\n")
    client = signed_in(a.a_person(Role.INVESTIGATOR, None))
    taken = {10: queries_of(client)}
    store(published_cohort())
    taken[108] = queries_of(client)
    with acting(by="system:test"):
        copy_patients(Patient.objects.values_list("pk", flat=True), numbers=range(1, 10))
    assert Patient.objects.count() > 1000
    taken[1000] = queries_of(client)
    assert taken[10] == taken[108] == taken[1000]
    assert max(taken[10].values()) <= AT_MOST, taken[10]


def queries_of(client: Client) -> dict[str, int]:
    urls = [f"{reverse(name)}?{CUTOFF}" for name in PAGES]
    urls += [f"{reverse('outcomes:patients')}?figure=os&format=csv", reverse("outcomes:table", args=["os"])]
    return {url: queries_for(client, url) for url in urls}


def queries_for(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
        b"".join(response)
    assert response.status_code == 200
    return len(captured)
