"""The page on which the past course of a former patient is entered, and what his other pages say and offer."""

from typing import Any

import pytest
import time_machine
from django.urls import reverse

from patients.enums import ActivityState
from patients.models import PastTreatment, ScheduledActivity
from protocoltracker.accounts.models import Role
from tests import factories as a
from tests.patients.recording import shown
from tests.patients.test_past_course import INOTUZUMAB, NOW, START, cycle, enter
from tests.posting import Browser as Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> Any:
    return a.a_person(Role.DATA_MANAGER)


@pytest.fixture
def web(client: Client, by: Any) -> Client:
    client.force_login(by)
    return client


@pytest.fixture
def later() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def typed(**changed: Any) -> dict[str, Any]:
    return {
        "mini_hcvd_cycles": "2",
        "blina_cycles": "1",
        "maintenance_cycles": "0",
        "ino_cycles": "1",
        "started_on": "2018-03-07",
        "ended_on": "",
        "height_cm": "170",
        "weight_kg": "70",
        "measured_on": "2018-03-05",
        "rituximab": "no",
        "reason": "discharge letters",
        **changed,
    }


def test_the_page_is_filled_in_with_what_the_file_said(web, later):
    patient = a.an_imported()
    page = shown(web.get(reverse("patients:past-course", args=[patient.pk])))
    for name, value in {
        "mini_hcvd_cycles": 4,
        "blina_cycles": 4,
        "maintenance_cycles": 3,
        "ino_cycles": 4,
    }.items():
        assert f'name="{name}" value="{value}"' in page
    assert 'name="started_on" value="2018-03-07"' in page
    assert 'value="70.5"' in page


def test_preview_shows_days_and_doses_and_saving_writes_what_was_shown(web, later):
    patient = a.an_imported()
    url = reverse("patients:past-course", args=[patient.pk])
    preview = shown(web.post(url, typed(step="preview")))
    assert 'name="day1-mini-hcvd-2" value="2018-04-04"' in preview
    assert 'name="day1-blinatumomab-1" value="2018-05-02"' in preview
    assert "nothing is saved yet" in preview
    assert not patient.cycles.exists()
    days = {"day1-mini-hcvd-2": "2018-04-10", "day1-blinatumomab-1": ""}
    again = shown(web.post(url, typed(step="preview", **days)))
    assert 'name="day1-blinatumomab-1" value="2018-05-08"' in again
    answer = web.post(url, typed(step="save", **days))
    assert answer.status_code == 302, shown(answer)
    assert [str(day) for day in patient.cycles.values_list("day1", flat=True)[:3]] == [
        "2018-03-07",
        "2018-04-10",
        "2018-05-08",
    ]
    assert set(patient.administrations.filter(drug=INOTUZUMAB).values_list("cycle__position", flat=True)) == {
        1
    }
    page = shown(web.get(patient.get_absolute_url()))
    assert "entered afterwards: 3 cycles" in page
    assert "Enter past course" not in page
    assert web.get(url).status_code == 302


def test_all_days_are_worked_out_anew_when_asked(web, later):
    url = reverse("patients:past-course", args=[a.an_imported().pk])
    days = {"day1-mini-hcvd-2": "2018-04-10", "started_on": "2018-03-08", "anew": "on"}
    page = shown(web.post(url, typed(step="preview", **days)))
    assert 'name="day1-mini-hcvd-2" value="2018-04-05"' in page


def test_a_course_that_does_not_fit_is_squeezed_and_then_refused_at_its_day(web, later):
    patient = a.an_imported(
        last_contact_on="2018-04-30", mrd2_on="", mrd2_value="", mrd_negative_on="", best_mrd="positive",
        mini_hcvd_cycles="2", ino_cycles="2", blina_cycles="0", maintenance_cycles="0",
    )  # fmt: skip
    url = reverse("patients:past-course", args=[patient.pk])
    page = shown(web.post(url, typed(step="preview", blina_cycles="0")))
    assert 'name="day1-mini-hcvd-2" value="2018-04-03"' in page
    answer = web.post(url, typed(step="save", blina_cycles="0", **{"day1-mini-hcvd-2": "2018-05-01"}))
    assert answer.status_code == 422
    assert "begins after the last day that is known (2018-04-30)" in shown(answer)


@pytest.mark.parametrize("text", ["", "-1", "x", "999", "1e308", "4.5", "<b>", "9" * 5000])
def test_awkward_numbers_are_answered_with_words(web, later, text):
    url = reverse("patients:past-course", args=[a.an_imported().pk])
    for field in ("mini_hcvd_cycles", "ino_cycles", "started_on", "height_cm", "weight_kg", "ended_on"):
        answer = web.post(url, typed(step="save", **{field: text}))
        assert answer.status_code == (302 if field == "ended_on" and not text else 422), (field, text)
    strange = {"day1-mini-hcvd-2": text or "2018-02-30"}
    assert web.post(url, typed(step="preview", **strange)).status_code in {302, 422}


def test_a_cycle_page_of_a_former_patient_offers_the_corrections(client, by, later):
    patient = enter(a.an_imported(), by, cycle(1, START, without=frozenset({"vincristine"})))
    client.force_login(a.a_person(Role.NURSE, patient.site))
    first = patient.cycles.get(position=1)
    page = shown(client.get(first.get_absolute_url()))
    assert "Take back" in page
    late = patient.activities.get(drug="vincristine", cycle=first, day=8)
    form = reverse("patients:record-dose", args=[patient.pk, late.pk])
    assert form in page
    answer = client.post(form, {"outcome": "given", "given_at": f"{late.on}T10:00", "dose": "2"})
    assert answer.status_code == 302, shown(answer)
    assert ScheduledActivity.objects.get(pk=late.pk).state == ActivityState.GIVEN


def test_the_page_of_a_former_patient_says_so_and_raises_no_alarm(web, later):
    patient = a.an_imported()
    page = shown(web.get(patient.get_absolute_url()))
    assert "Imported from a file of former patients" in page
    assert "Nothing is scheduled" not in page
    assert "Enter past course" in page
    assert "Resume treatment" not in page  # a data manager may not
    assert PastTreatment.objects.filter(patient=patient).exists()
    assert "Nobody to remind" not in shown(web.get("/"))
