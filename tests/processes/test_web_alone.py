"""The real web server while the broker is away, and while every connection to the database is cut."""

import datetime as dt
import os
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connections

from patients.actions.sweeping import sweep
from patients.models import Digest, LastContact
from protocoltracker import embedded
from protocoltracker.accounts.models import Role
from protocoltracker.clock import database_now
from protocoltracker.embedded import folders
from tests.factories import a_person, a_site, enrolled
from tests.journeys import server
from tests.processes.served import Visitor
from tests.processes.test_worker_reminders import a_zone_at_noon

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
NO_BROKER = "redis://127.0.0.1:1/0"


@pytest.fixture
def site():
    return a_site("Central", zone=a_zone_at_noon())


@pytest.fixture
def address(transactional_db, monkeypatch) -> Iterator[str]:
    monkeypatch.setitem(os.environ, "CELERY_BROKER_URL", NO_BROKER)
    with server.running() as where:
        yield where


def cut_all_connections() -> int:
    """As the owner of the machine would; also in the middle of a page."""
    connections.close_all()  # those of this process are not the ones to cut: the next test would find them dead
    with psycopg.connect(embedded.url("owner"), autocommit=True) as owner:
        role = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'tracker_app'"
        try:
            return owner.execute(role).fetchone()[0]
        except psycopg.errors.InsufficientPrivilege:
            pass
    with psycopg.connect(embedded.url("app"), autocommit=True) as own:
        return own.execute(role + " AND pid <> pg_backend_pid()").fetchone()[0]


def test_without_a_broker_people_record_and_reminders_go_out_later(site, address, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    today = site.today()
    a_person(Role.COORDINATOR, site)
    patient = enrolled(site=site, day1=today, today=today)
    nurse = Visitor(address, a_person(Role.INVESTIGATOR, site))
    codes = [nurse.reads(path)[0] for path in ("/", "/patients/", patient.get_absolute_url(), "/reminders/")]
    assert codes == [200] * 4
    cycle = patient.cycles.first()
    measured = {"day1": today, "height_cm": 170, "weight_kg": 70, "measured_on": today, "reason": ""}
    code, page = nurse.sends(cycle.get_absolute_url(), **measured)
    assert code == 200, page[-3000:]
    cycle.refresh_from_db()
    assert cycle.state == "open"
    code, page = nurse.sends(
        f"{patient.get_absolute_url()}records/last-contact/add/", on=today, kind="visit", note=""
    )
    assert code == 200, page[-3000:]
    assert LastContact.objects.count() == 1
    sweep(clock=database_now)
    assert Digest.objects.get().state == "sent"


def test_after_every_connection_was_cut_no_page_fails(site, address) -> None:
    today = site.today()
    patient = enrolled(site=site, day1=today - dt.timedelta(days=3), today=today)
    visitors = [Visitor(address, a_person(Role.NURSE, site)) for _ in range(4)]
    paths = ["/", "/patients/", patient.get_absolute_url(), patient.cycles.first().get_absolute_url()]
    for visitor in visitors:
        assert [visitor.reads(path)[0] for path in paths] == [200] * 4
    cut = 0
    for _ in range(3):
        cut += cut_all_connections()
        for visitor in visitors:
            assert [visitor.reads(path)[0] for path in paths] == [200] * 4
    assert cut >= 3, "there were connections to cut"


def test_pages_that_are_being_read_while_connections_are_cut_are_read_again(site, address) -> None:
    today = site.today()
    patient = enrolled(site=site, day1=today - dt.timedelta(days=3), today=today)
    visitors = [Visitor(address, a_person(Role.NURSE, site)) for _ in range(4)]
    answers: list[int] = []

    over = threading.Event()

    def read_on(visitor: Visitor) -> None:
        while not over.is_set():
            answers.append(visitor.reads(patient.get_absolute_url())[0])

    readers = [threading.Thread(target=read_on, args=[visitor]) for visitor in visitors]
    for reader in readers:
        reader.start()
    cut = 0
    for _ in range(6):
        time.sleep(1.5)  # a page is read again once: it is not cut twice
        cut += cut_all_connections()
    over.set()
    for reader in readers:
        reader.join()
    assert cut >= 6
    assert len(answers) >= 20
    assert answers.count(200) == len(answers), (folders.logs() / "journeys-web.log").read_text()[-6000:]
