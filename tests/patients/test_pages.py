"""The ward's pages, as the people of a site see them."""

import datetime as dt
import re
import uuid
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from patients.actions import treatment
from patients.actions.treatment import Given
from patients.models import Administration, Patient
from patients.views import worklist as worklist_view
from protocoltracker.accounts.models import Membership, Role
from protocoltracker.audit.context import acting
from tests import factories as a

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2020, 6, 15, 10, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def monday_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def text_of(response) -> str:
    """What a reader sees: tags gone, spaces folded."""
    body = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", body.replace("&nbsp;", " ").replace("\xa0", " "))


def nurse_of(client, site):
    nurse = a.a_person(Role.NURSE, site)
    client.force_login(nurse)
    return nurse


def test_the_worklist_shows_overdue_and_todays_doses_with_a_link_to_the_patient(client):
    site = a.a_site("Central")
    patient = a.enrolled_on_cycle(1, site=site, day1=dt.date(2020, 6, 8))  # day 8 today
    nurse_of(client, site)
    response = client.get("/")
    page = text_of(response)
    assert "Monday 2020-06-15" in page
    assert "13 doses to record" in page  # days 1 to 4, in one line
    assert f'href="/patients/{patient.pk}/"' in response.content.decode()
    assert "Vincristine 2 mg" in page


def test_a_cycle_to_open_is_one_line_and_not_a_dose_to_give(client):
    site = a.a_site()
    a.enrolled(site=site, day1=a.TODAY)
    nurse_of(client, site)
    page = text_of(client.get("/"))
    assert "Open mini-HCVD 1" in page
    assert "Given as planned" not in page


def test_one_click_records_a_dose_due_today_now_and_can_be_undone(client):
    site = a.a_site()
    patient = a.enrolled_on_cycle(1, site=site, day1=a.TODAY)
    nurse_of(client, site)
    dex = patient.activities.get(cycle__position=1, drug="dexamethasone", day=1)
    url = reverse("patients:give", args=[patient.pk, dex.pk])
    token = uuid.uuid4()
    first = client.post(url, {"form_token": token}, follow=True)
    assert "Recorded: dexamethasone 20 mg, 001, 12:00." in text_of(first)  # Paris
    client.post(url, {"form_token": token})  # a double click
    entry = Administration.objects.get()
    assert (entry.given_at, entry.dose) == (NOON, Decimal(20))
    client.post(reverse("patients:undo-dose", args=[patient.pk, entry.pk]))
    dex.refresh_from_db()
    assert dex.state == "planned"


def test_the_same_dose_by_a_second_nurse_is_refused_with_the_name_of_the_first(client):
    site = a.a_site()
    patient = a.enrolled_on_cycle(1, site=site, day1=a.TODAY)
    dex = patient.activities.get(cycle__position=1, drug="dexamethasone", day=1)
    first = a.a_person(Role.NURSE, site, name="first nurse")
    treatment.record(
        by=first, activity=dex, given=Given(outcome="given", given_at=NOON, dose=dex.dose), now=NOON
    )
    nurse_of(client, site)
    page = text_of(client.post(reverse("patients:give", args=[patient.pk, dex.pk]), follow=True))
    assert "recorded already" in page
    assert "First Nurse" in page
    assert Administration.objects.count() == 1


def test_a_drug_for_two_pairs_of_eyes_is_never_one_click(client):
    site = a.a_site()
    patient = a.enrolled_on_cycle(1, site=site, day1=a.TODAY)
    nurse_of(client, site)
    vincristine = patient.activities.get(cycle__position=1, drug="vincristine", day=1)
    url = reverse("patients:give", args=[patient.pk, vincristine.pk])
    assert url not in client.get("/").content.decode()
    assert "never recorded by one click" in text_of(client.post(url, follow=True))
    form = client.get(reverse("patients:record-dose", args=[patient.pk, vincristine.pk]))
    assert form.context["form"]["dose"].value() is None


