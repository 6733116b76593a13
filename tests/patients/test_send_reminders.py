"""manage.py send_reminders, as a person or a script calls it."""

import datetime as dt
import io
import json

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command

from patients.actions.sweeping import sweep
from patients.models import Digest
from protocoltracker.accounts.models import Role
from tests.factories import TODAY, a_person, a_site, at, enrolled, opened

pytestmark = pytest.mark.django_db
NOW = at(TODAY, 8)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def eight_o_clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def patient():
    """Cycle 1 since a week at Central, nothing recorded."""
    site = a_site("Central")
    a_person(Role.COORDINATOR, site, name="coordinator")
    doctor = a_person(Role.INVESTIGATOR, site)
    patient = enrolled(site=site, by=doctor)
    opened(patient.cycles.get(position=1), by=doctor)
    return patient


def run(*arguments: str) -> tuple[str, str, int]:
    """stdout, stderr, exit status."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("send_reminders", *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        return out.getvalue(), err.getvalue(), int(end.code or 0)
    return out.getvalue(), err.getvalue(), 0


def test_for_today_it_prints_and_sends_each_digest_once(patient) -> None:
    out, err, status = run("--on", str(TODAY))
    assert (err, status) == ("", 0)
    first, second, *_ = out.splitlines()
    digest = Digest.objects.get()
    assert first.startswith("Central · 2020-06-15 Mon · ")
    assert first.endswith(digest.subject.removeprefix("[protocoltracker] Central: "))
    assert second == "  to Coordinator <coordinator@example.org>: sent 2020-06-15 08:00 +0200"
    assert f"    {patient.subject}  " in out
    again, _, _ = run("--on", "today")
    sweep(clock=lambda: NOW)
    assert again == out
    assert len(mail.outbox) == 1


def test_for_another_day_it_only_prints(patient) -> None:
    for day in (TODAY - 3 * DAY, TODAY + 10 * DAY):
        out, err, status = run("--on", str(day))
        assert (err, status) == ("", 0)
        assert "not sent (another day than today; --send sends it)" in out
    assert (Digest.objects.count(), mail.outbox) == (0, [])


def test_another_day_is_sent_when_asked_once_and_the_daily_one_stays_its_own(patient) -> None:
    tomorrow = TODAY + DAY
    for _ in range(2):
        out, _, status = run("--on", str(tomorrow), "--send")
        assert status == 0
        assert "sent 2020-06-15 08:00" in out
    assert [(d.day, d.kind) for d in Digest.objects.all()] == [(tomorrow, "on-request")]
    with time_machine.travel(NOW + DAY, tick=False):
        sweep(clock=lambda: NOW + DAY)
    assert sorted(d.kind for d in Digest.objects.filter(day=tomorrow)) == ["daily", "on-request"]
    assert len(mail.outbox) == 2


def test_a_day_shows_each_dose_planned_on_it(patient) -> None:
    """Also far ahead, in cycles that are not opened: the plan as it stands, seen from that day."""
    day = patient.cycles.get(position=3).day1
    result = json.loads(run("--on", str(day), "--format", "json")[0])
    told = sorted((item["order"], item["day"]) for item in result[0]["items"] if item["group"] == "today")
    planned = patient.activities.filter(on=day).exclude(cycle__position=1)
    assert told == sorted(planned.values_list("drug", "day"))
    assert len(told) > 3


def test_json_holds_the_same_and_nothing_else(patient) -> None:
    out, _, _ = run("--on", str(TODAY), "--format", "json")
    (central,) = json.loads(out)
    digest = Digest.objects.get()
    assert (central["site"], central["day"], central["is_today"]) == ("Central", "2020-06-15", True)
    assert central["recipients"] == [
        {
            "name": "Coordinator",
            "address": "coordinator@example.org",
            "state": "sent",
            "sent_at": "2020-06-15T08:00:00+02:00",
            "message_id": digest.message_id,
        }
    ]
    assert sum(central["counts"].values()) == len(central["items"]) == digest.reminders.count()
    assert {key for item in central["items"] for key in item} == {
        *("group", "subject", "order", "phase", "cycle", "cycle_opened", "day", "date", "state", "days_late"),
    }
    assert {item["subject"] for item in central["items"]} == {patient.subject}


def test_one_site_alone(patient) -> None:
    other = a_site("Nord")
    a_person(Role.COORDINATOR, other)
    enrolled(site=other, day1=TODAY)
    out, _, _ = run("--on", "today", "--site", "nord")
    assert out.startswith("Nord · ")
    assert "Central" not in out
    assert [message.to[0] for message in mail.outbox] == [Digest.objects.get(site=other).address]


def test_a_site_without_recipients_is_an_alarm(patient) -> None:
    enrolled(site=a_site("Alone"), day1=TODAY)
    out, err, status = run("--on", "today")
    assert status == 1
    assert err.startswith("ALARM: Alone has patients on treatment but no coordinator with an email address")
    assert "  to nobody: no coordinator with an email address" in out
    assert len(mail.outbox) == 1


def test_a_message_that_is_not_sent_is_an_alarm(patient, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    out, err, status = run("--on", "today")
    assert status == 1
    assert "Central, 2020-06-15: the digest for Coordinator is not sent, it is failed. no connection" in err
    assert "failed. no connection to the mail server" in out


def test_a_site_with_nothing_due_says_so() -> None:
    site = a_site("Central")
    a_person(Role.COORDINATOR, site, name="coordinator")
    day1 = TODAY + 30 * DAY
    enrolled(site=site, day1=day1, today=day1)
    out, _, status = run("--on", "today")
    assert status == 0
    assert out.splitlines() == [
        "Central · 2020-06-15 Mon · nothing is due",
        "  to Coordinator <coordinator@example.org>: no message, nothing is due",
    ]


def test_without_any_patient_it_says_so() -> None:
    assert run("--on", "today") == ("No site has a patient on treatment.\n", "", 0)


@pytest.mark.parametrize("text", ["15.6.2020", "2020-02-30", "tomorrow", ""])
def test_what_is_not_a_day_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(
        CommandError, match=r"is not a day\. Write it as year-month-day, for example 2026-03-01"
    ):
        run("--on", text)


def test_a_site_that_is_not_there_is_refused_with_those_that_are(patient) -> None:
    with pytest.raises(CommandError, match=r"there is no site 'Süd'\. The sites: Central"):
        run("--on", "today", "--site", "Süd")


def test_the_help_says_what_a_past_day_means(capsys) -> None:
    with pytest.raises(SystemExit):
        call_command("send_reminders", "--help")
    assert "The record keeps no history of states" in capsys.readouterr().out
