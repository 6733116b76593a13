"""History pages: of a patient and of every audited row, in words, in the time of the site."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from patients import kinds, trail
from patients.actions import closures, records
from patients.models import LastContact, Patient
from patients.presenters import values
from protocoltracker.accounts.models import Role
from protocoltracker.audit.context import acting
from protocoltracker.audit.models import Change
from tests import factories
from tests.patients import record_samples
from tests.posting import Browser as Client

pytestmark = pytest.mark.django_db
TODAY = factories.TODAY


@pytest.fixture
def site() -> Any:
    return factories.a_site("Dubai", zone="Asia/Dubai")  # 4 hours ahead of UTC


@pytest.fixture
def by(site: Any) -> Any:
    return factories.a_person(Role.INVESTIGATOR, site, name="drwho")


@pytest.fixture
def patient(site: Any, by: Any) -> Patient:
    patient = factories.enrolled(by=by, site=site, day1=TODAY - dt.timedelta(days=42))
    factories.given_as_planned(factories.opened(patient.cycles.get(position=1), by=by), by=by)
    return patient


@pytest.fixture
def web(client: Client, by: Any) -> Client:
    client.force_login(by)
    return client


def added(patient: Patient, by: Any, slug: str, **changed: Any) -> Any:
    entered = record_samples.values(slug, **changed)
    return records.add(
        by=by,
        patient=patient,
        kind=kinds.of(slug),
        values=entered,
        today=TODAY,
        explanation="looked at twice",
    )


def text_of(answer: Any) -> str:
    """The page as read: no tags, single spaces."""
    main = answer.content.decode().split("<main", 1)[1].split("</main>", 1)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def whole(web: Client, patient: Patient, **query: Any) -> str:
    return text_of(web.get(reverse("patients:history", args=[patient.pk]), query))


def of_row(web: Client, patient: Patient, what: str, row: Any) -> str:
    answer = web.get(reverse("patients:row-history", args=[patient.pk, what, row.pk]))
    assert answer.status_code == 200
    return text_of(answer)


@pytest.mark.parametrize("what", [one.slug for one in trail.AUDITED])
def test_every_audited_row_of_a_patient_has_a_page(web: Client, patient: Patient, by: Any, what: str) -> None:
    if what == "resumption":
        patient = factories.an_imported(site=patient.site.name)
        factories.resumed(patient, by=by)
    elif kinds.find(what) or what == "closure":
        patient = record_samples.fitting(what, patient) if kinds.find(what) else patient
        added(patient, by, what if kinds.find(what) else "death")
    audited = trail.BY_SLUG[what]
    row = audited.of_patient(patient).first()
    text = of_row(web, patient, what, row)
    assert "As it is now" in text
    assert "Created" in text
    assert "drwho" in text


@pytest.mark.parametrize("audited", trail.AUDITED, ids=lambda audited: audited.slug)
def test_every_column_has_words_of_its_own(audited: trail.Audited) -> None:
    """No column shows the name that the database gives it."""
    labels = [values.label(field) for field in audited.model._meta.concrete_fields]
    assert all(not re.search(r"_|\b(pct|10e9|bsa|kg|cm)\b", label, re.IGNORECASE) for label in labels), labels


def test_the_clinical_tables_are_all_there() -> None:
    """What is audited of a patient has a history page."""
    audited = {
        table
        for (table,) in _sql("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'z_audit'")
        if table.startswith("patients_")
    }
    assert set(trail.BY_TABLE) == audited


def _sql(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_old_is_struck_through_new_is_marked_with_who_and_why(web: Client, patient: Patient, by: Any) -> None:
    record = added(patient, by, "relapse")
    entered = record_samples.values("relapse", bm_blasts_pct=41, kind="CNS")
    records.change(by=by, record=record, values=entered, today=TODAY, reason="report corrected")
    answer = web.get(
        reverse("patients:record-history", args=[patient.pk, "relapse", record.pk])
    ).content.decode()
    flat = re.sub(r"\s+", " ", re.sub(r"<span[^>]*>[^<]*</span>", "", answer))
    assert "<strong>Site of relapse</strong> <del>Marrow</del> <ins>Central nervous system</ins>" in flat
    assert "<strong>Marrow blasts</strong> <del>35 %</del> <ins>41 %</ins>" in flat.replace("\xa0", " ")
    assert "“report corrected”" in flat
    assert flat.index("Changed") < flat.index("Created")


def test_times_are_those_of_the_site(web: Client, patient: Patient, by: Any) -> None:
    record = added(patient, by, "last-contact")
    at = Change.objects.get(table_name="patients_lastcontact", row_id=str(record.pk)).at
    local = (at + dt.timedelta(hours=4)).strftime("%Y-%m-%d %H:%M")
    assert local in of_row(web, patient, "last-contact", record).replace("\xa0", " ")
    dose = patient.administrations.earliest("given_at")
    given = (dose.given_at + dt.timedelta(hours=4)).strftime("%Y-%m-%d %H:%M")
    assert given in of_row(web, patient, "administration", dose)


def test_the_footer_names_the_same_zone_as_the_times(client: Client, patient: Patient, by: Any) -> None:
    """Also for a person of several sites who has chosen none of them."""
    coordinator = factories.a_person(Role.COORDINATOR)
    factories.a_site()
    client.force_login(coordinator)
    with time_machine.travel(dt.datetime(2020, 6, 15, 12, tzinfo=dt.UTC), tick=False):
        page = client.get(reverse("patients:history", args=[patient.pk])).content.decode()
    footer = re.sub(r"<[^>]+>", "", page.split('<footer class="pt-foot">')[1].split("</footer>")[0])
    assert "Dubai site, UTC+04:00" in footer
    assert "2020-06-15\xa016:00" in footer


def test_many_rows_of_one_deed_are_one_line(web: Client, patient: Patient, by: Any) -> None:
    doses = patient.activities.open().count()
    added(patient, by, "death", on=TODAY)
    text = whole(web, patient)
    assert f"{doses} planned doses State Planned Closed" in text.replace("was ", "").replace("became ", "")
    assert "State On treatment Died" in text.replace("was ", "").replace("became ", "")
    assert "Closed by Death on 2020-06-15" in text.replace("became ", "")


def test_two_equal_changes_of_one_row_are_two_lines(web: Client, patient: Patient, by: Any) -> None:
    record = added(patient, by, "last-contact")
    for kind in ("telephone", "visit", "telephone"):
        entered = record_samples.values("last-contact", kind=kind)
        records.change(
            by=by, record=record, values=entered, today=TODAY, reason="to and fro", explanation="yes"
        )
    for text in (of_row(web, patient, "last-contact", record), whole(web, patient)):
        assert text.count("“to and fro”") == 3


def test_the_filter_shows_one_part(web: Client, patient: Patient, by: Any) -> None:
    added(patient, by, "mrd")
    everything = whole(web, patient)
    events = whole(web, patient, about="records")
    treatment = whole(web, patient, about="treatment")
    assert "MRD 2020-06-15" in everything
    assert "MRD 2020-06-15" in events
    assert "MRD 2020-06-15" not in treatment
    assert "administrations" in treatment
    assert "administrations" not in events
    assert "Enrolled on became" in whole(web, patient, about="enrolment")
    assert whole(web, patient, about="nonsense") == everything


def test_undo_is_told_as_undo(web: Client, patient: Patient, by: Any) -> None:
    closure = closures.of_event(added(patient, by, "death").pk)
    closures.undo(closure=closure, by=by, reason="the neighbour, not the patient")
    text = whole(web, patient).replace("was ", "").replace("became ", "")
    assert text.count("“the neighbour, not the patient”") >= 4
    assert "State Died On treatment" in text
    assert "Entered in error" in text


def test_a_row_removed_by_hand_still_has_its_history(web: Client, patient: Patient, by: Any) -> None:
    record = added(patient, by, "last-contact", note="phoned by the sister")
    with acting(by=by, reason="removed by hand"):
        LastContact.objects.filter(pk=record.pk).delete()
    text = whole(web, patient)
    assert "Removed" in text
    assert "phoned by the sister" in text
    assert "“removed by hand”" in text


def test_pages_of_changes(web: Client, patient: Patient, by: Any) -> None:
    for days in range(40):
        with acting(by=by):
            LastContact.objects.create(patient=patient, on=TODAY - dt.timedelta(days=days), kind="visit")
    # One transaction in a test, so the pages are counted on the trail itself.
    assert len(trail.transactions(patient)) == 1
    assert whole(web, patient, page=9) == whole(web, patient)


def test_history_of_another_site_or_another_patient_is_not_found(
    client: Client, web: Client, patient: Patient, by: Any, site: Any
) -> None:
    other = factories.enrolled(by=by, site=site)
    cycle = other.cycles.first()
    assert web.get(reverse("patients:row-history", args=[patient.pk, "cycle", cycle.pk])).status_code == 404
    assert web.get(reverse("patients:row-history", args=[patient.pk, "weather", cycle.pk])).status_code == 404
    client.force_login(factories.a_person(Role.INVESTIGATOR, factories.a_site()))
    assert client.get(reverse("patients:history", args=[patient.pk])).status_code == 404
    own = patient.cycles.first()
    assert client.get(reverse("patients:row-history", args=[patient.pk, "cycle", own.pk])).status_code == 404


def test_a_monitor_reads_the_history(client: Client, patient: Patient, site: Any) -> None:
    client.force_login(factories.a_person(Role.MONITOR, site))
    assert client.get(reverse("patients:history", args=[patient.pk])).status_code == 200


def test_the_same_few_queries_at_one_change_and_at_many(
    web: Client, patient: Patient, by: Any, django_assert_max_num_queries: Any
) -> None:
    url = reverse("patients:history", args=[patient.pk])
    with django_assert_max_num_queries(14):
        web.get(url)
    added(patient, by, "death")
    with django_assert_max_num_queries(14):
        web.get(url)


def test_the_trail_of_a_patient_is_found_by_its_index(patient: Patient) -> None:
    """However long the trail of all patients is."""
    for _ in range(3):
        factories.enrolled(by=factories.a_person(Role.INVESTIGATOR))
    plan = "\n".join(
        row[0] for row in _explained("SELECT id FROM audit.change WHERE patient_id = %s", str(patient.pk))
    )
    assert "change_patient" in plan


def _explained(statement: str, value: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + statement, [value])
        return cursor.fetchall()
