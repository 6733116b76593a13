"""Skip, repeat, end a phase; undo."""

import datetime as dt
import itertools

import pytest

from patients.actions import closures, course
from protocoltracker.accounts.models import Role
from protocoltracker.records import Refused
from tests import factories as a

pytestmark = pytest.mark.django_db


def on_cycle(number, **facts):
    patient = a.enrolled_on_cycle(number, **facts)
    return patient, a.a_person(Role.NURSE, patient.site)


def plan_of(patient):
    cycles = list(patient.cycles.values_list("phase", "number", "attempt", "position", "day1", "state"))
    doses = list(patient.activities.order_by("pk").values_list("pk", "on", "until", "state"))
    return cycles, doses


def test_a_skipped_cycle_is_closed_and_what_follows_starts_where_told():
    patient, nurse = on_cycle(1)
    second, third = patient.cycles.get(position=2), patient.cycles.get(position=3)
    course.skip_cycle(by=nurse, cycle=second, next_on=second.day1, reason="infection")
    states = dict(patient.cycles.values_list("position", "state"))
    assert (states[2], states[3]) == ("skipped", "planned")
    third.refresh_from_db()
    assert third.day1 == second.day1
    assert set(second.activities.values_list("state", flat=True)) == {"closed"}


def test_ending_a_phase_closes_its_planned_cycles_and_moves_the_next_phase():
    patient, nurse = on_cycle(2)
    first_blina = patient.cycles.get(phase="blinatumomab", number=1)
    new_day = first_blina.day1 - dt.timedelta(days=50)
    course.end_phase(
        by=nurse, cycle=patient.cycles.get(position=2), next_on=new_day, reason="to blinatumomab"
    )
    gone = patient.cycles.filter(phase="mini-hcvd", state="closed")
    assert list(gone.values_list("number", flat=True)) == [3, 4]
    first_blina.refresh_from_db()
    assert first_blina.day1 == new_day
    assert patient.cycles.get(position=2).state == "open"


def test_undo_restores_the_exact_former_plan():
    patient, nurse = on_cycle(2)
    before = plan_of(patient)
    third = patient.cycles.get(position=3)
    course.end_phase(by=nurse, cycle=third, next_on=third.day1, reason="to blinatumomab")
    assert plan_of(patient) != before
    course.undo_course_change(by=nurse, closure=patient.closures.get(), reason="decided otherwise")
    assert plan_of(patient) == before


def test_undo_is_refused_when_a_later_cycle_was_opened():
    patient, nurse = on_cycle(1)
    second = patient.cycles.get(position=2)
    course.skip_cycle(by=nurse, cycle=second, next_on=second.day1, reason="infection")
    a.opened(patient.cycles.get(position=3), by=a.a_person(Role.INVESTIGATOR, patient.site))
    with pytest.raises(Refused, match="was opened since"):
        course.undo_course_change(by=nurse, closure=patient.closures.get(), reason="too late")


def test_a_repeated_cycle_comes_before_what_follows():
    patient, nurse = on_cycle(2)
    second, third = patient.cycles.get(position=2), patient.cycles.get(position=3)
    again = course.repeat_cycle(
        by=nurse, cycle=second, day1=second.last_day + dt.timedelta(days=1), reason="no response yet"
    )
    assert (again.phase, again.number, again.attempt, again.position) == ("mini-hcvd", 2, 2, 3)
    third.refresh_from_db()
    assert (third.position, third.day1) == (4, again.last_day + dt.timedelta(days=1))
    assert again.activities.count() == second.activities.count()
    assert not again.activities.filter(provisional=False).exists()
    a.opened(again, by=a.a_person(Role.INVESTIGATOR, patient.site))


@pytest.mark.parametrize("change", [course.skip_cycle, course.end_phase])
def test_a_change_of_course_needs_a_reason(change):
    patient, nurse = on_cycle(1)
    with pytest.raises(Refused) as refusal:
        change(by=nurse, cycle=patient.cycles.get(position=2), next_on=None, reason="  ")
    assert refusal.value.field == "reason"


