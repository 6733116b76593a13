"""The demo: seeded by the real command, all or nothing, into the embedded database alone."""

import datetime as dt
import itertools
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth import authenticate

from patients import alarms, queries
from patients.actions import importing
from patients.cohort import published
from patients.demo import people, seeding
from patients.enums import ActivityState, ClosureCause, MRDResult, Outcome, PatientState, ResponseCategory
from patients.models import (
    HCT,
    Administration,
    Closure,
    MRDAssessment,
    PastTreatment,
    Patient,
    ResponseAssessment,
    ScheduledActivity,
)
from patients.outcomes import dataset
from patients.outcomes.definitions import DEFAULT
from patients.outcomes.report import report
from protocoltracker import embedded
from protocoltracker.accounts.access import access_of
from protocoltracker.accounts.models import Role, Site, User
from protocoltracker.embedded import folders
from tests import database
from tests.patients.outcomes.expected import differences, published_figures
from tests.patients.ward import due_at

ON_TREATMENT = PatientState.ON_TREATMENT
PRESENT = {"enrolment__historical": False}
"""The patients of the demo whose stories are told, beside those who were treated before."""
MANAGE = folders.REPOSITORY / "manage.py"
PASSWORD = "correct horse battery"


def command(**more: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, str(MANAGE), "seed_demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **more},
    )


def run(**more: str) -> tuple[int, str, str]:
    process = command(**more)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def password_file() -> Path:
    return folders.home() / seeding.PASSWORD_FILE


def writes_so_far() -> int:
    """Changes in the trail, not committed ones too: the sequence of its key does not roll back."""
    with psycopg.connect(embedded.url("owner")) as owner:
        row = owner.execute("SELECT last_value FROM pg_sequences WHERE schemaname = 'audit'").fetchone()
        return (row and row[0]) or 0


def kill_when_writing(process: subprocess.Popen) -> None:
    """Kill it once it has written some thousand rows, all in its one transaction."""
    before, patience = writes_so_far(), time.monotonic() + 120
    while writes_so_far() < before + 2000 and time.monotonic() < patience and process.poll() is None:
        time.sleep(0.05)
    assert process.poll() is None, process.communicate()
    process.kill()
    process.communicate()


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker) -> Iterator[str]:
    """The demo as a killed and then a second run of the command left it; what the second one printed."""
    with django_db_blocker.unblock():
        try:
            kill_when_writing(command(DEMO_PASSWORD=PASSWORD))
            assert not User.objects.exists()
            assert not Patient.objects.exists()
            assert not password_file().exists()
            status, out, err = run(DEMO_PASSWORD=PASSWORD)
            assert status == 0, err
            yield out
        finally:
            password_file().unlink(missing_ok=True)
            database.empty()


@pytest.fixture
def at_central(seeded):
    """The site, the instant and the day there."""
    site = Site.objects.get(name="Central")
    now = dt.datetime.now(dt.UTC)
    return site, now, site.today(now)


def test_the_command_prints_what_it_made_and_not_the_password(seeded):
    for account in people.ACCOUNTS:
        assert account.full_name in seeded
    assert "001–108  former patients (synthetic), Central, North, South" in seeded
    for told in seeding.STORIES:
        assert f"{told.site:<8} {told.what}" in seeded
    assert str(password_file()) in seeded
    assert PASSWORD not in seeded


def test_the_password_file_is_private_and_fits_every_account(seeded):
    assert password_file().read_text().strip() == PASSWORD
    assert password_file().stat().st_mode & 0o777 == 0o600
    for account in people.ACCOUNTS:
        person = authenticate(None, username=account.username, password=PASSWORD)
        assert person is not None
        assert not person.must_change_password
        assert person.email.endswith("@example.org")


def test_a_second_run_changes_nothing(seeded):
    before = Patient.objects.count(), Administration.objects.count(), User.objects.count()
    status, out, _ = run(DEMO_PASSWORD="another one")
    assert (status, "nothing to do" in out) == (0, True)
    assert (Patient.objects.count(), Administration.objects.count(), User.objects.count()) == before
    assert password_file().read_text().strip() == PASSWORD


def test_a_run_that_was_killed_before_the_password_was_written_is_completed(seeded):
    password_file().unlink()
    status, _, err = run(DEMO_PASSWORD=PASSWORD + "!")
    assert status == 0, err
    assert authenticate(None, username="nurse", password=PASSWORD + "!") is not None
    password_file().unlink()
    assert run(DEMO_PASSWORD=PASSWORD)[0] == 0


