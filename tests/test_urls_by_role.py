"""Every address, by every method, for every role: at the own site, at another site, and signed out.

`TABLE` (tests/access_table.py) is the whole answer to "who may open what". An address that is missing from it fails the
suite, and so does a row whose address is gone.
"""

import copy
import datetime as dt
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from patients import kinds
from patients.actions import course, records, uploads
from patients.models import Digest
from protocoltracker.accounts.models import Site, User
from protocoltracker.audit.models import Change
from tests import factories as a
from tests.access_table import (
    ACTORS,
    ADMINISTRATOR,
    DATA_MANAGER,
    INVESTIGATOR,
    NURSE,
    READERS,
    TABLE,
    Actor,
    Row,
)
from tests.patients.record_samples import values

NOON = dt.datetime(2020, 6, 15, 10, tzinfo=dt.UTC)
UNKNOWN = uuid.UUID("5f0e7b9a-0000-4000-8000-000000000000")


@dataclass
class World:
    """One patient at the own site with something of everything, and a signed-in client for each actor."""

    named: dict[str, Any]
    clients: dict[Actor, Client]
    subject: str

    def address(self, row: Row, **unknown: Any) -> str:
        about = {key: self.named.get(value, value) for key, value in row.about.items()}
        wanted = self.named | about | unknown
        return reverse(row.name, kwargs={key: wanted[key] for key in arguments(row.name)})


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """Built once; every request is taken back."""
    with django_db_blocker.unblock(), a_world(raises=True) as found:
        yield found


@contextmanager
def a_world(*, raises: bool) -> Iterator[World]:
    """`raises`: a fault of a page is raised here, instead of being answered."""
    with time_machine.travel(NOON, tick=False), transaction.atomic():
        own, other = a.a_site("Own"), a.a_site("Other")
        people = {
            actor: a.a_person(actor.role, {"own": own, "other": other}.get(actor.where)) for actor in ACTORS
        }
        clients = {actor: Client(raise_request_exception=raises) for actor in ACTORS}
        for actor, client in clients.items():
            client.force_login(people[actor])
        found = World(*_patient_with_everything(own, people[Actor(INVESTIGATOR, "own")], clients))
        found.named["upload"] = _upload(people[Actor(DATA_MANAGER, "own")])
        yield found
        transaction.set_rollback(True)
        people.clear()


def _patient_with_everything(
    site: Site, by: User, clients: dict[Actor, Client]
) -> tuple[dict[str, Any], Any, str]:
    patient = a.enrolled_on_cycle(2, site=site, by=by, day1=a.TODAY - dt.timedelta(days=30))
    named = _records(site, by) | {"former": a.an_imported(site=site.name).pk}
    cycle = patient.cycles.get(position=2)
    last = patient.cycles.latest("position")
    course.skip_cycle(by=by, cycle=last, next_on=None, reason="for the walk")
    nora = a.a_person(NURSE, site)
    digest = Digest.objects.create(
        site=site,
        recipient=by,
        day=a.TODAY,
        message_id="<1@example.org>",
        subject="1 due",
        body="Cyclophosphamide, cycle 2 day 1",
        html="<p>Cyclophosphamide, cycle 2 day 1</p>",
        created_at=NOON,
        expires_at=NOON,
    )
    return (
        named
        | {
            "pk": patient.pk,
            "cycle_pk": cycle.pk,
            "activity_pk": cycle.activities.filter(second_person=False).first().pk,
            "administration_pk": patient.administrations.filter(is_current=True).first().pk,
            "closure_pk": patient.closures.get().pk,
            "person_id": nora.pk,
            "membership_id": nora.memberships.get().pk,
            "site_id": site.pk,
            "version_id": patient.enrolment.protocol_version_id,
            "digest": digest.pk,
        },
        clients,
        patient.subject,
    )


def _upload(by: User) -> uuid.UUID:
    return uploads.take(by=by, content=b"subject,site", name="cohort.csv", data_cutoff=None).pk


def _records(site: Site, by: User) -> dict[str, Any]:
    """Each on a patient of its own, because some of them close the plan."""
    named: dict[str, Any] = {}
    for kind in map(kinds.of, ("mrd", "vod", "death")):
        patient = a.enrolled(site=site, by=by, day1=a.TODAY - dt.timedelta(days=30))
        record = records.add(
            by=by,
            patient=patient,
            kind=kind,
            values=values(kind.slug, a.TODAY),
            today=a.TODAY,
            explanation="for the walk",
        )
        named |= {f"{kind.slug}-patient": patient.pk, f"{kind.slug}-record": record.pk}
        if closure := patient.closures.first():
            named[f"{kind.slug}-closure"] = closure.pk
    return named


