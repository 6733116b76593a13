"""Enrolment: one number, one version, one plan."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import connection

from patients.actions import enrolment
from patients.models import Enrolment, Patient, ScheduledActivity
from protocoltracker.accounts.access import Denied
from protocoltracker.accounts.models import Role
from protocoltracker.records import Refused
from tests import factories as a

pytestmark = pytest.mark.django_db


def enrol(*, site=None, by=None, version=None, **facts):
    a.the_protocol()
    site = site or a.a_site()
    criteria = [
        enrolment.Criterion(code=c.code, answer="met") for c in a.the_protocol("amended").definition.criteria
    ]
    return enrolment.enrol(
        by=by or a.a_person(Role.NURSE, site),
        site=site,
        today=facts.pop("today", a.TODAY),
        sex="female",
        birth_date=facts.pop("birth_date", dt.date(1980, 3, 1)),
        baseline=a.baseline(**facts),
        criteria=facts.pop("criteria", criteria),
        version=version,
        override_reason="",
    )


def test_the_first_patient_is_001_and_numbers_go_on_over_sites():
    first, second = enrol(), enrol()
    assert (first.subject, second.subject) == ("001", "002")
    assert first.site != second.site


def test_version_in_force_on_the_day_of_consent_decides_version_and_arm():
    after = enrol(consented_on=dt.date(2017, 3, 15))
    assert (after.enrolment.protocol_version.name, after.enrolment.arm) == (
        "amended",
        "inotuzumab-plus-blinatumomab",
    )
    before = enrol(consented_on=dt.date(2017, 3, 14), dose_level="1.3")
    assert (before.enrolment.protocol_version.name, before.enrolment.arm) == ("original", "inotuzumab")


def test_the_whole_amended_plan_is_stored_provisional():
    patient = enrol(day1=dt.date(2020, 1, 1))
    cycles = list(patient.cycles.all())
    assert [c.position for c in cycles] == list(range(1, 25))
    assert cycles[-1].last_day == dt.date(2022, 2, 22)
    assert not patient.activities.filter(provisional=False).exists()
    ino = patient.activities.filter(drug="inotuzumab ozogamicin").order_by("on")
    assert [(i.day, i.dose) for i in ino[:2]] == [
        (2, Decimal("1.092")),
        (8, Decimal("0.546")),
    ]  # 0.6, 0.3 x 1.82 m2


def test_an_order_every_12_hours_is_two_doses_a_day():
    patient = enrol()
    doses = patient.activities.filter(cycle__position=1, drug="cyclophosphamide").order_by("day", "slot")
    assert [(d.day, d.slot) for d in doses] == [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2)]


def test_a_dose_level_is_required_where_the_version_has_levels_and_refused_where_not():
    with pytest.raises(Refused) as missing:
        enrol(consented_on=dt.date(2016, 1, 4))
    assert missing.value.field == "dose_level"
    with pytest.raises(Refused) as too_much:
        enrol(dose_level="1.8")
    assert too_much.value.field == "dose_level"


def test_nothing_is_stored_when_the_plan_cannot_be_made():
    with pytest.raises(Refused):
        enrol(dose_level="1.8")
    assert not Patient.objects.exists()
    assert enrol().subject == "001"  # the number was not used up


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"consented_on": dt.date(2020, 6, 16)}, "consented_on"),
        ({"enrolled_on": dt.date(2020, 6, 1)}, "enrolled_on"),
        ({"planned_day1": dt.date(2020, 5, 1)}, "planned_day1"),
        ({"measured_on": dt.date(2021, 1, 1)}, "measured_on"),
        ({"birth_date": dt.date(1880, 1, 1)}, "birth_date"),
        ({"birth_date": dt.date(2020, 1, 1)}, "birth_date"),
    ],
)
def test_impossible_dates_name_their_field(facts, field):
    with pytest.raises(Refused) as refusal:
        enrol(**facts)
    assert refusal.value.field == field


def test_another_version_takes_an_investigator_and_a_reason():
    site = a.a_site()
    original = a.the_protocol("original")
    with pytest.raises(Denied, match="investigator"):
        enrol(site=site, by=a.a_person(Role.NURSE, site), version=original, dose_level="1.8")
    with pytest.raises(Refused) as refusal:
        enrol(site=site, by=a.a_person(Role.INVESTIGATOR, site), version=original, dose_level="1.8")
    assert refusal.value.field == "override_reason"


@pytest.mark.parametrize("role", [Role.MONITOR, Role.DATA_MANAGER, Role.ADMINISTRATOR])
def test_who_may_not_enrol(role):
    site = a.a_site()
    with pytest.raises(Denied):
        enrol(site=site, by=a.a_person(role, site))


def test_a_role_at_another_site_does_not_count():
    with pytest.raises(Denied):
        enrol(site=a.a_site(), by=a.a_person(Role.NURSE, a.a_site()))


def test_an_unmet_criterion_needs_a_note_and_an_investigator():
    site = a.a_site()
    version = a.the_protocol()
    answers = [enrolment.Criterion(code=c.code, answer="met") for c in version.definition.criteria]
    answers[0] = enrolment.Criterion(code=answers[0].code, answer="not-met", note="waiver 7")
    nurse, investigator = a.a_person(Role.NURSE, site), a.a_person(Role.INVESTIGATOR, site)
    common = {
        "site": site, "today": a.TODAY, "sex": "male", "birth_date": dt.date(1990, 1, 1), "baseline": a.baseline(),
    }  # fmt: skip
    with pytest.raises(Refused, match="only an investigator"):
        enrolment.enrol(by=nurse, criteria=answers, **common)
    patient = enrolment.enrol(by=investigator, criteria=answers, **common)
    assert patient.enrolment.eligibility.get(answer="not-met").note == "waiver 7"


def test_a_missing_answer_is_named():
    site = a.a_site()
    version = a.the_protocol()
    answers = [enrolment.Criterion(code=c.code, answer="met") for c in version.definition.criteria[1:]]
    with pytest.raises(Refused) as refusal:
        enrolment.enrol(
            by=a.a_person(Role.NURSE, site), site=site, today=a.TODAY, sex="male",
            birth_date=dt.date(1990, 1, 1), baseline=a.baseline(), criteria=answers,
        )  # fmt: skip
    assert refusal.value.field == f"criterion-{version.definition.criteria[0].code}"


@pytest.mark.django_db(transaction=True)
def test_numbers_are_exact_when_many_enrol_at_once():
    site = a.a_site()
    nurse = a.a_person(Role.NURSE, site)
    a.the_protocol()
    barrier = threading.Barrier(8)

    def one():
        try:
            barrier.wait()
            for _ in range(2):
                enrol(site=site, by=nurse)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(Patient.objects.values_list("subject_number", flat=True)) == list(range(1, 17))
    assert Enrolment.objects.count() == 16
    assert ScheduledActivity.objects.values("patient").distinct().count() == 16