def test_roles_are_where_they_should_be(seeded):
    central_site, north_site = Site.objects.get(name="Central"), Site.objects.get(name="North")
    access = {user.username: access_of(user) for user in User.objects.all()}
    for name, role in (("nurse", Role.NURSE), ("coordinator", Role.COORDINATOR)):
        assert access[name].has([role], central_site.pk)
        assert not access[name].has(Role.values, north_site.pk)
    assert access["investigator"].has([Role.INVESTIGATOR], north_site.pk)
    assert access["coordinator2"].has([Role.COORDINATOR], north_site.pk)
    assert access["datamanager"].everywhere == {Role.DATA_MANAGER}
    assert access["coordinator3"].has([Role.COORDINATOR], Site.objects.get(name="South").pk)
    assert {site.name for site in access["investigator"].sites([Role.INVESTIGATOR])} == set(people.SITES)
    assert access["monitor"].everywhere == {Role.MONITOR}
    assert access["admin"].everywhere == {Role.ADMINISTRATOR}


def test_both_versions_levels_and_sites_are_in_treatment(seeded):
    treated = Patient.objects.filter(state=ON_TREATMENT)
    assert treated.count() >= 8
    kinds = set(treated.values_list("enrolment__protocol_version__name", "enrolment__dose_level"))
    assert kinds == {("amended", ""), ("original", "1.8"), ("original", "1.3")}
    assert set(treated.values_list("site__name", flat=True)) == {"Central", "North"}
    overridden = Patient.objects.filter(enrolment__protocol_version__name="original", **PRESENT)
    assert all(p.enrolment.override_reason for p in overridden)
    assert {p.enrolment.created_by.username for p in overridden} == {"investigator"}
    assert treated.filter(enrolment__cd20_pct__gte=20, activities__drug="rituximab").exists()
    assert not treated.filter(enrolment__cd20_pct__lt=20, activities__drug="rituximab").exists()


def test_the_nurse_has_work_today(at_central):
    site, now, today = at_central
    assert len(due_at(site, now)) >= 8
    to_open = list(queries.due_cycles([site], now, ahead=7).values_list("day1", flat=True))
    assert today in to_open
    assert today + dt.timedelta(days=7) in to_open
    assert min(to_open) < today


def test_infusions_run_at_the_rates_of_their_weights(seeded):
    running = queries.running_infusions(Site.objects.all())
    rates = {(row.patient.site.name, row.day): row.dose for row in running.select_related("patient__site")}
    assert rates["Central", 8] == 28
    assert rates["North", 1] == 9
    light = next(row for row in running if row.dose not in (9, 28))
    assert light.cycle.weight_kg < 45
    assert light.dose == 5 * light.cycle.bsa_m2
    assert ScheduledActivity.objects.filter(state=ActivityState.RUNNING, drug="mercaptopurine").count() == 1


def test_every_kind_of_event_has_its_patient(seeded):
    states = set(Patient.objects.values_list("state", flat=True))
    assert states == set(PatientState)
    standing = Closure.objects.filter(undone_at=None, patient__enrolment__historical=False)
    causes = {c.cause for c in standing}
    assert causes >= {
        ClosureCause.DEATH,
        ClosureCause.HCT,
        ClosureCause.VOD,
        ClosureCause.WITHDRAWAL,
        ClosureCause.ENROLLED_IN_ERROR,
        ClosureCause.PHASE_ENDED,
        ClosureCause.CYCLE_SKIPPED,
    }
    negative = MRDAssessment.objects.filter(
        result=MRDResult.NEGATIVE, patient__enrolment__historical=False
    ).values("patient")
    assert ResponseAssessment.objects.filter(category=ResponseCategory.CR, patient__in=negative).exists()
    transplanted = HCT.objects.get(patient__enrolment__historical=False).patient
    assert not transplanted.activities.open().exists()


def test_vod_closed_inotuzumab_alone(seeded):
    patient = Closure.objects.get(cause=ClosureCause.VOD, patient__enrolment__historical=False).patient
    assert patient.state == ON_TREATMENT
    opened = patient.cycles.get(state="open")
    by_state = set(opened.activities.values_list("drug", "state"))
    assert ("inotuzumab ozogamicin", ActivityState.CLOSED) in by_state
    assert ("cyclophosphamide", ActivityState.PLANNED) in by_state


def test_doses_were_also_changed_omitted_held_and_corrected(seeded):
    current = Administration.objects.filter(is_current=True)
    departures = current.exclude(outcome=Outcome.GIVEN)
    assert set(departures.values_list("outcome", flat=True)) == set(Outcome) - {Outcome.GIVEN}
    assert all(row.reason and row.reason_code for row in departures)
    held = current.get(outcome=Outcome.HELD, drug="inotuzumab ozogamicin")
    assert held.activity.state == ActivityState.HELD
    assert current.filter(corrects__isnull=False).exists()


