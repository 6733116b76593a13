"""Events that close the plan, on their pages: the preview, the confirmation, the undo from the banner."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine

from patients import kinds
from patients.actions import closures
from patients.models import Closure, Patient, ScheduledActivity
from protocoltracker.accounts.models import Role
from protocoltracker.audit.models import Change
from tests import factories
from tests.patients import record_samples
from tests.patients.recording import TOKEN, added, count, fingerprint, page, shown
from tests.posting import Browser as Client

pytestmark = pytest.mark.django_db
TODAY = factories.TODAY


@pytest.fixture(autouse=True)
def _a_monday() -> Any:
    with time_machine.travel(dt.datetime(2020, 6, 15, 12, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def site() -> Any:
    return factories.a_site()


@pytest.fixture
def by(site: Any) -> Any:
    return factories.a_person(Role.INVESTIGATOR, site)


@pytest.fixture
def patient(site: Any, by: Any) -> Patient:
    """Six weeks in treatment, cycle 1 given and not yet the next one opened."""
    patient = factories.enrolled(by=by, site=site, day1=TODAY - dt.timedelta(days=42))
    factories.given_as_planned(factories.opened(patient.cycles.get(position=1), by=by), by=by)
    return patient


@pytest.fixture
def web(client: Client, by: Any) -> Client:
    client.force_login(by)
    return client


def test_the_preview_says_what_closes_and_saves_nothing(web: Client, patient: Patient) -> None:
    before = Change.objects.count()
    answer = web.post(page("record-add", patient, "death"), record_samples.typed("death"))
    assert answer.status_code == 200
    text = shown(answer)
    doses = patient.activities.open().count()
    assert f"Record death, close {doses} doses" in text
    assert "nothing is saved yet" in text
    assert patient.cycles.get(position=3).label in text
    assert Change.objects.count() == before


def test_change_something_brings_the_answers_back(web: Client, patient: Patient) -> None:
    data = record_samples.typed("death", note="at home") | {"step": "change"}
    answer = web.post(page("record-add", patient, "death"), data)
    assert answer.status_code == 200
    assert "at home" in shown(answer)
    assert 'value="infection" selected' in shown(answer)
    assert count(kinds.of("death")) == 0


def test_confirming_does_it_all_once(web: Client, patient: Patient) -> None:
    url = page("record-add", patient, "death")
    data = record_samples.typed("death") | {"form_token": TOKEN + "2"}
    confirmed = data | {"step": "save", "confirmed": fingerprint(web.post(url, data))}
    assert [web.post(url, confirmed).status_code for _ in range(2)] == [302, 302]
    assert count(kinds.of("death")) == Closure.objects.count() == 1
    assert not patient.activities.open().exists()


def test_a_plan_that_changed_meanwhile_is_shown_again(web: Client, patient: Patient, by: Any) -> None:
    url = page("record-add", patient, "death")
    data = record_samples.typed("death")
    seen = fingerprint(web.post(url, data))
    added(patient, by, "vod")
    answer = web.post(url, data | {"step": "save", "confirmed": seen})
    assert answer.status_code == 409
    assert "The plan changed after the preview was shown" in shown(answer)
    assert count(kinds.of("death")) == 0
    assert web.post(url, data | {"step": "save", "confirmed": fingerprint(answer)}).status_code == 302


def test_saving_without_having_seen_the_preview_shows_it(web: Client, patient: Patient) -> None:
    data = record_samples.typed("death") | {"step": "save"}
    assert web.post(page("record-add", patient, "death"), data).status_code == 409
    assert count(kinds.of("death")) == 0


def test_vod_previews_only_its_drug(web: Client, patient: Patient) -> None:
    text = shown(web.post(page("record-add", patient, "vod"), record_samples.typed("vod")))
    drugs = set(re.findall(r'<th scope="row">(\w[\w ]*)', text))
    assert drugs == {"Inotuzumab ozogamicin"}
    assert "only inotuzumab ozogamicin: stopped for good" in text


def test_undo_from_the_banner(web: Client, patient: Patient, by: Any) -> None:
    states = dict(ScheduledActivity.objects.values_list("pk", "state"))
    closure = closures.of_event(added(patient, by, "death").pk)
    url = page("closure-undo", patient, closure.pk)
    assert "become open again" in shown(web.get(url))
    assert web.post(url, {"row_version": closure.row_version}).status_code == 422
    assert (
        web.post(url, {"reason": "it was the neighbour", "row_version": closure.row_version}).status_code
        == 302
    )
    assert dict(ScheduledActivity.objects.values_list("pk", "state")) == states
    assert web.get(url).status_code == 404


def test_enrolled_in_error_on_its_page(client: Client, web: Client, patient: Patient, site: Any) -> None:
    url = page("enrolled-in-error", patient)
    assert "Nothing is deleted" in shown(web.get(url))
    client.force_login(factories.a_person(Role.NURSE, site))
    assert client.post(url, {"reason": "x"}).status_code == 403
    client.force_login(factories.a_person(Role.DATA_MANAGER, site))
    answer = client.post(url, {"reason": "signed for another trial", "row_version": patient.row_version})
    assert answer.status_code == 302
    patient.refresh_from_db()
    assert patient.state == "enrolled-in-error"
