"""The pages of former patients: all of them open, say what is missing, and show hostile text as text."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.urls import reverse

from patients import kinds
from patients.facts import values_of
from patients.models import MRDAssessment, PastTreatment, Patient
from protocoltracker.accounts.models import Role
from tests.cohort_files import dead, no_response
from tests.factories import a_person, an_imported, enrolled, imported
from tests.posting import Browser as Client

pytestmark = pytest.mark.django_db
HOSTILE = '=1+1 <script>alert("x")</script>\n\t{{ user }} “NA” 東京'
BLANK = dict.fromkeys(
    (
        *("height_cm", "weight_kg", "ecog", "prior_hct", "cd20_pct", "rituximab", "cd22_pct", "karyotype"),
        *("bm_blasts_pct", "wbc_10e9_l", "bilirubin_mg_dl", "alt_u_l", "creatinine_mg_dl", "response"),
        *("best_mrd", "ino_cycles", "mini_hcvd_cycles", "blina_cycles", "maintenance_cycles"),
    ),
    "",
)
EVERYTHING = {
    "notes": HOSTILE,
    "hct_on": "2018-07-01",
    "vod_on": "2018-08-01",
    "relapse_on": "2019-01-01",
    "cr_lost_on": "2019-01-01",
    "cause_of_death": "",
}
ROWS = {
    "a responder": {},
    "everything happened, little is known": dead("2019-02-01", **EVERYTHING),
    "almost nothing is known": no_response(**BLANK),
    "original version": {"protocol_version": "original", "arm": "inotuzumab", "blina_cycles": "0"},
}


def pages(patient: Patient) -> Iterator[str]:
    """Every page that is about a patient and can be read."""
    for name in ("detail", "schedule", "enrolment", "history", "enrolled-in-error"):
        yield reverse(f"patients:{name}", args=[patient.pk])
    for kind in kinds.fitting(patient):
        yield reverse("patients:record-list", args=[patient.pk, kind.slug])
        yield reverse("patients:record-add", args=[patient.pk, kind.slug])
        for record in kind.model.objects.filter(patient=patient):
            for name in ("record-edit", "record-history", "record-in-error"):
                yield reverse(f"patients:{name}", args=[patient.pk, kind.slug, record.pk])
    for closure in patient.closures.exclude(cause="historical"):
        yield reverse("patients:closure-undo", args=[patient.pk, closure.pk])


def words(page: str) -> str:
    main = page[page.index("<main") :]
    return " ".join(unescape(re.sub("<[^>]+>", " ", main)).split())


@pytest.fixture(params=[Role.INVESTIGATOR, Role.DATA_MANAGER], ids=str)
def person(request):
    return a_person(request.param)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_every_page_of_a_former_patient_opens_and_says_none_nowhere(client: Client, person, row):
    patient = imported(row)[0]
    client.force_login(person)
    for url in pages(patient):
        answer = client.get(url, follow=True)
        assert answer.status_code in {200, 403}, url
        if answer.status_code == 200:
            text = words(answer.content.decode())
            assert not re.search(r"\bNone\b|\bNaN\b|0000\b", text), (url, text)
            assert "<script>alert" not in answer.content.decode()


def test_the_overview_pages_open_with_former_patients_alone(client: Client, person):
    imported(*[row | {"subject": f"{n:03d}"} for n, row in enumerate(ROWS.values(), 1)])
    client.force_login(person)
    for name in ("worklist", "patients:list", "reminders:list"):
        assert client.get(reverse(name)).status_code == 200


def test_hostile_notes_are_shown_as_they_are(client: Client):
    patient = an_imported(notes=HOSTILE)
    client.force_login(a_person(Role.DATA_MANAGER))
    shown = '=1+1 <script>alert("x")</script> {{ user }} “NA” 東京'
    past = PastTreatment.objects.get()
    edit = reverse("patients:record-edit", args=[patient.pk, "past-treatment", past.pk])
    for url in (reverse("patients:history", args=[patient.pk]), edit):
        page = client.get(url).content.decode()
        assert "<script>alert" not in page
        assert shown in words(page)


def test_the_form_to_change_a_record_shows_what_is_recorded(client: Client):
    patient = imported(dead("2019-02-01", **EVERYTHING))[0]
    client.force_login(a_person(Role.INVESTIGATOR))
    seen = 0
    for kind in kinds.fitting(patient):
        for record in kind.model.objects.filter(patient=patient):
            url = reverse("patients:record-edit", args=[patient.pk, kind.slug, record.pk])
            form = client.get(url).context["form"]
            assert {name: form[name].initial for name in kind.fields()} == values_of(kind, record)
            seen += 1
    assert seen == 9  # two samples, and one record of each other kind in the row


def test_a_sample_is_shown_without_the_zeros_of_its_column(client: Client):
    patient = an_imported(mrd1_value="0.002", mrd_method="")
    client.force_login(a_person(Role.DATA_MANAGER))
    sample = MRDAssessment.objects.order_by("on").first()
    form = client.get(reverse("patients:record-edit", args=[patient.pk, "mrd", sample.pk])).context["form"]
    assert 'value="0.002"' in str(form["value"])


def test_nothing_is_due_and_nobody_is_told(client: Client):
    patient = an_imported()
    nurse = a_person(Role.NURSE, patient.site)
    client.force_login(nurse)
    assert patient.subject not in words(client.get(reverse("worklist")).content.decode())
    assert patient.subject in words(client.get(reverse("patients:list")).content.decode())


def test_the_next_patient_who_is_enrolled_has_the_next_number(client: Client):
    an_imported(subject="108")
    assert enrolled().subject == "109"
