"""Words typed about a patient, followed through everything: they are in the record, and nowhere else.

A canary is put into every field that takes words. Then every page is opened by several roles, forms are sent with
faults, pages break, the database refuses rows, reminders go out. Logs, mails, addresses, cookies, error pages and what
the broker would carry are searched for it.
"""

import io
import json
import logging
import re
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core import mail
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path, reverse

from patients import kinds
from patients.actions import course, cycles, enrolment, records, treatment
from patients.actions.sweeping import sweep
from patients.actions.treatment import Given
from patients.enums import Answer
from patients.models import Patient
from patients.tasks import sweep_reminders
from protocoltracker.accounts.models import FormToken, Role, Site, User
from protocoltracker.audit.context import acting
from protocoltracker.logs import Lines, Readable
from protocoltracker.urls import handler400, handler500  # noqa: F401 (found here by name)
from tests import factories as a
from tests.access_table import TABLE
from tests.patients.record_samples import values
from tests.posting import Browser
from tests.test_urls_by_role import NOON, arguments

pytestmark = pytest.mark.django_db
CANARY = "Kanarienvogel"
ADDRESSES = re.compile(r'\b(?:href|src|action|hx-get|hx-post|hx-push-url|formaction)="([^"]*)"')


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(f"subject {CANARY}")


def refused_by_the_database(request: HttpRequest) -> HttpResponse:
    """The fault quotes the row."""
    with acting(by=request.user):
        Site.objects.create(name=CANARY)
        Site.objects.create(name=CANARY)
    return HttpResponse()


urlpatterns = [
    path("broken/", broken),
    path("refused/", refused_by_the_database),
    path("", include("protocoltracker.urls")),
]


def a_patient_with_words(site: Site, by: User) -> Patient:
    """The canary in every field that takes words, through the actions."""
    version = a.the_protocol("original")
    answers = [
        enrolment.Criterion(code=c.code, answer=Answer.MET, note=CANARY) for c in version.definition.criteria
    ]
    answers[0] = enrolment.Criterion(code=answers[0].code, answer=Answer.NOT_MET, note=CANARY)
    patient = enrolment.enrol(
        by=by, site=site, today=a.TODAY, sex="female", birth_date=a.TODAY.replace(year=1980),
        baseline=a.baseline(dose_level="1.8", karyotype=CANARY, consent_version=CANARY[:10]),
        criteria=answers, version=version, override_reason=CANARY,
    )  # fmt: skip
    cycle = patient.cycles.first()
    cycles.open_cycle(
        by=by, cycle=cycle, day1=cycle.day1, height_cm=Decimal(170), weight_kg=Decimal(70),
        measured_on=cycle.day1, today=a.TODAY, reason=CANARY, weight_confirmed=True,
    )  # fmt: skip
    doses = list(cycle.activities.filter(second_person=False).order_by("on")[:3])
    for number, dose in enumerate(doses):
        given = Given(
            outcome="omitted" if number else "given", given_at=a.at(dose.on), dose=None if number else dose.dose,
            reason_code="other" if number else "", reason=CANARY, lot=CANARY,
        )  # fmt: skip
        row = treatment.record(by=by, activity=dose, given=given, now=NOON)
        if number == 2:
            treatment.take_back(by=by, administration=row, reason=CANARY)
    course.skip_cycle(by=by, cycle=patient.cycles.last(), next_on=None, reason=CANARY)
    for slug in ("mrd", "response", "last-contact", "death"):
        record = records.add(
            by=by, patient=patient, kind=kinds.of(slug), values=values(slug, a.TODAY) | {"note": CANARY},
            today=a.TODAY, explanation=CANARY,
        )  # fmt: skip
        if slug == "mrd":
            records.mark_in_error(by=by, record=record, reason=CANARY)
    return patient


@pytest.fixture
def logs():
    """Both looks of our log, at the level that tells most."""
    written = io.StringIO()
    root, before = logging.getLogger(), logging.getLogger().level
    handlers = [logging.StreamHandler(written) for _ in range(2)]
    for handler, look in zip(handlers, (Lines(), Readable()), strict=True):
        handler.setFormatter(look)
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.setLevel(before)
    for handler in handlers:
        root.removeHandler(handler)


