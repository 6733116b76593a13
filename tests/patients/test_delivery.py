"""Digests against a real mail server that fails in every place: nothing lost, nothing doubled unseen."""

import datetime as dt

import pytest

from patients import digest_mail
from patients.actions import reminders, sending
from patients.actions.deliveries import failed, recover, sent, uncertain
from patients.actions.ledger import plan_due
from patients.actions.sending import LEASE, claim, send_due
from patients.actions.sweeping import sweep
from patients.models import Digest, Reminder, ScheduledActivity
from protocoltracker.accounts.models import Role
from protocoltracker.audit.context import acting
from protocoltracker.postman import Postman
from tests import smtp_sink
from tests.factories import TODAY, a_person, a_site, at, enrolled

pytestmark = pytest.mark.django_db
NOW = at(TODAY, 8)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def mail_server(settings):
    """Start a sink with a script of faults and make it the mail server."""
    with_sink = []

    def start(*faults: str) -> smtp_sink.Sink:
        context = smtp_sink.listening(faults)
        sink, port = context.__enter__()
        with_sink.append(context)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
        return sink

    yield start
    for context in with_sink:
        context.__exit__(None, None, None)


def a_site_to_tell(coordinators: int = 1) -> None:
    site = a_site("Central")
    for _ in range(coordinators):
        a_person(Role.COORDINATOR, site)
    enrolled(site=site, day1=TODAY)


def sweeps(*minutes: float) -> None:
    """Sweeps at so many minutes after eight."""
    for minute in minutes:
        sweep(clock=lambda minute=minute: NOW + minute * MINUTE)


def the_digest() -> Digest:
    return Digest.objects.get()


def test_many_messages_go_over_one_connection_each_to_one_person(mail_server) -> None:
    sink = mail_server()
    a_site_to_tell(coordinators=4)
    sweeps(0, 1)
    assert sink.connections == 1
    assert sorted(map(tuple, sink.recipients)) == sorted((d.address,) for d in Digest.objects.all())
    assert len(set(sink.keys)) == 4
    message = sink.accepted[0]
    assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]


@pytest.mark.parametrize("fault", ["MAIL 421", "MAIL 451", "RCPT 450", "DATA 451", "MAIL cut", "RCPT cut"])
def test_a_clear_no_is_tried_again_and_not_marked_as_a_repeat(mail_server, fault) -> None:
    sink = mail_server(fault)
    a_site_to_tell()
    sweeps(0)
    digest = the_digest()
    assert (digest.state, digest.repeats, sink.accepted) == ("failed", 0, [])
    assert MINUTE <= digest.next_attempt_at - NOW <= 1.2 * MINUTE
    sweeps(0.5)
    assert the_digest().attempts == 1
    sweeps(2)
    assert sink.keys == [digest.message_id]
    digest = the_digest()
    assert (digest.state, digest.attempts, digest.fault) == ("sent", 2, "")


def test_a_lasting_refusal_is_shown_and_tried_once_an_hour(mail_server) -> None:
    sink = mail_server("RCPT 550", "RCPT 550")
    a_site_to_tell()
    sweeps(0, 5, 59)
    digest = the_digest()
    assert (digest.state, digest.attempts, digest.fault) == ("failed", 1, "550 fault of the script")
    sweeps(61, 122)
    assert (the_digest().state, the_digest().attempts, len(sink.keys)) == ("sent", 3, 1)


@pytest.mark.parametrize(("fault", "arrived"), [("DATA cut", 0), ("accepted cut", 1)])
def test_a_connection_lost_after_the_message_is_uncertain_and_sent_once_more_marked(
    mail_server, fault, arrived
) -> None:
    sink = mail_server(fault)
    a_site_to_tell()
    sweeps(0)
    digest = the_digest()
    assert (digest.state, len(sink.keys)) == ("uncertain", arrived)
    assert set(Reminder.objects.values_list("state", flat=True)) == {"uncertain"}
    sweeps(2, 3, 60)
    assert sink.keys == [digest.message_id] * arrived + [digest.message_id + "+"]
    repeat = sink.accepted[-1]
    assert repeat["Date"] == "Mon, 15 Jun 2020 06:00:00 +0000"
    for part in list(repeat.walk())[1:]:
        assert "possible repeat" in part.get_payload(decode=True).decode().lower()
    digest = the_digest()
    assert (digest.state, digest.repeats) == ("sent", 1)
    assert "POSSIBLE REPEAT" in digest.body
    assert set(Reminder.objects.values_list("state", flat=True)) == {"sent"}


def test_what_stays_uncertain_is_sent_once_more_only_and_stays_listed(mail_server) -> None:
    sink = mail_server("accepted cut", "accepted cut")
    a_site_to_tell()
    sweeps(0, 2, 10, 60, 300)
    digest = the_digest()
    assert sink.keys == [digest.message_id, digest.message_id + "+"]
    assert (digest.state, digest.next_attempt_at, digest.repeats) == ("uncertain", None, 1)


def test_what_is_uncertain_and_no_longer_due_is_not_sent_again_and_stays_listed(mail_server) -> None:
    sink = mail_server("accepted cut")
    a_site_to_tell()
    sweeps(0)
    told = list(Reminder.objects.values_list("activity_id", flat=True))
    with acting(by="system:test", reason="test"):
        ScheduledActivity.objects.filter(pk__in=told).update(state="omitted")
    reminders.cancel(told, because="recorded")
    sweeps(2, 60)
    digest = the_digest()
    assert len(sink.keys) == 1
    assert (digest.state, digest.next_attempt_at, digest.lease_until) == ("uncertain", None, None)
    assert set(Reminder.objects.values_list("state", "cancelled_because")) == {("cancelled", "recorded")}


