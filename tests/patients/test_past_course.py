"""The past course of a former patient, entered afterwards through the real action on an imported patient."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from patients import kinds, queries, trail
from patients.actions import closures, past_course, records, treatment
from patients.actions.given import Given
from patients.actions.past_course import PastCourse
from patients.enums import ActivityState, ClosureCause, CycleState, Outcome, PatientState
from patients.models import Administration, Cycle, Patient, ScheduledActivity
from patients.received import Received
from protocoltracker.accounts.access import Denied
from protocoltracker.accounts.models import Role
from protocoltracker.audit.models import Change
from protocoltracker.records import Refused, Stale
from tests import factories as a
from tests.patients import record_samples

pytestmark = pytest.mark.django_db
START = dt.date(2018, 3, 7)
INOTUZUMAB = "inotuzumab ozogamicin"
NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
ORIGINAL = {
    "protocol_version": "original",
    "arm": "inotuzumab",
    "enrolled_on": "2014-03-05",
    "treatment_started_on": "2014-03-07",
    "response_on": "2014-04-04",
    "mrd_negative_on": "2014-05-02",
    "mrd1_on": "2014-04-04",
    "mrd2_on": "2014-05-02",
    "mini_hcvd_cycles": "8",
    "blina_cycles": "0",
    "maintenance_cycles": "30",
}


@pytest.fixture
def by() -> Any:
    return a.a_person(Role.DATA_MANAGER)


def cycle(number: int, day1: dt.date, *, phase: str = "mini-hcvd", **facts: Any) -> Received:
    return Received(phase=phase, number=number, day1=day1, **facts)


def course(*cycles: Received, **facts: Any) -> PastCourse:
    plain = {"height_cm": Decimal(170), "weight_kg": Decimal(70), "measured_on": START}
    return PastCourse(cycles=cycles, **(plain | facts))


def enter(patient: Patient, by: Any, *cycles: Received, **facts: Any) -> Any:
    past_course.enter(by=by, patient=patient, course=course(*cycles, **facts), now=NOW, reason="letter")
    return Patient.objects.get(pk=patient.pk)


def given_days(patient: Patient) -> list[dt.date]:
    zone = patient.site.zone
    return [row.given_at.astimezone(zone).date() for row in patient.administrations.order_by("given_at")]


def test_received_cycles_are_completed_with_every_dose_given_as_planned(by):
    patient = a.with_past_course(a.an_imported(), by=by)
    received, rest = patient.cycles.filter(position__lte=4), patient.cycles.filter(position__gt=4)
    assert set(received.values_list("state", flat=True)) == {CycleState.COMPLETED}
    assert list(received.values_list("day1", flat=True)) == [START + n * 28 * DAY for n in range(4)]
    assert received[0].bsa_m2 == Decimal("1.82")
    assert rest.count() == 20
    assert set(rest.values_list("state", flat=True)) == {CycleState.CLOSED}
    doses = ScheduledActivity.objects.filter(cycle__in=received)
    assert set(doses.values_list("state", "provisional")) == {(ActivityState.GIVEN, False)}
    for dose in doses:
        [row] = dose.administrations.all()
        assert (row.outcome, row.dose, row.dose_unit) == (Outcome.GIVEN, dose.dose, dose.dose_unit)
        assert row.given_at.astimezone(patient.site.zone).date() == dose.on
        assert row.reason == "Entered afterwards, as planned. letter of the hospital"
        assert row.created_by == by


def test_the_plan_is_that_of_a_patient_who_is_enrolled(by):
    """Same cycles, orders, days and doses as the whole plan of an enrolment with the same facts."""
    patient = a.with_past_course(a.an_imported(), by=by, weight_kg=Decimal(70))
    native = a.enrolled(day1=START, today=START, dose_level="")
    columns = ("position", "phase", "number", "label", "course_number", "day1", "length_days")
    assert list(patient.cycles.values_list(*columns)) == list(native.cycles.values_list(*columns))
    doses = ("cycle__position", "order_code", "day", "slot", "on", "until", "dose", "dose_unit", "provenance")
    for one, other in ((patient, native), (native, patient)):
        assert not set(one.activities.values_list(*doses)) - set(other.activities.values_list(*doses))


def test_the_rest_is_closed_by_what_closed_the_record_and_nothing_is_due(by):
    patient = a.with_past_course(a.an_imported(), by=by)
    closure = patient.closures.get(cause=ClosureCause.HISTORICAL)
    for model in (Cycle, ScheduledActivity):
        rest = model.objects.filter(patient=patient, state="closed")
        assert rest.exists()
        assert set(rest.values_list("closed_by", "state_before_closure")) == {(closure.pk, "planned")}
    assert patient.state == PatientState.OFF_TREATMENT
    assert not patient.activities.open().exists()
    assert not queries.due_activities([patient.site], NOW, ahead=9999).exists()
    assert not queries.due_cycles([patient.site], NOW, ahead=9999).exists()


@pytest.mark.parametrize(
    ("columns", "last"),
    [
        ({"relapse_on": "2018-04-20", "cr_lost_on": "2018-04-20"}, dt.date(2018, 4, 20)),
        ({"hct_on": "2018-04-20", "hct_donor": "haploidentical"}, dt.date(2018, 4, 20)),
        (
            {"death_on": "2018-04-20", "last_contact_on": "2018-04-20", "cr_lost_on": "2018-04-20"},
            dt.date(2018, 4, 20),
        ),
        ({"last_contact_on": "2018-04-20"}, dt.date(2018, 4, 20)),
    ],
    ids=["relapse", "transplant", "death", "last contact"],
)
def test_nothing_is_given_after_what_ended_the_treatment(by, columns, last):
    early = {"mrd_negative_on": "", "mrd2_on": "", "mrd2_value": "", "best_mrd": "positive"}
    counts = {
        "mini_hcvd_cycles": "2",
        "ino_cycles": "2",
        "blina_cycles": "0",
        "maintenance_cycles": "0",
    }
    former = a.an_imported(**(early | counts | columns))
    patient = enter(former, by, cycle(1, START), cycle(2, last - DAY))
    assert max(given_days(patient)) == last
    second = patient.cycles.get(position=2)
    assert second.state == CycleState.COMPLETED
    assert set(second.activities.filter(on__gt=last).values_list("state", flat=True)) == {
        ActivityState.CLOSED
    }
    assert set(second.activities.filter(on__lte=last).values_list("state", flat=True)) == {
        ActivityState.GIVEN
    }


def test_the_last_day_of_treatment_ends_an_infusion_too(by):
    ended = START + 10 * DAY
    patient = enter(a.an_imported(), by, cycle(1, START, phase="blinatumomab"), ended_on=ended)
    low, full = patient.administrations.filter(drug="blinatumomab").order_by("given_at")
    assert low.ended_at == full.given_at
    assert full.ended_at.astimezone(patient.site.zone).date() == ended
    assert full.outcome == Outcome.GIVEN


def test_a_daily_drug_ends_in_the_evening_of_its_last_day(by):
    former = a.an_imported(**ORIGINAL)
    patient = enter(
        former,
        by,
        cycle(1, dt.date(2014, 3, 7), phase="pomp"),
        dose_level="1.3",
        measured_on=dt.date(2014, 3, 5),
    )
    row = patient.administrations.get(drug="mercaptopurine")
    assert row.ended_at.astimezone(patient.site.zone).date() == row.activity.until
    assert Patient.objects.get(pk=patient.pk).enrolment.dose_level == "1.3"


def test_after_vod_its_drug_was_not_given(by):
    vod = START + 40 * DAY
    former = a.an_imported(vod_on=vod.isoformat(), vod_grade="mild", vod_resolved="yes")
    patient = a.with_past_course(former, by=by)
    ours = patient.administrations.filter(drug=INOTUZUMAB)
    assert {row.cycle.position for row in ours} == {1, 2}
    assert not ours.filter(activity__on__gt=vod).exists()
    assert patient.administrations.filter(activity__on__gt=vod).exists()


def test_what_was_left_out_of_a_cycle_is_closed(by):
    patient = enter(
        a.an_imported(), by, cycle(1, START, without=frozenset({INOTUZUMAB})), cycle(2, START + 28 * DAY)
    )
    assert {row.cycle.position for row in patient.administrations.filter(drug=INOTUZUMAB)} == {2}


def test_cycles_that_were_passed_over_are_no_part_of_the_plan(by):
    former = a.an_imported(**ORIGINAL)
    first = dt.date(2014, 3, 7)
    patient = enter(
        former,
        by,
        cycle(1, first),
        cycle(1, first + 60 * DAY, phase="pomp"),
        dose_level="1.8",
        measured_on=first,
    )
    labels = list(patient.cycles.values_list("label", flat=True)[:3])
    assert labels == ["mini-HCVD 1", "POMP 1", "POMP 2"]


def refused(
    patient: Patient, by: Any, *cycles: Received, match: str, field: str | None = None, **facts: Any
) -> None:
    before = Change.objects.count()
    with pytest.raises(Refused, match=match) as refusal:
        enter(patient, by, *cycles, **facts)
    assert refusal.value.field == field
    assert Change.objects.count() == before
    assert not Cycle.objects.filter(patient=patient, state=CycleState.COMPLETED).exists()


def test_impossible_courses_are_refused_with_the_field_and_nothing_is_written(by):
    patient = a.an_imported()
    first, late = cycle(1, START), START + 28 * DAY
    refused(patient, by, match="at least one cycle", field="cycles")
    refused(patient, by, first, first, match="named twice", field="cycles")
    refused(
        patient, by, cycle(1, START - DAY), match="before the start of treatment", field="day1-mini-hcvd-1"
    )
    refused(patient, by, first, cycle(2, START), match="is not after", field="day1-mini-hcvd-2")
    refused(patient, by, cycle(2, START), cycle(1, late), match="would not come after", field="day1")
    refused(patient, by, cycle(9, START), match="has no cycle", field="cycle")
    refused(patient, by, first, dose_level="1.8", match="no dose levels", field="dose_level")
    refused(patient, by, first, height_cm=Decimal(17), match="17", field="height_cm")
    refused(patient, by, first, measured_on=NOW.date() + DAY, match="future", field="measured_on")
    end = dt.date(2020, 6, 1)
    refused(
        patient,
        by,
        first,
        cycle(2, end + DAY),
        match="after the last day that is known",
        field="day1-mini-hcvd-2",
    )
    refused(
        patient,
        by,
        first,
        cycle(2, late),
        ended_on=late - DAY,
        match="after the last day of treatment",
        field="day1-mini-hcvd-2",
    )


def test_a_version_with_dose_levels_wants_one(by):
    patient = a.an_imported(**ORIGINAL)
    start = dt.date(2014, 3, 7)
    refused(patient, by, cycle(1, start), match="dose levels 1.8 or 1.3", field="dose_level")
    assert enter(patient, by, cycle(1, start), dose_level="1.8").enrolment.dose_level == "1.8"


def test_it_is_entered_once(by):
    patient = a.with_past_course(a.an_imported(), by=by)
    count = Administration.objects.count()
    with pytest.raises(Refused, match="has a plan already"):
        a.with_past_course(patient, by=by)
    assert Administration.objects.count() == count


def test_only_for_former_patients_and_before_treatment_is_resumed(by):
    first = cycle(1, START)
    with pytest.raises(Refused, match="was enrolled here"):
        enter(a.enrolled(), by, first)
    patient = a.an_imported()
    a.resumed(patient, by=a.a_person(Role.INVESTIGATOR))
    with pytest.raises(Refused, match="has a plan already"):
        enter(patient, by, first)
    mistaken = a.an_imported()
    closures.mark_enrolled_in_error(patient=mistaken, on=START, by=by, reason="doubled")
    with pytest.raises(Refused, match="enrolled in error"):
        enter(mistaken, by, first)


@pytest.mark.parametrize("role", [Role.NURSE, Role.COORDINATOR, Role.MONITOR, Role.ADMINISTRATOR])
def test_others_may_not_enter_it(role):
    patient = a.an_imported()
    with pytest.raises(Denied, match="enter the doses of a past course"):
        enter(patient, a.a_person(role, patient.site), cycle(1, START))


def test_it_needs_a_reason_and_a_fresh_page(by):
    patient = a.an_imported()
    given = {"by": by, "patient": patient, "course": course(cycle(1, START)), "now": NOW}
    with pytest.raises(Refused, match="Say where"):
        past_course.enter(reason=" ", **given)
    with pytest.raises(Stale):
        past_course.enter(reason="letter", row_version=patient.row_version + 1, **given)
    assert not patient.cycles.exists()


def test_the_trail_is_complete(by):
    patient = a.with_past_course(a.an_imported(**ORIGINAL), by=by)
    written = Change.objects.filter(actor__startswith=by.username)
    assert set(written.values_list("reason", flat=True)) == {"past course entered: letter of the hospital"}
    for model in (Cycle, ScheduledActivity, Administration):
        rows = {str(pk) for pk in model.objects.filter(patient=patient).values_list("pk", flat=True)}
        inserted = written.filter(table_name=model._meta.db_table, operation="insert")
        assert set(inserted.values_list("row_id", flat=True)) == rows
    [level] = written.filter(operation="update")
    assert (level.old["dose_level"], level.new["dose_level"]) == ("", "1.8")
    assert len(trail.transactions(patient, about="treatment")) == 1


def test_a_long_course_takes_few_statements(by, django_assert_max_num_queries):
    former = a.an_imported(**ORIGINAL)
    first = dt.date(2014, 3, 7)
    cycles = [cycle(n, first + (n - 1) * 28 * DAY) for n in range(1, 9)]
    cycles += [cycle(n, first + (n + 7) * 28 * DAY, phase="pomp") for n in range(1, 31)]
    with django_assert_max_num_queries(30):
        patient = enter(former, by, *cycles, dose_level="1.8", measured_on=first)
    assert patient.administrations.count() > 300


def test_single_doses_are_corrected_and_entered_late_on_the_closed_patient(by):
    """By the actions behind the pages of a cycle; the plan stays closed and nothing becomes due."""
    nurse = a.a_person(Role.NURSE)
    patient = enter(a.an_imported(), by, cycle(1, START, without=frozenset({"vincristine"})))
    row = patient.administrations.filter(drug="dexamethasone").first()
    less = Given(
        outcome=Outcome.CHANGED,
        given_at=row.given_at,
        dose=Decimal(10),
        reason_code="other-toxicity",
        reason="glucose",
    )
    treatment.correct(by=nurse, administration=row, given=less, reason="found in the chart", now=NOW)
    assert ScheduledActivity.objects.get(pk=row.activity_id).state == ActivityState.CHANGED
    missing = patient.activities.get(drug="vincristine", cycle__position=1, day=8)
    given = Given(outcome=Outcome.GIVEN, given_at=a.at(missing.on), dose=missing.dose)
    treatment.record(by=nurse, activity=missing, given=given, now=NOW)
    other = patient.administrations.filter(drug="cyclophosphamide").first()
    treatment.take_back(by=nurse, administration=other, reason="was not given")
    taken = ScheduledActivity.objects.get(pk=other.activity_id)
    assert taken.state == ActivityState.CLOSED
    assert taken.closed_by.cause == ClosureCause.HISTORICAL
    assert not patient.activities.open().exists()


def test_an_event_found_later_and_its_undo_leave_the_plan_closed(by):
    patient = a.with_past_course(a.an_imported(), by=by)
    before = set(patient.activities.values_list("pk", "state"))
    doctor = a.a_person(Role.INVESTIGATOR)
    event = records.add(
        by=doctor,
        patient=patient,
        kind=kinds.of("relapse"),
        values=record_samples.values("relapse", dt.date(2020, 5, 1)),
        today=dt.date(2020, 6, 2),
        explanation="letter",
    )
    closures.undo(closure=closures.of_event(event.pk), by=doctor, reason="another patient")
    assert set(patient.activities.values_list("pk", "state")) == before


def test_what_the_file_said_is_not_undone_by_the_generic_undo(by):
    patient = a.an_imported()
    closure = patient.closures.get(cause=ClosureCause.HISTORICAL)
    doctor = a.a_person(Role.INVESTIGATOR)
    with pytest.raises(Refused, match="resume treatment from the patient"):
        closures.undo(closure=closure, by=doctor, reason="to go on")
    with pytest.raises(Denied):
        closures.undo(closure=closure, by=a.a_person(Role.NURSE), reason="to go on")
