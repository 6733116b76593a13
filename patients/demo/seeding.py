"""Seed the demo, all of it or nothing, in one transaction; a second time there is nothing to do."""

import datetime as dt
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from patients.demo import central, cohort, north, people, story
from patients.demo.course import Course, Staff
from patients.demo.story import Story
from patients.models import Patient
from protocoltracker.accounts.actions import new_password
from protocoltracker.accounts.models import Site, User
from protocoltracker.audit.context import acting
from protocoltracker.audit.models import Change
from protocoltracker.embedded import folders
from protocoltracker.records import Refused
from regimens import actions as regimens
from regimens import loading
from regimens.models import ProtocolVersion

BY = "system:seed_demo"
PASSWORD_FILE = "demo-password"  # noqa: S105 - its name; in the data folder it also marks the demo as seeded
STORIES = (*central.STORIES, *north.STORIES)
OTHERWISE = "To start without the demo: DEMO=no make run"


@dataclass(frozen=True)
class Seeded:
    """What a run made: people, former patients, and patients with the story of each; all empty when all was there."""

    people: tuple[User, ...] = ()
    former: tuple[Patient, ...] = ()
    patients: tuple[tuple[Patient, Story], ...] = ()


@dataclass(frozen=True)
class Place:
    """Where the stories take place: versions, sites and people by name."""

    versions: Mapping[str, ProtocolVersion]
    sites: Mapping[str, Site]
    persons: Mapping[str, User]

    def staff(self, site: str) -> Staff:
        """Who works at a site; of two nurses the first one makes most of the entries."""
        who = self.persons
        if site == people.NORTH:
            return Staff((who["nurse3"],), who["coordinator2"], who["investigator"])
        return Staff((who["nurse"], who["nurse"], who["nurse2"]), who["coordinator"], who["investigator"])

    def enrol(self, told: Story, now: dt.datetime) -> Patient:
        site = self.sites[told.site]
        staff = self.staff(told.site)
        return story.enrol(told, staff=staff, site=site, versions=self.versions, today=site.today(now))


def seed(*, now: dt.datetime | None = None) -> Seeded:
    """Make the demo as of `now`. Errors: Refused where the demo must not go, with nothing changed."""
    if not settings.EMBEDDED:
        raise Refused(
            "Demo data only go into the embedded database, and DATABASE_URL is set. Nothing was changed."
        )
    with transaction.atomic():
        _one_at_a_time()
        if not _was_seeded():
            _check_empty()
            password = _password()
            made = _make(password, now or timezone.now())
        elif folders.noted(PASSWORD_FILE):
            return Seeded()
        else:  # the run that seeded was killed before it wrote the password down
            made, password = Seeded(), _password()
            _give_password_again(password)
    folders.note(PASSWORD_FILE, password)
    return made


def _was_seeded() -> bool:
    """The audit trail knows who added the accounts."""
    return Change.objects.filter(table_name=User._meta.db_table, operation="insert", actor=BY).exists()


def _check_empty() -> None:
    if number := Patient.objects.count():
        raise Refused(
            f"The database has patients already ({number}), and not those of the demo. Invented patients do not go "
            f"beside others: nothing was changed. {OTHERWISE}"
        )
    if names := people.taken_names():
        raise Refused(
            f"User names of the demo are taken already: {', '.join(names)}. A user name is never given twice, so the "
            f"demo cannot be seeded here: nothing was changed. {OTHERWISE}"
        )


def _password() -> str:
    return os.environ.get("DEMO_PASSWORD", "").strip() or new_password()


def _make(password: str, now: dt.datetime) -> Seeded:
    place = furnish(password)
    former = cohort.tell(by=place.persons["datamanager"], now=now)
    return Seeded(tuple(place.persons.values()), tuple(former), tuple(tell(STORIES, place, now=now)))


def furnish(password: str) -> Place:
    """The protocol, the sites and the people of the demo, without a patient."""
    for _, text in loading.shipped():
        regimens.load_version(text=text, by=BY)
    sites = people.add_sites(by=BY)
    persons = people.add_people(by=BY, sites=sites, password=password)
    versions = {version.name: version for version in regimens.versions_for_choice()}
    return Place(versions, sites, persons)


def tell(stories: Iterable[Story], place: Place, *, now: dt.datetime) -> list[tuple[Patient, Story]]:
    """Enrol the patients of these stories in the order of their enrolment, then treat each up to yesterday."""
    in_order = sorted(stories, key=lambda told: -told.started)
    enrolled = [(place.enrol(told, now), told) for told in in_order]
    for patient, told in enrolled:
        told.treated(Course(patient, place.staff(told.site), today=patient.site.today(now), now=now))
    return enrolled


def _give_password_again(password: str) -> None:
    with acting(by=BY, reason="The password file of the demo was missing."):
        for person in people.everybody():
            person.set_password(password)
            person.save(update_fields=["password"])


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [BY])
