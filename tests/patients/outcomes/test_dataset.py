"""The dataset out of the database: imported patients and patients of this record, in a handful of queries."""

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients import kinds
from patients.actions import closures, importing, records, treatment
from patients.cohort.published import DATA_CUTOFF, published_cohort
from patients.enums import Outcome
from patients.models import Patient
from patients.outcomes import dataset
from patients.outcomes.subject import Subject
from protocoltracker.accounts.models import Role
from protocoltracker.audit.context import acting
from tests import factories
from tests.copies import copy_patients
from tests.factories import TODAY, a_person, a_site, an_imported, at, enrolled, opened
from tests.patients import record_samples
from tests.patients.outcomes import cases

pytestmark = pytest.mark.django_db

DAY1 = TODAY - dt.timedelta(days=60)
AT_MOST = 9


@pytest.fixture
def site() -> Any:
    return a_site("Central")


@pytest.fixture
def by(site: Any) -> Any:
    return a_person(Role.INVESTIGATOR, site)


@pytest.fixture
def patient(site: Any, by: Any) -> Patient:
    """Treated here: cycle 1 given as planned from DAY1 on."""
    patient = enrolled(site=site, by=by, day1=DAY1)
    factories.given_as_planned(opened(patient.cycles.get(position=1), by=by), by=by)
    return patient


def recorded(patient: Patient, by: Any, slug: str, on: dt.date, **changed: Any) -> Any:
    return records.add(
        by=by,
        patient=patient,
        kind=kinds.of(slug),
        values=record_samples.values(slug, on, **changed),
        today=TODAY,
        explanation="looked at twice",
    )


def the_one(cutoff: dt.date = TODAY) -> Subject:
    (subject,) = dataset.subjects(cutoff=cutoff)
    return subject


def after(days: int) -> dt.date:
    return DAY1 + dt.timedelta(days=days)


def test_the_imported_cohort_is_what_its_file_says_read_by_other_means():
    importing.store(by="system:import", content=published_cohort(), today=TODAY.replace(year=2026))
    found = dataset.subjects(cutoff=DATA_CUTOFF)
    assert tuple(replace(one, pk=uuid.UUID(int=one.number)) for one in found) == cases.published()
    assert {one.pk for one in found} == set(Patient.objects.values_list("pk", flat=True))


def test_a_patient_of_this_record_is_treated_from_the_first_dose_given(patient, by):
    subject = the_one()
    last = max(row.given_at for row in patient.administrations.all())
    assert (subject.number, subject.site, subject.version) == (patient.subject_number, "Central", "amended")
    assert (subject.arm, subject.salvage, subject.sex) == ("inotuzumab-plus-blinatumomab", "S2", "female")
    assert (subject.started_on, subject.response, subject.best_mrd) == (DAY1, "", "")
    assert subject.last_contact_on == last.date()


def test_who_has_had_no_dose_is_in_it_untreated(site, by):
    patient = enrolled(site=site, by=by, day1=DAY1)
    cycle = opened(patient.cycles.get(position=1), by=by)
    dose = cycle.activities.open().earliest("on")
    omitted = treatment.Given(
        outcome=Outcome.OMITTED, given_at=at(DAY1), reason_code="other", reason="not today"
    )
    treatment.record(by=by, activity=dose, given=omitted, now=at(TODAY))
    assert (the_one().started_on, the_one().last_contact_on) == (None, patient.enrolment.enrolled_on)


@pytest.mark.parametrize(("zone", "hour"), [("Asia/Tokyo", 8), ("America/Chicago", 20)])
def test_the_first_day_is_that_of_the_site(zone, hour):
    """8:00 in Tokyo is still the day before in UTC, 20:00 in Chicago already the day after."""
    site = a_site(zone=zone)
    by = a_person(Role.INVESTIGATOR, site)
    patient = enrolled(site=site, by=by, day1=DAY1)
    cycle = opened(patient.cycles.get(position=1), by=by)
    dose = cycle.activities.open().filter(on=DAY1).first()
    given_at = at(DAY1, hour, zone=zone)
    treatment.record_as_planned(by=by, patient=patient, doses=[(dose, given_at)], now=at(TODAY))
    assert given_at.astimezone(dt.UTC).date() != DAY1
    assert (the_one().started_on, the_one().last_contact_on) == (DAY1, DAY1)


