"""Recording what was given: as planned, changed, held, omitted, unscheduled, corrected, taken back."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import connection

from patients import kinds
from patients.actions import records, treatment
from patients.actions.treatment import Given
from patients.enums import ActivityState, DoseReason, Outcome
from patients.models import Administration
from protocoltracker.accounts.access import Denied
from protocoltracker.accounts.models import Role
from protocoltracker.audit.models import Change
from protocoltracker.records import Refused, Stale
from tests import factories as a

pytestmark = pytest.mark.django_db


def treated(**facts):
    """(patient with cycle 1 open, that cycle, nurse)"""
    patient = a.enrolled_on_cycle(1, **facts)
    return patient, patient.cycles.first(), a.a_person(Role.NURSE, patient.site)


def dose_of(cycle, drug, day=1, slot=1):
    return cycle.activities.get(drug=drug, day=day, slot=slot)


def record(nurse, activity, outcome, **given):
    at = given.pop("given_at", a.at(activity.on))
    now = given.pop("now", a.at(activity.on, 18))
    if outcome in (Outcome.GIVEN, Outcome.CHANGED):
        given.setdefault("dose", activity.dose)
    if outcome != Outcome.GIVEN:
        given.setdefault("reason_code", DoseReason.CYTOPENIA)
    return treatment.record(
        by=nurse, activity=activity, given=Given(outcome=outcome, given_at=at, **given), now=now
    )


@pytest.mark.parametrize(
    ("outcome", "state"),
    [("given", "given"), ("changed", "changed"), ("held", "held"), ("omitted", "omitted")],
)
def test_what_was_recorded_is_the_state_of_the_dose(outcome, state):
    _, cycle, nurse = treated()
    activity = dose_of(cycle, "dexamethasone")
    record(nurse, activity, outcome)
    activity.refresh_from_db()
    assert activity.state == state


def test_a_held_dose_stays_open_and_is_given_later():
    _, cycle, nurse = treated()
    activity = dose_of(cycle, "inotuzumab ozogamicin", 2)
    record(nurse, activity, Outcome.HELD, reason_code=DoseReason.LIVER)
    later = a.at(activity.on + dt.timedelta(days=3))
    record(nurse, activity, Outcome.GIVEN, given_at=later, now=later, reason="bilirubin back to normal")
    activity.refresh_from_db()
    assert activity.state == ActivityState.GIVEN
    assert list(activity.administrations.values_list("outcome", "is_current")) == [
        ("held", False),
        ("given", True),
    ]


def test_a_recorded_dose_is_not_recorded_a_second_time_and_names_who_did():
    patient, cycle, nurse = treated()
    activity = dose_of(cycle, "dexamethasone")
    record(nurse, activity, Outcome.GIVEN)
    other = a.a_person(Role.NURSE, patient.site)
    with pytest.raises(Refused) as refusal:
        record(other, activity, Outcome.GIVEN)
    assert str(nurse) in refusal.value.message
    assert Administration.objects.count() == 1


def test_a_provisional_dose_cannot_be_given():
    patient, _, nurse = treated()
    activity = patient.cycles.get(position=2).activities.first()
    with pytest.raises(Refused, match="provisional"):
        record(nurse, activity, Outcome.GIVEN)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"outcome": Outcome.CHANGED, "reason_code": ""}, "reason_code"),
        ({"outcome": Outcome.HELD, "reason_code": ""}, "reason_code"),
        ({"outcome": Outcome.GIVEN, "dose": Decimal(40)}, "dose"),
        ({"outcome": Outcome.CHANGED, "dose": Decimal(0)}, "dose"),
        ({"outcome": Outcome.CHANGED, "dose": None}, "dose"),
        ({"outcome": Outcome.GIVEN, "given_at": a.at(dt.date(2030, 1, 1))}, "given_at"),
        ({"outcome": Outcome.GIVEN, "given_at": a.at(dt.date(2019, 1, 1))}, "given_at"),
    ],
)
def test_the_impossible_is_refused_at_its_field(given, field):
    _, cycle, nurse = treated()
    with pytest.raises(Refused) as refusal:
        record(nurse, dose_of(cycle, "dexamethasone"), **given)
    assert refusal.value.field == field
    assert not Administration.objects.exists()


def test_a_whole_cycle_is_recorded_at_once_and_audited_row_by_row():
    patient, cycle, nurse = treated()
    doses = list(cycle.activities.filter(until=None))
    rows = treatment.record_as_planned(
        by=nurse, patient=patient, doses=[(d, a.at(d.on)) for d in doses], now=a.at(cycle.last_day)
    )
    assert len(rows) == len(doses) == cycle.activities.filter(state="given").count()
    audited = Change.objects.filter(table_name="patients_administration", operation="insert")
    assert audited.count() == len(doses)
    assert {change.actor_name for change in audited} == {nurse.username}


def test_one_impossible_dose_stores_none_of_the_others():
    patient, cycle, nurse = treated()
    doses = list(cycle.activities.all())
    with pytest.raises(Refused):
        treatment.record_as_planned(
            by=nurse, patient=patient, doses=[(d, a.at(d.on)) for d in doses], now=a.at(cycle.day1, 23)
        )
    assert not Administration.objects.exists()


def test_an_infusion_runs_until_its_end_and_a_step_ends_the_one_before():
    patient = a.enrolled_on_cycle(5)
    cycle = patient.cycles.get(position=5)
    nurse = a.a_person(Role.NURSE, patient.site)
    first, step = cycle.activities.filter(drug="blinatumomab").order_by("day")
    record(nurse, first, Outcome.GIVEN)
    first.refresh_from_db()
    assert first.state == ActivityState.RUNNING
    record(nurse, step, Outcome.GIVEN)
    first.refresh_from_db()
    step.refresh_from_db()
    assert (first.state, step.state) == ("given", "running")
    assert first.administrations.get().ended_at == a.at(step.on)
    end = a.at(step.until + dt.timedelta(days=1))
    treatment.end(by=nurse, administration=step.administrations.get(), ended_at=end, now=end)
    step.refresh_from_db()
    assert step.state == ActivityState.GIVEN
    with pytest.raises(Refused, match="recorded already"):
        treatment.end(by=nurse, administration=step.administrations.get(), ended_at=end, now=end)


def test_a_correction_is_a_new_entry_and_the_old_one_stays():
    _, cycle, nurse = treated()
    activity = dose_of(cycle, "dexamethasone")
    wrong = record(nurse, activity, Outcome.GIVEN)
    right = treatment.correct(
        by=nurse,
        administration=wrong,
        given=Given(
            outcome=Outcome.CHANGED, given_at=a.at(activity.on), dose=Decimal(10), reason_code="liver"
        ),
        reason="half was vomited",
        now=a.at(activity.on, 18),
    )
    wrong.refresh_from_db()
    activity.refresh_from_db()
    assert (wrong.is_current, wrong.dose, right.corrects, activity.state) == (
        False,
        Decimal(20),
        wrong,
        "changed",
    )


def test_a_correction_needs_a_reason():
    _, cycle, nurse = treated()
    wrong = record(nurse, dose_of(cycle, "dexamethasone"), Outcome.GIVEN)
    given = Given(outcome=Outcome.GIVEN, given_at=wrong.given_at, dose=wrong.dose)
    with pytest.raises(Refused):
        treatment.correct(by=nurse, administration=wrong, given=given, reason=" ", now=a.at(cycle.last_day))


def test_an_entry_taken_back_leaves_the_dose_planned_and_the_entry_in_the_history():
    _, cycle, nurse = treated()
    activity = dose_of(cycle, "dexamethasone")
    entry = record(nurse, activity, Outcome.GIVEN)
    treatment.take_back(by=nurse, administration=entry, reason="wrong patient")
    activity.refresh_from_db()
    assert activity.state == ActivityState.PLANNED
    change = Change.objects.filter(table_name="patients_administration", operation="update").get()
    assert (change.reason, change.new["is_current"]) == ("wrong patient", False)


def test_an_unscheduled_dose_is_recorded_with_its_reason():
    patient, cycle, nurse = treated()
    given = Given(
        outcome=Outcome.UNSCHEDULED,
        given_at=a.at(cycle.day1),
        dose=Decimal(8),
        reason_code="cytokine-release",
    )
    row = treatment.record_unscheduled(
        by=nurse, patient=patient, cycle=cycle, drug="dexamethasone", route="IV/PO", dose_unit="mg", given=given,
        now=a.at(cycle.day1, 20),
    )  # fmt: skip
    assert (row.activity, row.outcome, row.dose) == (None, "unscheduled", Decimal(8))


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.MONITOR, Role.DATA_MANAGER, Role.ADMINISTRATOR])
def test_who_may_not_record_treatment(role):
    patient, cycle, _ = treated()
    with pytest.raises(Denied):
        record(a.a_person(role, patient.site), dose_of(cycle, "dexamethasone"), Outcome.GIVEN)


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_store_one_dose():
    patient, cycle, _ = treated()
    activity = dose_of(cycle, "dexamethasone")
    nurses = [a.a_person(Role.NURSE, patient.site) for _ in range(4)]
    barrier, refused = threading.Barrier(4), []

    def one(nurse):
        try:
            barrier.wait()
            record(nurse, activity, Outcome.GIVEN)
        except Refused as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[nurse]) for nurse in nurses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Administration.objects.count() == 1
    assert len(refused) == 3


def test_taking_back_what_came_of_a_held_dose_leaves_it_held():
    _, cycle, nurse = treated()
    activity = dose_of(cycle, "dexamethasone")
    record(nurse, activity, Outcome.HELD, reason_code=DoseReason.LIVER)
    entry = record(nurse, activity, Outcome.GIVEN)
    treatment.take_back(by=nurse, administration=entry, reason="not given after all")
    activity.refresh_from_db()
    assert activity.state == ActivityState.HELD
    assert activity.administrations.get(is_current=True).outcome == Outcome.HELD
    record(nurse, activity, Outcome.GIVEN)


def test_a_dose_held_by_somebody_else_is_not_given_by_an_older_page():
    patient, cycle, nurse = treated()
    activity = dose_of(cycle, "dexamethasone")
    seen = {activity.pk: activity.row_version}
    record(nurse, activity, Outcome.HELD, reason_code=DoseReason.LIVER)
    doses = [(activity, a.at(activity.on))]
    now = a.at(activity.on, 18)
    with pytest.raises(Stale):
        treatment.record_as_planned(by=nurse, patient=patient, doses=doses, now=now, row_versions=seen)
    with pytest.raises(Refused, match="is held"):
        treatment.record_as_planned(by=nurse, patient=patient, doses=doses, now=now)


def test_another_day_than_planned_needs_words():
    _, cycle, nurse = treated()
    activity = dose_of(cycle, "inotuzumab ozogamicin", 8)
    early = a.at(activity.on - dt.timedelta(days=2))
    with pytest.raises(Refused) as refusal:
        record(nurse, activity, Outcome.GIVEN, given_at=early, now=early)
    assert (refusal.value.field, "2 days earlier than planned" in refusal.value.message) == ("reason", True)
    record(nurse, activity, Outcome.GIVEN, given_at=early, now=early, reason="transfer to another ward")


def test_a_dose_far_from_the_plan_needs_words():
    _, cycle, nurse = treated()
    activity = dose_of(cycle, "vincristine")
    with pytest.raises(Refused) as refusal:
        record(nurse, activity, Outcome.CHANGED, dose=Decimal(20))
    assert (refusal.value.field, "900 % above the planned 2 mg" in refusal.value.message) == ("reason", True)


def test_nothing_is_given_after_death():
    patient, cycle, nurse = treated()
    records.add(by=a.a_person(Role.INVESTIGATOR, patient.site), patient=patient, kind=kinds.of("death"),
                values={"on": cycle.day1, "cause": "infection"}, today=a.TODAY)  # fmt: skip
    late = a.at(cycle.day1 + dt.timedelta(days=1))
    given = Given(
        outcome=Outcome.UNSCHEDULED, given_at=late, dose=Decimal(8), reason_code="other", reason="x"
    )
    with pytest.raises(Refused, match="died on"):
        treatment.record_unscheduled(by=nurse, patient=patient, cycle=cycle, drug="dexamethasone", route="IV/PO",
                                     dose_unit="mg", given=given, now=a.at(a.TODAY))  # fmt: skip


def test_a_closed_dose_cannot_be_held():
    patient, cycle, nurse = treated()
    records.add(by=a.a_person(Role.INVESTIGATOR, patient.site), patient=patient, kind=kinds.of("death"),
                values={"on": cycle.day1, "cause": "infection"}, today=a.TODAY)  # fmt: skip
    with pytest.raises(Refused, match="nothing left to hold"):
        record(nurse, dose_of(cycle, "dexamethasone"), Outcome.HELD)
    record(nurse, dose_of(cycle, "dexamethasone"), Outcome.GIVEN)


def test_the_same_unscheduled_dose_is_not_stored_twice():
    patient, cycle, nurse = treated()
    given = Given(
        outcome=Outcome.UNSCHEDULED, given_at=a.at(cycle.day1), dose=Decimal(8), reason_code="other"
    )
    common = {"by": nurse, "patient": patient, "cycle": cycle, "drug": "dexamethasone", "route": "IV/PO",
              "dose_unit": "mg", "given": given, "now": a.at(cycle.day1, 20)}  # fmt: skip
    treatment.record_unscheduled(**common)
    with pytest.raises(Refused, match="recorded already"):
        treatment.record_unscheduled(**common)


def test_steps_of_an_infusion_entered_in_the_wrong_order_join_all_the_same():
    patient = a.enrolled_on_cycle(5)
    nurse = a.a_person(Role.NURSE, patient.site)
    first, step = patient.cycles.get(position=5).activities.filter(drug="blinatumomab").order_by("day")
    record(nurse, step, Outcome.GIVEN)
    record(nurse, first, Outcome.GIVEN, now=a.at(step.on, 18))
    first.refresh_from_db()
    step.refresh_from_db()
    assert (first.state, step.state) == ("given", "running")


def test_a_correction_of_an_entry_that_changed_meanwhile_is_stale():
    patient = a.enrolled_on_cycle(5)
    nurse = a.a_person(Role.NURSE, patient.site)
    first = patient.cycles.get(position=5).activities.filter(drug="blinatumomab").earliest("day")
    entry = record(nurse, first, Outcome.GIVEN)
    seen = entry.row_version
    end = a.at(first.until + dt.timedelta(days=1))
    treatment.end(by=nurse, administration=entry, ended_at=end, now=end)
    given = Given(outcome=Outcome.GIVEN, given_at=entry.given_at, dose=entry.dose)
    with pytest.raises(Stale):
        treatment.correct(
            by=nurse, administration=entry, given=given, reason="lot", now=end, row_version=seen
        )