def test_opening_a_cycle_on_its_page(client):
    site = a.a_site()
    patient = a.enrolled(site=site, day1=a.TODAY)
    nurse_of(client, site)
    cycle = patient.cycles.first()
    page = text_of(client.get(cycle.get_absolute_url()))
    assert "Not opened yet" in page
    assert "Provisional" in page
    answer = {
        "form_token": uuid.uuid4(), "row_version": cycle.row_version, "day1": "2020-06-15", "height_cm": "170",
        "weight_kg": "720", "measured_on": "2020-06-15",
    }  # fmt: skip
    wrong = client.post(cycle.get_absolute_url(), answer)
    assert wrong.status_code == 422
    assert "720 kg is outside 30 to 250 kg. Did you mean 72?" in text_of(wrong)
    assert 'value="720"' in wrong.content.decode()  # what was typed stays
    done = client.post(cycle.get_absolute_url(), answer | {"weight_kg": "72"}, follow=True)
    assert "its doses are fixed" in text_of(done)
    cycle.refresh_from_db()
    assert (cycle.state, cycle.weight_kg) == ("open", Decimal(72))


def test_several_doses_are_recorded_after_their_times_were_confirmed(client):
    site = a.a_site()
    patient = a.enrolled_on_cycle(1, site=site, day1=dt.date(2020, 6, 8))
    nurse_of(client, site)
    cycle = patient.cycles.first()
    doses = list(cycle.activities.filter(drug="cyclophosphamide"))
    url = reverse("patients:record-cycle", args=[patient.pk, cycle.pk])
    ticked = {"activity": [d.pk for d in doses]}
    first = client.post(url, ticked)
    assert "6 doses of mini-HCVD 1 as planned" in text_of(first)
    assert not Administration.objects.exists()
    times = {f"at-{d.pk}": f"{d.on}T{8 + 12 * (d.slot - 1):02d}:00" for d in doses}
    done = client.post(url, ticked | times | {"confirmed": "1", "form_token": uuid.uuid4()}, follow=True)
    assert "Recorded: 6 doses" in text_of(done)
    assert Administration.objects.filter(outcome="given").count() == 6


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"outcome": "omitted", "reason_code": ""}, "Choose a reason."),
        ({"outcome": "changed", "reason_code": "liver", "dose": "1,5"}, "has a comma"),
        ({"outcome": "changed", "reason_code": "liver", "dose": "abc"}, "is not a number"),
        ({"outcome": "changed", "reason_code": "liver", "dose": ""}, "Enter the dose"),
        ({"outcome": "given", "dose": "20", "given_at": "2020-06-16T10:00"}, "lies in the future"),
        ({"outcome": "given", "dose": "20", "given_at": "yesterday"}, "is not a date and time"),
        ({"outcome": "given", "dose": "25"}, "is not the planned"),
    ],
)
def test_a_wrong_entry_says_what_is_wrong_and_stores_nothing(client, answer, says):
    site = a.a_site()
    patient = a.enrolled_on_cycle(1, site=site, day1=a.TODAY)
    nurse_of(client, site)
    dex = patient.activities.get(cycle__position=1, drug="dexamethasone", day=1)
    plain = {
        "form_token": uuid.uuid4(),
        "row_version": dex.row_version,
        "given_at": "2020-06-15T09:00",
        "dose": "20",
    }
    response = client.post(reverse("patients:record-dose", args=[patient.pk, dex.pk]), plain | answer)
    assert response.status_code == 422
    assert says in text_of(response)
    assert not Administration.objects.exists()


def test_skip_shows_a_preview_before_it_does_anything(client):
    site = a.a_site()
    patient = a.enrolled_on_cycle(1, site=site, day1=a.TODAY)
    nurse_of(client, site)
    second = patient.cycles.get(position=2)
    url = reverse("patients:change-course", args=[patient.pk, second.pk, "skip"])
    answer = {
        "form_token": uuid.uuid4(), "row_version": second.row_version, "next_on": second.day1, "reason": "infection",
    }  # fmt: skip
    preview = text_of(client.post(url, answer | {"step": "preview"}))
    assert "nothing is saved yet" in preview
    second.refresh_from_db()
    assert second.state == "planned"
    client.post(url, answer | {"step": "save"})
    second.refresh_from_db()
    assert second.state == "skipped"
    banner = client.get(patient.get_absolute_url())
    assert "Cycle skipped" in text_of(banner)
    undo = re.search(r'href="([^"]+undo-course/)"', banner.content.decode()).group(1)
    client.post(undo, {"form_token": uuid.uuid4(), "reason": "recovered"})
    second.refresh_from_db()
    assert second.state == "planned"


