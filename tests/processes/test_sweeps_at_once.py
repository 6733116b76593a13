"""Several sweeps at once, and sweeps killed at each step: real processes, PostgreSQL and mail server."""

import datetime as dt
import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from django.core import mail
from django.db import connections, transaction

from patients.actions.ledger import plan_due
from patients.actions.sending import LEASE, claim
from patients.actions.sweeping import sweep
from patients.models import Digest, Reminder, SweepLog
from protocoltracker.accounts.models import Role
from protocoltracker.failpoints import VARIABLE
from protocoltracker.postman import SMTP_BACKEND
from tests import smtp_sink
from tests.factories import TODAY, a_person, a_site, at, enrolled

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
NOW = at(TODAY, 8)
MINUTE = dt.timedelta(minutes=1)
ROOT = Path(__file__).resolve().parents[2]


def sites_to_tell(sites: int, coordinators: int) -> None:
    for _ in range(sites):
        site = a_site()
        for _ in range(coordinators):
            a_person(Role.COORDINATOR, site)
        enrolled(site=site, day1=TODAY)


def sweep_process(now: dt.datetime, port: int, *, fail_at: str = "") -> subprocess.Popen:
    env = os.environ | {"EMAIL_URL": f"smtp://127.0.0.1:{port}", VARIABLE: fail_at}
    command = [sys.executable, "-m", "tests.processes.sweep_once", now.isoformat()]
    return subprocess.Popen(
        command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finished(process: subprocess.Popen) -> int:
    _, err = process.communicate(timeout=60)
    assert process.returncode in (0, 137), err
    return process.returncode


def test_many_sweeps_at_one_moment_send_each_digest_once() -> None:
    sites_to_tell(sites=3, coordinators=4)
    start, faults = threading.Barrier(6), []

    def run() -> None:
        try:
            start.wait(timeout=20)
            sweep(clock=lambda: NOW)
        except Exception as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    for _ in range(3):
        threads = [threading.Thread(target=run) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
    assert faults == []
    assert Counter(message.to[0] for message in mail.outbox) == Counter(
        d.address for d in Digest.objects.all()
    )
    assert len(mail.outbox) == Digest.objects.filter(state="sent", attempts=1).count() == 12
    assert set(Reminder.objects.values_list("state", flat=True)) == {"sent"}
    assert SweepLog.objects.count() == 18


def test_a_digest_that_somebody_holds_is_passed_over_and_not_waited_for() -> None:
    sites_to_tell(sites=1, coordinators=2)
    plan_due(now=NOW)
    taken: list = []

    def take() -> None:
        try:
            taken.extend([claim(now=NOW), claim(now=NOW)])
        finally:
            connections.close_all()

    with transaction.atomic():
        held = Digest.objects.select_for_update(of=("self",)).order_by("pk")[0]
        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        thread.join(timeout=20)
        assert not thread.is_alive()
    assert taken[1] is None
    assert taken[0].pk != held.pk


def test_sweeps_of_several_processes_share_the_work() -> None:
    sites_to_tell(sites=2, coordinators=6)
    with smtp_sink.listening() as (sink, port):
        processes = [sweep_process(NOW, port) for _ in range(3)]
        assert [finished(process) for process in processes] == [0, 0, 0]
        assert sorted(sink.keys) == sorted(Digest.objects.values_list("message_id", flat=True))
        assert len(sink.keys) == 12


@pytest.mark.parametrize(
    ("place", "after_the_kill", "expected"),
    [
        ("after-claim", "", "."),
        ("before-data", "", "."),
        ("after-data-mark", "", "+"),
        ("after-accepted", ".", ".+"),
    ],
)
def test_a_sweep_killed_at_a_named_place(place: str, after_the_kill: str, expected: str, settings) -> None:
    """`.` is a message accepted, `+` one accepted and marked as a possible repeat."""
    sites_to_tell(sites=1, coordinators=1)
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP_BACKEND, "127.0.0.1"

    def arrived() -> str:
        return "".join("+" if key.endswith("+") else "." for key in sink.keys)

    with smtp_sink.listening() as (sink, port):
        settings.EMAIL_PORT = port
        assert finished(sweep_process(NOW, port, fail_at=place)) == 137
        assert arrived() == after_the_kill
        assert Digest.objects.get().state == "sending"
        sweep(clock=lambda: NOW + LEASE - MINUTE)
        assert arrived() == after_the_kill
        for minutes in (0, 2, 4):
            sweep(clock=lambda minutes=minutes: NOW + LEASE + minutes * MINUTE)
        assert arrived() == expected
        assert len({key.rstrip("+") for key in sink.keys}) == 1
    assert Digest.objects.get().state == "sent"