def test_an_opened_cycle_cannot_be_skipped():
    patient, nurse = on_cycle(1)
    with pytest.raises(Refused, match="only a planned cycle"):
        course.skip_cycle(by=nurse, cycle=patient.cycles.get(position=1), next_on=None, reason="x")


def ascending(patient):
    """Days 1 of all cycles by position, those that are not given left out."""
    given = patient.cycles.filter(state__in=["open", "completed", "planned"]).order_by("position")
    return list(given.values_list("day1", "length_days"))


def assert_no_overlap(patient):
    rows = ascending(patient)
    for (day1, length), (after, _) in itertools.pairwise(rows):
        assert day1 + dt.timedelta(days=length) <= after


def skip_second(patient, nurse):
    second = patient.cycles.get(position=2)
    course.skip_cycle(by=nurse, cycle=second, next_on=second.day1, reason="infection")
    return patient.closures.get(cause="cycle-skipped")


def test_undo_of_a_skip_under_a_death_puts_the_dates_back_when_both_are_undone():
    patient, nurse = on_cycle(1)
    before = plan_of(patient)
    skipped = skip_second(patient, nurse)
    death = closures.close(
        patient=patient, cause="death", on=a.TODAY, activities=patient.activities.all(),
        cycles=patient.cycles.all(), by=nurse, reason="died",
    )  # fmt: skip
    course.undo_course_change(by=nurse, closure=skipped, reason="wrong")
    closures.undo(closure=death, by=nurse, reason="wrong patient")
    assert plan_of(patient) == before


def test_a_skipped_cycle_moves_along_with_a_late_day_1_and_comes_back_at_its_place():
    patient = a.enrolled()
    nurse = a.a_person(Role.NURSE, patient.site)
    skipped = skip_second(patient, nurse)
    first = patient.cycles.get(position=1)
    a.opened(first, by=nurse, day1=first.day1 + dt.timedelta(days=7))
    course.undo_course_change(by=nurse, closure=skipped, reason="recovered")
    assert_no_overlap(patient)
    assert patient.cycles.get(position=2).moved_days == 7


def test_repeats_between_a_skip_and_its_undo_leave_no_overlap():
    patient, nurse = on_cycle(1)
    skipped = skip_second(patient, nurse)
    first = patient.cycles.get(position=1)
    course.repeat_cycle(by=nurse, cycle=first, day1=first.last_day + dt.timedelta(days=1), reason="again")
    assert_no_overlap(patient)
    course.undo_course_change(by=nurse, closure=skipped, reason="recovered")
    assert_no_overlap(patient)


def test_a_skip_is_not_undone_without_its_dates():
    patient, nurse = on_cycle(1)
    skipped = skip_second(patient, nurse)
    with pytest.raises(Refused, match="moved other cycles"):
        closures.undo(closure=skipped, by=nurse, reason="by another door")


def test_ending_a_phase_closes_the_gaps_between_the_cycles_of_another_phase():
    """POMP ends at its first cycle: the maintenance infusions in between follow one another."""
    patient = a.enrolled(day1=dt.date(2020, 1, 1))
    nurse = a.a_person(Role.NURSE, patient.site)
    pomp = patient.cycles.get(phase="pomp", number=1)
    course.end_phase(by=nurse, cycle=pomp, next_on=pomp.day1, reason="toxicity")
    infusions = patient.cycles.filter(phase="blinatumomab-maintenance")
    assert list(infusions.values_list("day1", flat=True)) == [
        pomp.day1 + dt.timedelta(days=42 * n) for n in range(4)
    ]
    before = plan_of(patient)
    course.undo_course_change(by=nurse, closure=patient.closures.get(), reason="goes on")
    assert plan_of(patient) != before
    assert patient.cycles.last().day1 == dt.date(2022, 1, 12)  # domain.md 1.3