def enrolment_answers(**changes):
    criteria = a.the_protocol().definition.criteria
    plain = {
        "form_token": uuid.uuid4(), "step": "save", "consented_on": "2020-06-10", "consent_version": "4.0",
        "enrolled_on": "2020-06-12", "sex": "female", "birth_date": "1980-03-01", "salvage": "S2", "prior_hct": "no",
        "cd20_pct": "35", "height_cm": "165", "weight_kg": "63.4", "measured_on": "2020-06-12",
        "planned_day1": "2020-06-15",
    }  # fmt: skip
    return plain | {f"criterion-{c.code}": "met" for c in criteria} | changes


def test_enrolling_in_the_browser_makes_the_plan(client):
    site = a.a_site()
    nurse_of(client, site)
    a.the_protocol()
    form = client.get(reverse("patients:enrol"))
    assert "Enrol a patient" in text_of(form)
    done = client.post(reverse("patients:enrol"), enrolment_answers(), follow=True)
    patient = Patient.objects.get()
    assert done.redirect_chain[-1][0] == patient.get_absolute_url()
    assert "Enrolled as 001" in text_of(done)
    assert patient.activities.filter(drug="rituximab").count() == 8  # CD20 35 %, 2 a cycle in 4 cycles


def test_what_follows_is_worked_out_before_saving(client):
    nurse_of(client, a.a_site())
    page = text_of(client.post(reverse("patients:enrol"), enrolment_answers(step="check")))
    assert "1.70 m²" in page
    assert "from 20 % on; 35 %" in page
    assert not Patient.objects.exists()


def test_a_wrong_enrolment_keeps_everything_that_was_typed(client):
    nurse_of(client, a.a_site())
    response = client.post(reverse("patients:enrol"), enrolment_answers(enrolled_on="2020-06-09"))
    assert response.status_code == 422
    assert "before the consent of 2020-06-10" in text_of(response)
    assert 'value="63.4"' in response.content.decode()
    assert not Patient.objects.exists()


def test_search_goes_straight_to_the_patient(client):
    site = a.a_site()
    patient = a.enrolled(site=site)
    nurse_of(client, site)
    assert client.get("/find?q=1").url == patient.get_absolute_url()
    assert client.get("/find?q=001").url == patient.get_absolute_url()
    assert "Nobody found" in text_of(client.get("/find?q=77", follow=True))
    assert client.get("/find?q=<b>").url == "/patients/?q=%3Cb%3E"


def test_a_patient_of_another_site_answers_like_a_missing_one(client):
    patient = a.enrolled_on_cycle(1)
    nurse_of(client, a.a_site())
    cycle = patient.cycles.first()
    missing = client.get(reverse("patients:detail", args=[uuid.uuid4()]))
    for url in (patient.get_absolute_url(), cycle.get_absolute_url()):
        other = client.get(url)
        assert (other.status_code, other.content) == (404, missing.content) or other.status_code == 404
    assert client.get(f"/find?q={patient.subject}").url.startswith("/patients/?")
    assert patient.subject not in text_of(client.get("/patients/"))


def test_the_page_of_a_patient_shows_next_and_happened(client):
    site = a.a_site()
    patient = a.enrolled_on_cycle(2, site=site, day1=dt.date(2020, 5, 18))
    nurse_of(client, site)
    page = text_of(client.get(patient.get_absolute_url()))
    assert "mini-HCVD 2, day 1 of 28" in page
    assert "What’s next" in page
    assert "Dexamethasone 20 mg" in page  # the last doses of cycle 1
    assert "Not an order" in page


def test_the_monitor_reads_and_records_nothing(client):
    site = a.a_site()
    patient = a.enrolled_on_cycle(1, site=site, day1=a.TODAY)
    client.force_login(a.a_person(Role.MONITOR, site))
    page = client.get("/")
    assert "read only" in text_of(page)
    dex = patient.activities.get(cycle__position=1, drug="dexamethasone", day=1)
    assert client.post(reverse("patients:give", args=[patient.pk, dex.pk])).status_code == 403
    assert client.get(reverse("patients:record-dose", args=[patient.pk, dex.pk])).status_code == 403
    assert client.get(reverse("patients:enrol")).status_code == 403


@pytest.mark.parametrize("signed_out", ["/", "/patients/", "/patients/enrol/"])
def test_nobody_reads_anything_without_signing_in(client, signed_out):
    response = client.get(signed_out)
    assert response.status_code == 302
    assert response.url.startswith("/sign-in/")


