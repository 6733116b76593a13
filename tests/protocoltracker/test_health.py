"""/healthz and the page System: each part fails when what it looks at fails, and says nothing secret."""

import datetime as dt
import json
import logging
import shutil

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from patients.models import SweepLog
from patients.tasks import sweep_reminders
from protocoltracker.accounts.models import Role, SignInBrake
from protocoltracker.clock import database_now
from protocoltracker.health import parts
from protocoltracker.health.models import Pulse
from tests.factories import a_person, a_site

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def in_order(running_broker):
    """Everything that has to run, runs."""
    SweepLog.objects.create(ended_at=database_now())
    Pulse.objects.create(name=parts.BEAT, at=database_now())


def asked(**query) -> tuple[int, dict]:
    answer = Client().get("/healthz", query)
    return answer.status_code, json.loads(answer.content)


def test_all_is_well_without_signing_in(in_order):
    code, told = asked()
    assert (code, told["status"]) == (200, "ok"), told
    assert set(told["parts"]) >= {"database", "broker", "beat", "sweep", "disk", "clock"}
    assert set(told) == {"status", "parts"}
    assert set(told["parts"].values()) == {"ok"}


def test_no_sweep_for_three_minutes_is_told(in_order):
    SweepLog.objects.update(ended_at=database_now() - 4 * MINUTE)
    code, told = asked()
    assert (code, told["status"], told["parts"]["sweep"]) == (503, "fail", "fail")
    assert [name for name, state in told["parts"].items() if state == "fail"] == ["sweep"]
    SweepLog.objects.all().delete()
    assert asked()[1]["parts"]["sweep"] == "fail"


@pytest.mark.django_db(transaction=True)
def test_a_clock_that_does_not_ring_is_told_and_its_ring_is_written_down(in_order):
    Pulse.objects.update(at=database_now() - 4 * MINUTE)
    assert asked()[1]["parts"]["beat"] == "fail"
    sweep_reminders()
    assert asked()[1]["parts"]["beat"] == "ok"
    Pulse.objects.all().delete()
    assert asked()[1]["parts"]["beat"] == "fail"
    sweep_reminders()
    assert Pulse.objects.count() == 1


def test_sweeps_that_are_seldom_on_purpose_are_waited_for(in_order, settings):
    settings.SWEEP_SECONDS = 600
    SweepLog.objects.update(ended_at=database_now() - 20 * MINUTE)
    assert asked()[0] == 200


def test_a_broker_that_is_away_is_told(in_order, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    assert asked(only="broker")[1]["parts"] == {"broker": "fail"}
    assert asked(only="database")[0] == 200


def test_a_full_disk_is_told(in_order, monkeypatch):
    usage = shutil.disk_usage("/")._replace(free=2**29)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert asked(only="disk") == (503, {"status": "fail", "parts": {"disk": "fail"}})


def test_clocks_that_differ_are_told(in_order, time_machine):
    time_machine.move_to(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=5), tick=False)
    assert asked(only="clock")[1]["parts"] == {"clock": "fail"}


def test_what_is_no_part_is_not_asked_and_the_answer_is_kept_nowhere(in_order):
    answer = Client().get("/healthz", {"only": "database,secrets\r\nx"})
    assert json.loads(answer.content)["parts"] == {"database": "ok"}
    assert "no-store" in answer["Cache-Control"]
    assert Client().post("/healthz").status_code == 405


def test_a_part_that_breaks_fails_alone_and_its_words_stay_inside(in_order, settings, caplog):
    settings.HEALTH = {"odd": "tests.protocoltracker.test_health.broken", **settings.HEALTH}
    caplog.set_level(logging.WARNING)
    code, told = asked()
    assert (code, told["parts"].pop("odd")) == (503, "fail")
    assert set(told["parts"].values()) == {"ok"}
    assert "password" not in caplog.text + json.dumps(told)


def broken() -> parts.Part:
    raise RuntimeError("the password is swordfish")


def test_an_entry_of_the_trail_that_waits_for_its_seal_is_told(in_order, monkeypatch):
    a_site()
    assert asked()[1]["parts"]["audit seal"] == "ok", "it has not waited for long"
    monkeypatch.setattr("protocoltracker.audit.health.patience", lambda: dt.timedelta(0))
    assert asked()[1]["parts"]["audit seal"] == "fail"


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_told_and_a_page_breaks_in_words(running_broker):
    """What is kept in it is not asked for."""
    person = a_person(Role.ADMINISTRATOR)
    signed_in = Client(raise_request_exception=False)
    signed_in.force_login(person)
    port = connection.settings_dict["PORT"], connection.settings_dict["HOST"]
    connection.close()
    try:
        connection.settings_dict["HOST"], connection.settings_dict["PORT"] = "127.0.0.1", "1"
        code, told = asked()
        assert code == 503
        assert [name for name, state in told["parts"].items() if state == "ok"] == ["broker", "disk"]
        page = signed_in.get("/")
        assert page.status_code == 500
        assert "The fault is on our side" in page.content.decode()
        assert "127.0.0.1" not in page.content.decode()
    finally:
        connection.close()
        connection.settings_dict["PORT"], connection.settings_dict["HOST"] = port


def test_the_page_says_it_in_words_with_the_versions(in_order, client):
    client.force_login(a_person(Role.ADMINISTRATOR, a_site()))
    page = client.get(reverse("system")).content.decode()
    assert "parts are well" in page
    assert "GB are free" in page
    assert connection.cursor().execute("SHOW server_version").fetchone()[0].split()[0] in page
    SweepLog.objects.all().delete()
    page = client.get(reverse("system")).content.decode()
    assert "1 of " in page
    assert "Reminders have never been looked through" in page


def test_the_page_counts_the_names_that_somebody_guesses_at(in_order, client):
    client.force_login(a_person(Role.ADMINISTRATOR))
    assert "Nobody is slowed down" in client.get(reverse("system")).content.decode()
    SignInBrake.objects.create(key="x", attempts=9, last_at=dt.datetime.now(dt.UTC))
    assert "1 name is slowed down" in client.get(reverse("system")).content.decode()