def addresses_of(patient: Patient) -> list[str]:
    """Every page about this patient."""
    known = {
        "pk": patient.pk,
        "cycle_pk": patient.cycles.first().pk,
        "activity_pk": patient.activities.filter(cycle=patient.cycles.first(), second_person=False).last().pk,
        "administration_pk": patient.administrations.first().pk,
        "closure_pk": patient.closures.first().pk,
        "record_pk": patient.mrdassessment_set.first().pk,
        "slug": "mrd", "kind": "skip", "what": "patient", "row_pk": patient.pk,
    }  # fmt: skip
    names = {row.name for row in TABLE if row.name.startswith("patients:")}
    return [reverse(name, kwargs={key: known[key] for key in arguments(name)}) for name in sorted(names)]


def test_what_is_typed_about_a_patient_is_nowhere_but_in_the_record(settings, logs):
    settings.ROOT_URLCONF = __name__
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    found: list[str] = []
    with time_machine.travel(NOON, tick=False):
        site = a.a_site("Central")
        people = [a.a_person(role, site) for role in (Role.INVESTIGATOR, Role.COORDINATOR, Role.MONITOR)]
        patient = a_patient_with_words(site, people[0])
        a.enrolled(site=site, by=people[0], day1=a.TODAY)
        pages = 0
        for person in people:
            client = Browser(raise_request_exception=False)
            client.force_login(person)
            for answer in answers_of(client, patient):
                pages += CANARY in answer.content.decode() and answer.status_code == 200
                found += leaks(answer)
        sweep(clock=lambda: NOON)
    assert pages >= 10, "the record itself shows what was typed"
    assert mail.outbox, "a reminder went out"
    for message in mail.outbox:
        found += ["mail"] if CANARY in message.message().as_string() else []
    found += [f"log: {line}" for line in logs.getvalue().splitlines() if CANARY in line]
    assert logs.getvalue().count("protocoltracker.requests") > 60
    assert "accounts_site_name" in logs.getvalue(), "the fault of the database was logged"
    found += ["answer once"] if any(CANARY in token.location for token in FormToken.objects.all()) else []
    found += (
        ["session"] if any(CANARY in json.dumps(one.get_decoded()) for one in Session.objects.all()) else []
    )
    assert found == []


def answers_of(client: Client, patient: Patient) -> list[Any]:
    """Every page read, every form sent with faults and words in it, pages that break."""
    answers = [client.get(address) for address in addresses_of(patient)]
    words = {
        "note": CANARY,
        "reason": CANARY,
        "on": CANARY,
        "dose": CANARY,
        "given_at": CANARY,
        "weight_kg": CANARY,
    }
    answers += [client.post(address, words) for address in addresses_of(patient)]
    answers += [client.post(address, words | {"form_token": CANARY}) for address in addresses_of(patient)]
    answers += [client.get(f"/nowhere/{CANARY}/"), client.get("/broken/"), client.get("/refused/")]
    answers += [client.post("/broken/", words), client.get("/", headers={"host": CANARY})]
    bare = Client(enforce_csrf_checks=True)
    bare.cookies = client.cookies
    answers.append(bare.post(addresses_of(patient)[0], words))
    return [answer for answer in answers if hasattr(answer, "content")]


def leaks(answer: Any) -> list[str]:
    page = answer.content.decode()
    asked = answer.request["PATH_INFO"]
    places = {
        "redirect": answer.get("Location", ""),
        "cookies": "".join(cookie.OutputString() for cookie in answer.cookies.values()),
        "headers": str(dict(answer.headers)),
        "address": "".join(ADDRESSES.findall(page)),
        "error page": page if answer.status_code in (400, 404, 413, 500) or answer.status_code == 403 else "",
    }
    return [f"{place} of {asked} ({answer.status_code})" for place, text in places.items() if CANARY in text]


def test_the_task_carries_nothing():
    message = sweep_reminders.signature()
    assert (message.args, message.kwargs) == ((), {})