@pytest.mark.parametrize("level", ["1.8", "1.3"])
def test_the_pages_of_a_patient_on_the_original_version_name_the_dose_level(client, level):
    site = a.a_site()
    patient = a.enrolled_on_cycle(1, site=site, version="original", dose_level=level, day1=a.TODAY)
    nurse_of(client, site)
    for url in (patient.get_absolute_url(), patient.cycles.first().get_absolute_url(), "/patients/"):
        assert level in text_of(client.get(url))


def test_one_click_on_the_cycle_page_comes_back_to_it(client):
    site = a.a_site()
    patient = a.enrolled_on_cycle(1, site=site, day1=a.TODAY)
    nurse_of(client, site)
    cycle = patient.cycles.first()
    assert "Given as planned" in text_of(client.get(cycle.get_absolute_url()))
    dex = cycle.activities.get(drug="dexamethasone", day=1)
    answer = {"form_token": uuid.uuid4(), "back": "cycle"}
    done = client.post(reverse("patients:give", args=[patient.pk, dex.pk]), answer)
    assert done.url == cycle.get_absolute_url()


def test_one_click_means_now_and_not_another_day(client):
    site = a.a_site()
    patient = a.enrolled_on_cycle(1, site=site, day1=dt.date(2020, 6, 12))
    nurse_of(client, site)
    missed = patient.activities.get(cycle__position=1, drug="dexamethasone", day=1)
    url = reverse("patients:give", args=[patient.pk, missed.pk])
    assert "one click means now" in text_of(client.post(url, {"form_token": uuid.uuid4()}, follow=True))
    assert not Administration.objects.exists()


def test_a_site_with_nobody_to_remind_is_an_alarm_on_the_worklist(client):
    site = a.a_site()
    a.enrolled_on_cycle(1, site=site, day1=a.TODAY)
    nurse_of(client, site)
    assert "Nobody to remind." in text_of(client.get("/"))
    a.a_person(Role.COORDINATOR, site)
    assert "Nobody to remind." not in text_of(client.get("/"))


def test_many_overdue_doses_do_not_push_todays_off_the_worklist(client, monkeypatch):
    monkeypatch.setattr(worklist_view, "SHOWN", 5)
    site = a.a_site()
    a.enrolled_on_cycle(1, site=site, day1=dt.date(2020, 6, 1))  # everything since is overdue
    a.enrolled_on_cycle(1, site=site, day1=a.TODAY)
    nurse_of(client, site)
    page = text_of(client.get("/"))
    assert "4 due today" in page  # 2 cyclophosphamide, dexamethasone, vincristine
    assert "Given as planned" in page


def test_an_enrolment_stays_at_the_site_of_its_page(client):
    """The site chosen in another tab meanwhile does not decide where the patient goes."""
    here, there = a.a_site("Here"), a.a_site("There")
    person = nurse_of(client, here)
    with acting(by="system:test"):
        Membership.objects.create(user=person, site=there, role=Role.NURSE)
    answers = enrolment_answers()
    form = client.get(reverse("patients:enrol") + f"?site={here.pk}").content.decode()
    action = re.search(r'id="enrol"[^>]*action="([^"]+)"', form).group(1)
    client.post(reverse("accounts:switch-site"), {"site": there.pk, "next": "/"})
    client.post(reverse("patients:enrol") + action, answers)
    assert Patient.objects.get().site == here


@pytest.mark.parametrize("query", ["²", "١٢", "9" * 30, "\x00", "<script>"])
def test_an_odd_search_finds_nobody_and_breaks_nothing(client, query):
    nurse_of(client, a.a_site())
    assert client.get("/find", {"q": query}, follow=True).status_code == 200
    assert client.get("/patients/", {"q": query}).status_code == 200


@pytest.mark.parametrize("dose", ["99999999999", "1e30", "1e999999999", "NaN", "Infinity", "-5", "1" * 500])
def test_an_absurd_dose_is_a_message(client, dose):
    site = a.a_site()
    patient = a.enrolled_on_cycle(1, site=site, day1=a.TODAY)
    nurse_of(client, site)
    dex = patient.activities.get(cycle__position=1, drug="dexamethasone", day=1)
    answer = {"form_token": uuid.uuid4(), "outcome": "changed", "reason_code": "liver", "reason": "x",
              "given_at": "2020-06-15T09:00", "dose": dose}  # fmt: skip
    assert client.post(reverse("patients:record-dose", args=[patient.pk, dex.pk]), answer).status_code == 422
    assert not Administration.objects.exists()