def test_what_was_recorded_here_is_found(patient, by):
    recorded(patient, by, "response", after(24), category="CRi", platelets_10e9_l=80)
    recorded(patient, by, "response", after(30), category="CR")
    recorded(patient, by, "mrd", after(30))
    recorded(patient, by, "hct", after(40))
    recorded(patient, by, "vod", after(45), resolved=True, resolved_on=after(58))
    subject = the_one()
    assert (subject.response, subject.response_on) == ("CR", after(24))
    assert (subject.best_mrd, subject.mrd_negative_on) == ("negative", after(30))
    assert (subject.hct_on, subject.hct_donor) == (after(40), "haploidentical")
    assert (subject.vod_on, subject.vod_grade) == (after(45), "severe")
    assert (subject.alive, subject.last_contact_on) == (True, after(58))


def test_relapse_and_death_are_found(patient, by):
    recorded(patient, by, "response", after(24))
    recorded(patient, by, "relapse", after(40))
    recorded(patient, by, "death", after(50))
    subject = the_one()
    assert (subject.lost_on, subject.death_on, subject.cause_of_death) == (after(40), after(50), "infection")
    assert (subject.os, subject.cr_duration) == ((50, True), (16, True))


def test_what_was_entered_in_error_does_not_count(patient, by):
    wrong = [recorded(patient, by, "response", after(24)), recorded(patient, by, "death", after(59))]
    for record in reversed(wrong):
        records.mark_in_error(by=by, record=record, reason="another patient")
    assert (the_one().response, the_one().alive) == ("", True)
    assert the_one().last_contact_on < after(59)


def test_who_was_enrolled_in_error_is_not_in_it(patient, by):
    closures.mark_enrolled_in_error(patient=patient, on=TODAY, by=by, reason="not this trial")
    assert dataset.subjects(cutoff=TODAY) == ()


def test_who_was_enrolled_after_the_cut_off_changes_nothing(patient, site, by):
    before = dataset.subjects(cutoff=DAY1)
    later = enrolled(site=site, by=by, day1=TODAY)
    assert later.enrolment.enrolled_on > DAY1
    assert dataset.subjects(cutoff=DAY1) == before
    assert len(dataset.subjects(cutoff=TODAY)) == 2


def test_what_happened_after_the_cut_off_is_not_known(patient, by):
    recorded(patient, by, "response", after(24))
    recorded(patient, by, "death", after(50))
    subject = the_one(after(23))
    assert (subject.response, subject.alive, subject.last_contact_on) == ("", True, after(23))
    assert the_one(DAY1 - dt.timedelta(days=1)).started_on is None


def test_only_the_sites_asked_for_are_in_it(patient, site):
    an_imported(site="North")
    assert {one.site for one in dataset.subjects(cutoff=TODAY)} == {"Central", "North"}
    assert [one.pk for one in dataset.subjects(cutoff=TODAY, sites=[site.pk])] == [patient.pk]
    assert dataset.subjects(cutoff=TODAY, sites=[]) == ()


def test_a_contact_recorded_after_the_import_counts():
    patient = an_imported(last_contact_on="2020-06-01")
    by = a_person(Role.INVESTIGATOR, patient.site)
    recorded(patient, by, "last-contact", dt.date(2020, 6, 10))
    assert the_one().last_contact_on == dt.date(2020, 6, 10)


def queries_of(**asked: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        dataset.subjects(cutoff=TODAY, **asked)
    return len(captured)


def test_it_takes_the_same_few_queries_for_one_patient_and_for_many(patient, by, site):
    recorded(patient, by, "response", after(24))
    former = an_imported(site=site.name)
    few = queries_of()
    with acting(by="system:test"):
        copy_patients([patient.pk, former.pk], numbers=range(1, 31))
    assert len(dataset.subjects(cutoff=TODAY)) == 62
    assert queries_of() == queries_of(sites=[site.pk]) == few <= AT_MOST
