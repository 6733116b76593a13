"""Reminders with a real worker, a real broker (Valkey) and a real mail server, each of which goes away once."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import redis
from django.utils import timezone

from patients.models import Digest, SweepLog
from patients.tasks import silent_for, sweep_reminders
from protocoltracker import broker
from protocoltracker.accounts.models import Role
from protocoltracker.embedded import folders
from tests import smtp_sink
from tests.factories import a_person, a_site, enrolled

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SELDOM = 3600


def a_zone_at_noon() -> str:
    """A zone in which it is about noon, so that no day ends during the test."""
    ahead = 12 - timezone.now().hour
    return "Etc/GMT" + (f"-{ahead}" if ahead > 0 else f"+{-ahead}")


@pytest.fixture
def site():
    """Somebody at a site has doses due today, by the real clock."""
    site = a_site("Central", zone=a_zone_at_noon())
    today = site.today()
    enrolled(site=site, day1=today, today=today)
    return site


@contextmanager
def worker(port: int, *, every: int = SELDOM, broker_url: str = "") -> Iterator[subprocess.Popen]:
    env = os.environ | {
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "SWEEP_SECONDS": str(every),
        "LOG_LEVEL": "INFO",
    }
    if broker_url:
        env["CELERY_BROKER_URL"] = broker_url
    command = [sys.executable, "-m", "celery", "--app=protocoltracker", "worker", "--concurrency=1"]
    command += ["--without-gossip", "--without-mingle", "--loglevel=INFO"]
    with (folders.logs() / "test-worker.log").open("ab") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def eventually(what: Callable[[], object], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not what():
        log = (folders.logs() / "test-worker.log").read_text(errors="replace")[-3000:]
        assert time.monotonic() < end, f"not within {seconds} s; the worker's log ends with:\n{log}"
        time.sleep(0.1)


def queued() -> int:
    return redis.Redis(unix_socket_path=str(broker.socket_path())).llen("celery")


def test_a_worker_without_any_beat_sweeps_at_its_start_and_again(site, running_broker) -> None:
    a_person(Role.COORDINATOR, site)
    with smtp_sink.listening() as (sink, port), worker(port, every=2):
        eventually(lambda: len(sink.keys) == 1)
        eventually(lambda: SweepLog.objects.count() >= 2)
        a_person(Role.COORDINATOR, site)
        eventually(lambda: len(sink.keys) == 2)
    assert sorted(sink.keys) == sorted(Digest.objects.values_list("message_id", flat=True))


def test_a_message_of_the_broker_rings_and_a_lost_one_only_delays(site, running_broker) -> None:
    """Rung by hand, as beat does; then the bell is rung while nobody listens and the broker forgets it."""
    with smtp_sink.listening() as (sink, port):
        with worker(port) as process:
            eventually(lambda: SweepLog.objects.count() == 1)
            a_person(Role.COORDINATOR, site)
            sweep_reminders.delay()
            eventually(lambda: len(sink.keys) == 1)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=20) == 0
        a_person(Role.COORDINATOR, site)
        for _ in range(5):
            sweep_reminders.delay()
        assert queued() == 5
        redis.Redis(unix_socket_path=str(broker.socket_path())).flushall()
        with worker(port):
            eventually(lambda: len(sink.keys) == 2)
    assert sorted(sink.keys) == sorted(Digest.objects.values_list("message_id", flat=True))


def test_five_rings_at_once_and_two_workers_send_once(site, running_broker) -> None:
    for _ in range(5):
        sweep_reminders.delay()
    for _ in range(4):
        a_person(Role.COORDINATOR, site)
    with smtp_sink.listening() as (sink, port), worker(port), worker(port):
        eventually(lambda: SweepLog.objects.count() == 7)
    assert sorted(sink.keys) == sorted(Digest.objects.values_list("message_id", flat=True))
    assert len(sink.keys) == 4


def test_reminders_go_out_without_a_broker(site) -> None:
    a_person(Role.COORDINATOR, site)
    with smtp_sink.listening() as (sink, port), worker(port, every=2, broker_url="redis://127.0.0.1:1/0"):
        eventually(lambda: len(sink.keys) == 1)
        eventually(lambda: SweepLog.objects.count() >= 2)


def test_a_message_of_the_broker_carries_nothing(site, running_broker) -> None:
    sweep_reminders.delay()
    (raw,) = redis.Redis(unix_socket_path=str(broker.socket_path())).lrange("celery", 0, -1)
    assert b"W1tdLCB7fSwg" in raw  # base64 of "[[], {}, ": neither arguments nor keywords
    redis.Redis(unix_socket_path=str(broker.socket_path())).flushall()


def test_the_sweep_of_a_moment_ago_is_not_silence(site) -> None:
    assert silent_for(dt.timedelta(minutes=1))
    SweepLog.objects.create(ended_at=timezone.now())
    assert not silent_for(dt.timedelta(minutes=1))
    assert silent_for(dt.timedelta(0))