def test_a_server_that_hangs_holds_nobody_longer_than_the_time_out(mail_server, settings) -> None:
    sink = mail_server("DATA hang")
    settings.EMAIL_TIMEOUT = 1
    a_site_to_tell()
    sweeps(0)
    assert (the_digest().state, sink.accepted) == ("uncertain", [])
    sweeps(2)
    assert sink.keys == [the_digest().message_id + "+"]


def test_no_mail_server_at_all(mail_server, settings) -> None:
    sink = mail_server()
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    a_site_to_tell(coordinators=2)
    sweeps(0)
    assert {digest.state for digest in Digest.objects.all()} == {"failed"}
    assert "no connection to the mail server" in Digest.objects.first().fault
    settings.EMAIL_PORT = port
    sweeps(2)
    assert len(sink.keys) == 2


def test_a_fault_of_one_message_stops_no_other(mail_server) -> None:
    sink = mail_server("RCPT 550", "DATA 451", "DATA cut")
    a_site_to_tell(coordinators=6)
    sweeps(0)
    assert len(sink.keys) == 3
    sweeps(2, 61)
    keys = [key.rstrip("+") for key in sink.keys]
    assert sorted(keys) == sorted(Digest.objects.values_list("message_id", flat=True))
    assert sum(key.endswith("+") for key in sink.keys) == 1


def test_an_idle_connection_that_the_server_closed_is_opened_again(mail_server) -> None:
    sink = mail_server("", "MAIL cut")
    a_site_to_tell(coordinators=3)
    sweeps(0)
    assert len(sink.keys) == 3
    assert sink.connections == 2


# --- a sender that ends or sleeps -----------------------------------------------------------------------------


def test_a_sender_that_ended_before_the_message_left_is_replaced_without_a_doubt(mail_server) -> None:
    sink = mail_server()
    a_site_to_tell()
    plan_due(now=NOW)
    assert claim(now=NOW) is not None
    assert claim(now=NOW) is None
    sweeps(1, 4)
    assert sink.keys == []
    sweeps(LEASE / MINUTE)
    assert sink.keys == [the_digest().message_id]


def test_a_sender_that_slept_through_its_claim_may_not_hand_over(mail_server) -> None:
    """The sleeper wakes between RCPT and DATA, when another has sent the message."""
    sink = mail_server()
    a_site_to_tell()
    plan_due(now=NOW)
    sleeper = claim(now=NOW)
    assert sleeper is not None
    assert sending._prepare(sleeper)
    later = NOW + 2 * LEASE

    def wake_up() -> None:
        sweeps(LEASE / MINUTE)
        sending._handing_over(sleeper, later)

    with Postman() as postman, pytest.raises(sending.ClaimLost):
        postman.post(digest_mail.message(sleeper), before_data=wake_up)
    assert sink.keys == [the_digest().message_id]
    assert (the_digest().state, the_digest().attempts) == ("sent", 2)


def test_a_sender_that_slept_before_it_wrote_the_message_writes_none(mail_server) -> None:
    sink = mail_server()
    a_site_to_tell()
    plan_due(now=NOW)
    sleeper = claim(now=NOW)
    assert sleeper is not None
    sweeps(LEASE / MINUTE)
    with Postman() as postman:
        assert sending._send(sleeper, postman, lambda: NOW + 2 * LEASE) == "claim lost"
    assert sink.keys == [the_digest().message_id]


@pytest.mark.parametrize("by_then", ["given up", "claimed by another"])
def test_a_claim_that_ran_out_gives_no_right_any_more(mail_server, by_then: str) -> None:
    mail_server()
    a_site_to_tell()
    plan_due(now=NOW)
    sleeper = claim(now=NOW)
    assert sleeper is not None
    recover(now=NOW + LEASE)
    if by_then == "claimed by another":
        assert claim(now=NOW + LEASE) is not None
    before = Digest.objects.values().get()
    with pytest.raises(sending.ClaimLost):
        sending._handing_over(sleeper, NOW + LEASE)
    later = {"now": NOW + LEASE}
    outcomes = [
        failed(sleeper, "451", lasting=False, **later),
        uncertain(sleeper, "cut", **later),
        sent(sleeper, **later),
    ]
    assert outcomes == ["claim lost"] * 3
    assert Digest.objects.values().get() == before


def test_a_late_answer_settles_a_doubt_that_nobody_has_acted_on(mail_server) -> None:
    """Handed over, the claim runs out, then the server's yes arrives before anybody sent it again."""
    mail_server()
    a_site_to_tell()
    plan_due(now=NOW)
    digest = claim(now=NOW)
    assert digest is not None
    Digest.objects.update(data_at=NOW)
    assert recover(now=NOW + LEASE) == 1
    assert the_digest().state == "uncertain"
    assert sent(digest, NOW + LEASE) == "sent"
    assert send_due(clock=lambda: NOW + 2 * LEASE) == {}
    assert (the_digest().state, the_digest().next_attempt_at) == ("sent", None)
