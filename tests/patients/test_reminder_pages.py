"""Reminders and outbox as people see them: own sites alone, alarms first, each message exactly as it was sent."""

import base64
import datetime as dt
import hashlib
import html
import re

import pytest
import time_machine
from django.urls import reverse

from patients.actions import reminders
from patients.actions.ledger import plan_due
from patients.actions.sweeping import sweep
from patients.alarms import alarms
from patients.models import Digest, SweepLog
from protocoltracker.accounts.models import Membership, Role
from protocoltracker.audit.context import acting
from tests import smtp_sink
from tests.factories import TODAY, a_person, a_site, at, enrolled, opened
from tests.posting import Browser as Client

pytestmark = pytest.mark.django_db
NOW = at(TODAY, 8)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def eight_o_clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def coordinator():
    return a_person(Role.COORDINATOR, a_site("Central"), name="coordinator")


@pytest.fixture
def site(coordinator):
    return coordinator.memberships.get().site


@pytest.fixture
def patient(site):
    doctor = a_person(Role.INVESTIGATOR, site)
    patient = enrolled(site=site, by=doctor)
    opened(patient.cycles.get(position=1), by=doctor)
    return patient


def page(user, name: str = "reminders:list", query: str = "", **parts) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(reverse(name, kwargs=parts) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def status(user, name: str, **parts) -> int:
    client = Client()
    client.force_login(user)
    return client.get(reverse(name, kwargs=parts)).status_code


def titles(user, now: dt.datetime = NOW) -> list[str]:
    return [alarm.title for alarm in alarms(user, now=now)]


def test_the_list_shows_what_is_due_who_is_told_and_the_last_sweep(patient, coordinator) -> None:
    sweep(clock=lambda: NOW - 3 * MINUTE)
    shown = page(coordinator)
    assert f"/patients/{patient.pk}/" in shown
    assert "cyclophosphamide ×2" in shown
    assert f"{patient.cycles.get(position=1).label}, day 1" in shown
    assert "Today’s digest reached 1 of 1 people. Last sweep 3 minutes ago." in shown
    assert "07:00 every day" in shown
    assert "Coordinator, Central" in shown


@pytest.mark.parametrize(
    ("view", "word"), [("sent", "Sent"), ("failed", "Failed"), ("cancelled", "Cancelled: recorded")]
)
def test_the_list_by_what_became_of_it(patient, coordinator, settings, view: str, word: str) -> None:
    plan_due(now=NOW)
    if view == "cancelled":
        reminders.cancel(list(patient.activities.values_list("pk", flat=True)), because="recorded")
    else:
        sweep(clock=lambda: NOW if view == "sent" else NOW + dt.timedelta(days=1))
    rows = page(coordinator, query=f"?view={view}").split("<tbody>")[1]
    assert word in rows
    assert patient.subject in rows


def test_the_outbox_shows_each_message_exactly(patient, coordinator) -> None:
    sweep(clock=lambda: NOW)
    digest = Digest.objects.get()
    shown = page(coordinator, "reminders:outbox")
    assert digest.subject in shown
    assert "EMAIL_URL is not set, so no mail leaves this machine" in shown
    client = Client()
    client.force_login(coordinator)
    answer = client.get(digest.get_absolute_url())
    assert answer.context["message"]["text"] == digest.body
    assert "coordinator@example.org" in answer.content.decode()
    assert digest.message_id.strip("<>") in answer.content.decode()


def test_the_html_part_is_locked_in(patient, coordinator) -> None:
    sweep(clock=lambda: NOW)
    digest = Digest.objects.get()
    client = Client()
    client.force_login(coordinator)
    answer = client.get(reverse("reminders:message-html", args=[digest.pk]))
    assert answer.content.decode() == digest.html
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "unsafe-inline" not in policy
    styles = {html.unescape(style) for style in re.findall(r'style="([^"]*)"', digest.html)}
    assert len(styles) > 5
    for style in styles:
        assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy
    assert reverse("reminders:message-html", args=[digest.pk]) in page(
        coordinator, "reminders:message", pk=digest.pk
    )


def test_a_message_that_is_not_written_yet_has_no_html(patient, coordinator) -> None:
    plan_due(now=NOW)
    digest = Digest.objects.get()
    assert status(coordinator, "reminders:message-html", pk=digest.pk) == 404
    assert "This message has not been written yet." in page(coordinator, "reminders:message", pk=digest.pk)
    assert "Not written yet: Central, 2020-06-15" in page(coordinator, "reminders:outbox")


def test_other_sites_see_nothing_of_it(patient) -> None:
    sweep(clock=lambda: NOW)
    digest = Digest.objects.get()
    stranger = a_person(Role.NURSE, a_site("Nord"))
    for name in ("reminders:message", "reminders:message-html"):
        assert status(stranger, name, pk=digest.pk) == 404
    for name in ("reminders:list", "reminders:outbox"):
        shown = page(stranger, name)
        assert patient.subject not in shown.split('id="main"')[1]
        assert "Central" not in shown


def test_without_a_clinical_role_the_pages_are_closed(patient) -> None:
    administrator = a_person(Role.ADMINISTRATOR, None)
    assert [status(administrator, name) for name in ("reminders:list", "reminders:outbox")] == [403, 403]
    assert alarms(administrator, now=NOW) == []


def test_sign_in_comes_first(client, patient) -> None:
    sweep(clock=lambda: NOW)
    for url in (
        reverse("reminders:list"),
        reverse("reminders:outbox"),
        Digest.objects.get().get_absolute_url(),
    ):
        assert client.get(url)["Location"].startswith("/sign-in/")


def test_the_page_takes_the_same_number_of_queries_for_many(
    patient, coordinator, site, django_assert_max_num_queries
):
    sweep(clock=lambda: NOW)
    for _ in range(3):
        enrolled(site=site, day1=TODAY)
    client = Client()
    client.force_login(coordinator)
    for url in (
        reverse("reminders:list"),
        reverse("reminders:list") + "?view=sent",
        reverse("reminders:outbox"),
    ):
        with django_assert_max_num_queries(18):
            assert client.get(url).status_code == 200


# --- alarms ---------------------------------------------------------------------------------------------------


def test_all_well_is_no_alarm(patient, coordinator) -> None:
    sweep(clock=lambda: NOW)
    assert alarms(coordinator, now=NOW) == []


def test_a_site_with_patients_and_nobody_to_tell(patient, site, coordinator) -> None:
    sweep(clock=lambda: NOW)
    nurse = a_person(Role.NURSE, site)
    with acting(by="system:test", reason="left"):
        Membership.objects.filter(user=coordinator).update(ended_at=NOW)
    (alarm,) = alarms(nurse, now=NOW)
    assert alarm.title == "Nobody to remind."
    assert "Central has patients on treatment but no coordinator with an email address" in alarm.text
    assert alarm.text in page(nurse)
    assert titles(a_person(Role.NURSE, a_site("Nord"))) == []
    a_person(Role.COORDINATOR, None)
    assert titles(nurse) == []


def test_no_sweep_for_ten_minutes(patient, coordinator) -> None:
    assert titles(coordinator) == ["Reminders stand still."]
    SweepLog.objects.create(ended_at=NOW)
    assert titles(coordinator, NOW + 10 * MINUTE) == []
    (alarm,) = alarms(coordinator, now=NOW + 11 * MINUTE)
    assert "No sweep has ended since 2020-06-15 06:00 UTC" in alarm.text
    assert "No sweep has ended yet." not in page(coordinator)


def test_a_message_that_failed_or_is_uncertain(patient, coordinator, settings) -> None:
    with smtp_sink.listening(["RCPT 550", "DATA cut"]) as (_, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        sweep(clock=lambda: NOW)
        (alarm,) = alarms(coordinator, now=NOW)
        assert (
            "Coordinator at Central was not delivered. 550 fault of the script. Tried once; next try 09:00."
            in alarm.text
        )
        sweep(clock=lambda: NOW + 61 * MINUTE)
        (alarm,) = alarms(coordinator, now=NOW + 61 * MINUTE)
        assert "perhaps did not arrive" in alarm.text
        assert alarm.url == Digest.objects.get().get_absolute_url()
        sweep(clock=lambda: NOW + 65 * MINUTE)
    assert alarms(coordinator, now=NOW + 65 * MINUTE) == []


def test_alarms_cost_three_queries(patient, coordinator, django_assert_num_queries) -> None:
    sweep(clock=lambda: NOW)
    user = type(coordinator).objects.get(pk=coordinator.pk)
    with django_assert_num_queries(4):  # one for the person's roles
        alarms(user, now=NOW)
