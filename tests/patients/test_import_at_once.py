"""Imports and enrolments at the same moment: one after the other, no patient and no number twice."""

import datetime as dt
from functools import partial

import pytest

from patients.actions.importing import Checked, store
from patients.models import Patient, SubjectCounter
from protocoltracker.accounts.models import Role, Site
from tests.cohort_files import a_file, a_row
from tests.factories import a_person, a_site, enrolled, the_protocol
from tests.racing import at_the_same_time

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = dt.date(2026, 1, 1)


def importing(*rows: dict[str, str]) -> partial[Checked]:
    return partial(store, by="system:import", content=a_file(*rows), today=TODAY)


def test_of_two_imports_of_one_file_one_stores_it():
    """Neither the versions nor the sites are there yet."""
    rows = [a_row(subject=str(number)) for number in range(1, 31)]
    done = at_the_same_time(importing(*rows), importing(*rows), importing(*rows))
    assert sorted((one.stored, one.unchanged, one.blocked) for one in done) == [
        (0, 30, False),
        (0, 30, False),
        (30, 0, False),
    ]
    assert (Patient.objects.count(), Site.objects.count()) == (30, 1)


def test_of_two_files_that_disagree_one_is_told_what_the_other_stored():
    a_site("Central")
    the_protocol()
    done = at_the_same_time(importing(a_row(ecog="1")), importing(a_row(ecog="2"), a_row(subject="2")))
    assert sorted(one.blocked for one in done) == [False, True]
    (loser,) = [one for one in done if one.blocked]
    assert [(found.column, found.rule) for found in loser.errors] == [("ecog", "stored-differs")]
    assert Patient.objects.count() == sum(one.stored for one in done)


def test_an_enrolment_meanwhile_gets_a_number_of_its_own():
    site = a_site("Central")
    doctor = a_person(Role.INVESTIGATOR, site)
    the_protocol()
    imported, patient = at_the_same_time(
        importing(a_row(subject="41"), a_row(subject="42")), partial(enrolled, site=site, by=doctor)
    )
    assert imported.stored == 2
    assert patient.subject_number in {1, 43}
    assert SubjectCounter.objects.get().last == max(42, patient.subject_number)