def test_everything_lies_in_the_past_and_after_consent(seeded):
    now = dt.datetime.now(dt.UTC)
    rows = Administration.objects.filter(patient__enrolment__historical=False)
    for row in rows.select_related("patient__enrolment", "patient__site"):
        assert row.given_at <= now
        assert (row.ended_at or now) <= now
        day = row.given_at.astimezone(row.patient.site.zone).date()
        assert day >= row.patient.enrolment.consented_on


# --- The former patients -----------------------------------------------------------------------------------------


@pytest.fixture
def former(seeded) -> list[Patient]:
    found = Patient.objects.filter(enrolment__historical=True)
    return list(found.select_related("enrolment__protocol_version", "site").order_by("subject_number"))


def test_they_come_first_and_the_others_after_them(former):
    assert [patient.subject_number for patient in former] == list(range(1, 109))
    present = Patient.objects.filter(**PRESENT).order_by("subject_number")
    assert [patient.subject_number for patient in present] == list(range(109, 109 + len(seeding.STORIES)))
    assert {patient.site.name for patient in former} == set(people.SITES)


def test_their_doses_fit_the_numbers_of_the_file(former):
    """As many cycles as the file says, as many of them with inotuzumab, and rituximab in those who had it."""
    kinds = {"mini-hcvd": "mini", "blinatumomab": "blina"}
    for patient in former:
        past = PastTreatment.objects.get(patient=patient)
        received = Counter(
            kinds.get(phase, "rest")
            for phase in patient.cycles.filter(state="completed").values_list("phase", flat=True)
        )
        told = {"mini": past.mini_hcvd_cycles, "blina": past.blina_cycles, "rest": past.maintenance_cycles}
        assert received == Counter(told), patient
        given = patient.administrations
        inotuzumab = given.filter(drug="inotuzumab ozogamicin").values("cycle").distinct()
        assert inotuzumab.count() == past.ino_cycles, patient
        assert given.filter(drug="rituximab").exists() == past.rituximab, patient


def test_their_histories_end_where_the_file_ends(former):
    ends = {patient.pk: patient.closures.earliest("on").on for patient in former}
    stops = Closure.objects.filter(patient__in=former, cause=ClosureCause.VOD)
    stopped = {(closure.patient_id, drug): closure.on for closure in stops for drug in closure.drugs}
    for patient in former:
        zone = patient.site.zone
        last = min(c.on for c in patient.closures.all() if not c.drugs)
        assert last <= dt.date(2021, 6, 15)
        assert ends[patient.pk] <= last
        for row in patient.administrations.all():
            assert row.given_at.astimezone(zone).date() <= stopped.get((patient.pk, row.drug), last), row
            assert (row.ended_at or row.given_at).astimezone(zone).date() <= last, row


def test_their_cycles_follow_each_other_plausibly(former):
    starts = {past.patient_id: past.on for past in PastTreatment.objects.all()}
    for patient in former:
        days = list(patient.cycles.filter(state="completed").values_list("day1", flat=True))
        assert days[0] == starts[patient.pk]
        gaps = [(after - before).days for before, after in itertools.pairwise(days)]
        assert all(21 <= gap <= 42 for gap in gaps), (patient, gaps)


def test_dose_levels_are_assigned_earlier_ones_higher_and_said_to_be_invented(former):
    levels = [patient.enrolment.dose_level for patient in former]
    assert set(levels[:48]) == {"1.8"}
    assert set(levels[48:67]) == {"1.3"}
    assert set(levels[67:]) == {""}
    entered = Administration.objects.filter(patient__in=former)
    assert entered.count() > 5000
    assert not entered.exclude(reason__contains="Invented for the demo").exists()


def test_nothing_of_theirs_is_due_and_no_site_is_without_somebody_to_tell(former):
    now, sites = dt.datetime.now(dt.UTC), Site.objects.all()
    for rows in (queries.due_activities(sites, now, ahead=9999), queries.due_cycles(sites, now, ahead=9999)):
        assert not rows.filter(patient__in=former).exists()
    assert set(Patient.objects.filter(pk__in=[p.pk for p in former]).values_list("state", flat=True)) == {
        PatientState.OFF_TREATMENT,
        PatientState.DEAD,
    }
    everywhere = User.objects.get(username="monitor")
    assert "Nobody to remind." not in {alarm.title for alarm in alarms.alarms(everywhere, now=now)}


def test_the_published_figures_come_out_and_the_present_patients_change_none(seeded):
    cutoff = published.DATA_CUTOFF
    found = report(dataset.subjects(cutoff=cutoff), DEFAULT.at(cutoff))
    assert differences(published_figures(), found) == []


def test_the_file_can_be_imported_again_and_changes_nothing(seeded):
    """Though a dose level and a course were entered since."""
    checked = importing.check(published.published_cohort(), today=dt.date.today())  # noqa: DTZ011
    assert not checked.blocked
    assert (checked.new, checked.unchanged) == (0, 108)
