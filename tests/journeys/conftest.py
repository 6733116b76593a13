"""A server, a browser and a clinic for the journeys. What they write is removed after the last of them."""

import datetime as dt
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import django
import pytest

django.setup()  # named on the command line, this folder is read before pytest-django has done it

from django.db import connection, connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from patients.demo import seeding  # noqa: E402
from patients.models import Patient  # noqa: E402
from protocoltracker.accounts.models import Role, Site, User  # noqa: E402
from protocoltracker.audit.context import acting  # noqa: E402
from protocoltracker.embedded import folders  # noqa: E402
from tests import browser, database  # noqa: E402
from tests import factories as a  # noqa: E402
from tests.journeys import server  # noqa: E402
from tests.journeys.person import DESK, PASSWORD, Person  # noqa: E402

HOUR = 14


def afternoon_zone() -> str:
    """A zone in which it is about 14:00 now: no journey crosses midnight, and this morning has been."""
    ahead = HOUR - timezone.now().hour
    return "Etc/GMT" + (f"-{ahead}" if ahead >= 0 else f"+{-ahead}")


@pytest.fixture(scope="package")
def journeys_database(django_db_setup, django_db_blocker) -> Iterator[None]:
    """What a journey does is committed, as in life; the demo comes first, because it goes into an empty database."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in this thread
    os.environ["DEMO_PASSWORD"] = PASSWORD
    with django_db_blocker.unblock():
        try:
            seeding.seed()
            yield
        finally:
            (folders.home() / seeding.PASSWORD_FILE).unlink(missing_ok=True)
            connection.close()
            database.empty()
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"], os.environ["DEMO_PASSWORD"]


@pytest.fixture(scope="package")
def address(journeys_database) -> Iterator[str]:
    with server.running() as where:
        yield where


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser.executable(), args=["--no-sandbox"])
        yield running
        running.close()
        connections.close_all()  # while Playwright's loop runs, Django keeps a second set of them, and would forget it


@pytest.fixture
def at_the_screen(address, chromium) -> Iterator[Callable[..., Person]]:
    """Somebody opens the browser. At the end of the test nothing may have gone wrong behind a page."""
    people: list[Person] = []

    def sit_down(user: User, *, looks: bool = True, **options: Any) -> Person:
        context = chromium.new_context(**({"viewport": DESK} | options))
        people.append(Person(context, address, user, looks=looks))
        return people[-1]

    yield sit_down
    faults = [fault for person in people for fault in person.faults]
    for person in people:
        person.page.context.close()
    assert faults == []


@dataclass
class Clinic:
    """A site of its own for each test."""

    site: Site
    today: dt.date
    people: dict[str, User] = field(default_factory=dict)

    def person(self, role: str = Role.NURSE, **fields: Any) -> User:
        if role not in self.people:
            user = a.a_person(role, self.site, **fields)
            with acting(by="system:test", reason="a password to sign in with"):
                user.set_password(PASSWORD)
                user.save()
            self.people[role] = user
        return self.people[role]

    def patient(self, *, cycle: int = 0, day: int = 1, **facts: Any) -> Patient:
        """Today is `day` of the cycle in position `cycle`, which is open; 0: today is `day` of the first, not open."""
        ago = (max(cycle, 1) - 1) * 28 + day - 1
        facts |= {"site": self.site, "by": self.person(Role.INVESTIGATOR)}
        facts |= {"day1": self.today - dt.timedelta(days=ago), "today": self.today}
        return a.enrolled_on_cycle(cycle, **facts) if cycle else a.enrolled(**facts)


@pytest.fixture
def clinic(journeys_database) -> Clinic:
    site = a.a_site(zone=afternoon_zone())
    return Clinic(site, site.today())


@pytest.fixture
def nurse(clinic, at_the_screen) -> Person:
    return at_the_screen(clinic.person(Role.NURSE)).signs_in()


@pytest.fixture
def investigator(clinic, at_the_screen) -> Person:
    return at_the_screen(clinic.person(Role.INVESTIGATOR)).signs_in()