def walk(patterns: Any = None, names: str = "", route: str = "") -> Iterator[tuple[str, str, Any]]:
    """(name with its namespace, route, pattern) of every address of the product."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            space = f"{names}{pattern.namespace}:" if pattern.namespace else names
            yield from walk(pattern.url_patterns, space, here)
        elif isinstance(pattern, URLPattern):
            yield f"{names}{pattern.name}", here, pattern


def arguments(name: str) -> list[str]:
    return next(re.findall(r"<(?:\w+:)?(\w+)>", route) for found, route, _ in walk() if found == name)


def test_every_address_is_in_the_table_and_the_table_holds_no_other():
    addresses = [name for name, _, _ in walk()]
    assert len(addresses) == len(set(addresses)), "two addresses share a name"
    unlisted, gone = (
        set(addresses) - {row.name for row in TABLE},
        {row.name for row in TABLE} - set(addresses),
    )
    assert not unlisted, f"say in TABLE who may open: {', '.join(sorted(unlisted))}"
    assert not gone, f"no address is called: {', '.join(sorted(gone))}"


def test_every_kind_of_record_is_in_the_table():
    listed = {row.about["slug"] for row in TABLE if row.name == "patients:record-add"}
    assert listed == {kind.slug for kind in kinds.ALL}


def met(response: Any) -> str:
    """What a response means to the one who asked."""
    place = response.headers.get("Location", "").partition("?")[0]
    if response.status_code in (301, 302) and place == reverse("sign-in"):
        return "sign in"
    if response.status_code in (301, 302) and place == reverse("accounts:welcome"):
        return "elsewhere"
    return {403: "refused", 404: "missing", 405: "no such method"}.get(
        response.status_code, "open" if response.status_code < 500 else f"a fault: {response.status_code}"
    )


def ask(client: Client, method: str, address: str) -> tuple[str, str, int]:
    """(what it means, the page, rows written), all of it taken back."""
    before, cookies = Change.objects.count(), copy.deepcopy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method)(address)
        written = Change.objects.count() - before
        transaction.set_rollback(True)
    client.cookies = cookies
    return met(response), b"".join(response).decode(errors="replace"), written


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_each_actor_meets_what_the_table_says(world, row):
    wrong = []
    for actor, client in world.clients.items():
        for method, rule in (("get", row.get), ("post", row.post)):
            meaning, page, written = ask(client, method, world.address(row))
            expected = rule.meets(actor)
            if meaning not in expected:
                wrong.append(
                    f"{actor}: {method} meets {meaning}, the table says {' or '.join(sorted(expected))}"
                )
            if meaning != "open" and written:
                wrong.append(f"{actor}: {method} is {meaning} and yet writes {written} rows")
            if actor.role not in READERS or actor.where == "other":
                leaks = [name for name in (str(world.named["pk"]), f">{world.subject}<") if name in page]
                wrong += [f"{actor}: {method} shows {leak} of a patient elsewhere" for leak in leaks]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "patch", "delete", "options"])
def test_signed_out_nothing_is_open(world, method):
    wrong = []
    for row in TABLE:
        if row.signed_out:
            continue
        meaning, page, written = ask(Client(), method, world.address(row))
        if meaning != "sign in" or written or world.subject in page:
            wrong.append(f"{row}: {meaning}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_write_nothing(world, method):
    investigator = world.clients[Actor(INVESTIGATOR, "own")]
    administrator = world.clients[Actor(ADMINISTRATOR, "every")]
    wrong = []
    for row in TABLE:
        for client in (investigator, administrator):
            meaning, _, written = ask(client, method, world.address(row))
            if written or meaning.startswith("a fault"):
                wrong.append(f"{row}: {meaning}, {written} rows")
    assert not wrong, "\n".join(wrong)


def test_what_does_not_exist_reads_like_what_belongs_to_another_site(world):
    """Patient, person, site, cycle ...: nobody learns from the answer whether there is one."""
    wrong = []
    for row in TABLE:
        keys = [key for key in arguments(row.name) if key.endswith(("pk", "_id")) and key != "version_id"]
        for key in keys:
            for actor in (Actor(NURSE, "other"), Actor(NURSE, "own"), Actor(ADMINISTRATOR, "other")):
                client = world.clients[actor]
                there = ask(client, "get", world.address(row))[0]
                unknown = ask(client, "get", world.address(row, **{key: UNKNOWN}))[0]
                if unknown == "open" or (there == "missing") > (unknown == "missing"):
                    wrong.append(f"{row}, {key}, {actor}: {there} there, {unknown} unknown")
    assert not wrong, "\n".join(wrong)
