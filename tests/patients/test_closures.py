"""Events that close the plan, their preview and their undo, through the real actions on a real plan."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from patients import kinds
from patients.actions import closures, course, records
from patients.enums import ActivityState, ClosureCause, CycleState, PatientState
from patients.models import Closure, Cycle, Patient, ScheduledActivity
from protocoltracker.accounts.models import Role
from protocoltracker.audit.context import acting
from protocoltracker.audit.models import Change
from protocoltracker.records import Refused
from tests import factories
from tests.patients import record_samples

pytestmark = pytest.mark.django_db
TODAY = factories.TODAY
INOTUZUMAB = "inotuzumab ozogamicin"
WHY = "found on the ward round"
STATE = {
    "hct": PatientState.OFF_TREATMENT,
    "vod": PatientState.ON_TREATMENT,
    "relapse": PatientState.OFF_TREATMENT,
    "death": PatientState.DEAD,
    "withdrawal": PatientState.WITHDRAWN,
    "off-treatment": PatientState.OFF_TREATMENT,
}


def record(patient: Patient, slug: str, *, by: Any, on: dt.date = TODAY, **options: Any) -> Any:
    return records.add(
        by=by,
        patient=patient,
        kind=kinds.of(slug),
        values=record_samples.values(slug, on),
        today=TODAY,
        explanation="seen and right",
        **options,
    )


def plan(patient: Patient) -> dict[Any, tuple]:
    """State and closure of every activity and cycle."""
    columns = ("pk", "state", "closed_by_id", "state_before_closure")
    rows = [*Cycle.objects.filter(patient=patient).values_list(*columns)]
    rows += ScheduledActivity.objects.filter(patient=patient).values_list(*columns)
    return {row[0]: row[1:] for row in rows}


def state_of(patient: Patient) -> str:
    return Patient.objects.get(pk=patient.pk).state


@pytest.fixture
def by() -> Any:
    return factories.a_person(Role.INVESTIGATOR)


@pytest.fixture
def patient(by: Any) -> Patient:
    """Mid-treatment: cycle 1 open, its first two days given, one dose held."""
    patient = factories.enrolled(by=by)
    cycle = factories.opened(patient.cycles.get(position=1), by=by)
    with acting(by=by, reason="held"):
        held = cycle.activities.filter(drug="vincristine", day=8)
        held.update(state=ActivityState.HELD)
        cycle.activities.filter(day=1).update(state=ActivityState.GIVEN)
    return patient


@pytest.mark.parametrize("slug", [kind.slug for kind in kinds.closing() if not kind.closes_stop_drugs])
def test_an_event_closes_everything_planned_or_held(patient: Patient, by: Any, slug: str) -> None:
    before = plan(patient)
    event = record(patient, slug, by=by)
    closure = Closure.objects.get(event_id=event.pk)
    assert closure.on == TODAY
    assert closure.cause == kinds.of(slug).closes
    for pk, (state, closed_by, former) in plan(patient).items():
        was = before[pk][0]
        if was in {"planned", "held", "open"}:
            assert (state, closed_by, former) == ("closed", closure.pk, was)
        else:
            assert (state, closed_by, former) == before[pk]
    assert state_of(patient) == STATE[slug]


def test_vod_closes_only_the_drug_that_the_protocol_stops(patient: Patient, by: Any) -> None:
    before = plan(patient)
    record(patient, "vod", by=by)
    closed = ScheduledActivity.objects.filter(patient=patient, state=ActivityState.CLOSED)
    assert {activity.drug for activity in closed} == {INOTUZUMAB}
    assert not ScheduledActivity.objects.filter(patient=patient, drug=INOTUZUMAB).open().exists()
    ids = set(closed.values_list("pk", flat=True))
    assert {pk: row for pk, row in plan(patient).items() if pk not in ids} == {
        pk: row for pk, row in before.items() if pk not in ids
    }
    assert state_of(patient) == PatientState.ON_TREATMENT
    assert closures.stopped_drugs(patient) == {INOTUZUMAB}


def test_the_whole_event_is_one_transaction(patient: Patient, by: Any) -> None:
    event = record(patient, "death", by=by)
    ids = Change.objects.filter(table_name="patients_death", row_id=str(event.pk)).values_list(
        "id", flat=True
    )
    tables = Change.objects.filter(id__gt=ids[0]).values_list("table_name", flat=True)
    assert set(tables) == {
        "patients_closure",
        "patients_cycle",
        "patients_scheduledactivity",
        "patients_patient",
    }


def test_undo_restores_plan_and_patient(patient: Patient, by: Any) -> None:
    before = plan(patient)
    event = record(patient, "death", by=by)
    closures.undo(closure=closures.of_event(event.pk), by=by, reason=WHY)
    assert plan(patient) == before
    assert state_of(patient) == PatientState.ON_TREATMENT
    event.refresh_from_db()
    assert event.entered_in_error
    assert closures.standing(patient) == []


def test_marking_the_record_in_error_is_the_same_undo(patient: Patient, by: Any) -> None:
    before = plan(patient)
    event = record(patient, "hct", by=by)
    records.mark_in_error(by=by, record=event, reason=WHY)
    assert plan(patient) == before
    assert Closure.objects.get(event_id=event.pk).undone_at is not None


def test_undo_needs_a_reason_and_happens_once(patient: Patient, by: Any) -> None:
    closure = closures.of_event(record(patient, "death", by=by).pk)
    with pytest.raises(Refused, match="why"):
        closures.undo(closure=closure, by=by, reason="  ")
    closures.undo(closure=closure, by=by, reason=WHY)
    with pytest.raises(Refused, match="undone already"):
        closures.undo(closure=closure, by=by, reason=WHY)


@pytest.mark.parametrize(
    ("first", "second"), [("hct", "death"), ("relapse", "withdrawal"), ("off-treatment", "hct")]
)
def test_what_a_second_event_covers_stays_closed(patient: Patient, by: Any, first: str, second: str) -> None:
    before = plan(patient)
    one, two = (record(patient, slug, by=by) for slug in (first, second))
    closures.undo(closure=closures.of_event(one.pk), by=by, reason=WHY)
    standing = closures.of_event(two.pk)
    held = {row[1] for row in plan(patient).values() if row[0] == "closed"}
    assert held == {standing.pk}
    assert state_of(patient) == STATE[second]
    assert {pk: row[2] for pk, row in plan(patient).items() if row[0] == "closed"} == {
        pk: row[0] for pk, row in before.items() if row[0] in {"planned", "held", "open"}
    }
    closures.undo(closure=standing, by=by, reason=WHY)
    assert plan(patient) == before


def test_undoing_the_later_event_leaves_the_earlier_one(patient: Patient, by: Any) -> None:
    hct = record(patient, "hct", by=by)
    after_hct = plan(patient)
    death = record(patient, "death", by=by)
    closures.undo(closure=closures.of_event(death.pk), by=by, reason=WHY)
    assert plan(patient) == after_hct
    assert state_of(patient) == PatientState.OFF_TREATMENT
    assert closures.of_event(hct.pk) is not None


def test_the_date_of_a_closing_event_can_be_corrected(patient: Patient, by: Any) -> None:
    event = record(patient, "death", by=by)
    closed = plan(patient)
    earlier = TODAY - dt.timedelta(days=2)
    records.change(
        by=by,
        record=event,
        values={"on": earlier, "cause": "infection"},
        today=TODAY,
        reason="certificate",
        explanation="seen",
    )
    assert Closure.objects.get(event_id=event.pk).on == earlier
    assert plan(patient) == closed


def test_a_skipped_cycle_stays_closed_by_a_transplant_when_the_skip_is_undone(by: Any) -> None:
    patient = factories.enrolled(by=by)
    before = plan(patient)
    course.skip_cycle(by=by, cycle=patient.cycles.get(position=1), next_on=None, reason=WHY)
    assert patient.cycles.get(position=1).state == CycleState.SKIPPED
    skip = closures.standing(patient)[0]
    hct = record(patient, "hct", by=by)
    assert patient.cycles.get(position=1).state == CycleState.SKIPPED
    course.undo_course_change(closure=skip, by=by, reason=WHY)
    assert patient.cycles.get(position=1).state == CycleState.CLOSED
    closures.undo(closure=closures.of_event(hct.pk), by=by, reason=WHY)
    assert plan(patient) == before


def test_a_phase_that_the_plan_went_past_does_not_come_back(by: Any) -> None:
    patient = factories.enrolled(by=by)
    first = patient.cycles.get(position=1)
    course.end_phase(by=by, cycle=first, next_on=first.day1, reason=WHY)
    following = patient.cycles.exclude(phase=first.phase).order_by("position").first()
    factories.opened(following, by=by)
    with pytest.raises(Refused, match=r"opened (since then|after this)"):
        course.undo_course_change(closure=closures.standing(patient)[0], by=by, reason=WHY)


def test_settle_closes_again_what_a_standing_closure_covers(patient: Patient, by: Any) -> None:
    record(patient, "vod", by=by)
    closed = plan(patient)
    with acting(by=by, reason="planned anew"):
        ScheduledActivity.objects.filter(patient=patient, drug=INOTUZUMAB, state="closed").update(
            state=ActivityState.PLANNED, closed_by=None, state_before_closure=""
        )
    closures.settle(patient=patient, by=by, reason="VOD stands")
    assert plan(patient) == closed


def test_enrolled_in_error_is_a_state_that_can_be_undone(patient: Patient, by: Any) -> None:
    before = plan(patient)
    closure = closures.mark_enrolled_in_error(patient=patient, on=TODAY, by=by, reason="other trial")
    assert state_of(patient) == PatientState.ENROLLED_IN_ERROR
    assert closure.cause == ClosureCause.ENROLLED_IN_ERROR
    assert not ScheduledActivity.objects.filter(patient=patient).open().exists()
    with pytest.raises(Refused, match="enrolled in error"):
        record(patient, "relapse", by=by)
    closures.undo(closure=closure, by=by, reason=WHY)
    assert plan(patient) == before
    assert state_of(patient) == PatientState.ON_TREATMENT


def test_preview_says_what_then_closes_and_saves_nothing(patient: Patient, by: Any) -> None:
    before, trail = plan(patient), Change.objects.count()
    seen = closures.preview(patient=patient, kind=kinds.of("death"))
    assert (plan(patient), Change.objects.count()) == (before, trail)
    event = record(patient, "death", by=by, confirmed=seen.fingerprint)
    closure = closures.of_event(event.pk)
    assert {activity.pk for activity in seen.activities} == {
        activity.pk for activity in closure.activities.all()
    }
    assert {cycle.pk for cycle in seen.cycles} == {cycle.pk for cycle in closure.cycles.all()}
    assert seen.state_after == state_of(patient)


def test_a_plan_that_changed_after_the_preview_is_noticed(patient: Patient, by: Any) -> None:
    seen = closures.preview(patient=patient, kind=kinds.of("death"))
    with acting(by=by, reason="given meanwhile"):
        ScheduledActivity.objects.filter(pk=seen.activities[0].pk).update(state=ActivityState.HELD)
    before = plan(patient)
    with pytest.raises(closures.PlanChanged) as refused:
        record(patient, "death", by=by, confirmed=seen.fingerprint)
    assert plan(patient) == before
    assert not kinds.of("death").model.objects.exists()
    record(patient, "death", by=by, confirmed=refused.value.preview.fingerprint)


def test_a_running_infusion_goes_on_until_its_end_is_recorded(patient: Patient, by: Any) -> None:
    with acting(by=by, reason="running"):
        row = patient.activities.filter(until__isnull=False).first()
        ScheduledActivity.objects.filter(pk=row.pk).update(state=ActivityState.RUNNING, provisional=False)
    seen = closures.preview(patient=patient, kind=kinds.of("relapse"))
    assert [activity.pk for activity in seen.running] == [row.pk]
    record(patient, "relapse", by=by)
    assert ScheduledActivity.objects.get(pk=row.pk).state == ActivityState.RUNNING


def test_closing_and_undoing_take_few_queries(by: Any, django_assert_max_num_queries: Any) -> None:
    patient = factories.enrolled(version="original", by=by)
    assert patient.activities.count() > 300
    with django_assert_max_num_queries(60):
        event = record(patient, "death", by=by)
    closure = closures.of_event(event.pk)
    with django_assert_max_num_queries(40):
        closures.undo(closure=closure, by=by, reason=WHY)


def test_who_may_not_record_an_event_may_not_undo_it(patient: Patient, by: Any) -> None:
    closure = closures.of_event(record(patient, "death", by=by).pk)
    monitor = factories.a_person(Role.MONITOR)
    with pytest.raises(Exception, match="may not record events"):
        closures.undo(closure=closure, by=monitor, reason=WHY)


EVENTS = ["hct", "vod", "relapse", "death", "withdrawal", "off-treatment", "enrolled-in-error"]
steps = st.lists(st.one_of(st.sampled_from(EVENTS), st.integers(0, 5)), max_size=10)


def expected(before: dict[Any, tuple], causes: list[str], drugs: dict[Any, str]) -> dict[Any, str]:
    """The slow obvious rule: closed if a standing event covers it, else as at first."""
    whole = any(cause != "vod" for cause in causes)
    stopped = "vod" in causes
    return {
        pk: "closed"
        if row[0] in {"planned", "held", "open"} and (whole or (stopped and drugs.get(pk) == INOTUZUMAB))
        else row[0]
        for pk, row in before.items()
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
@example(steps=["death", "withdrawal", "hct", "vod", 3, 0, 1])
@example(steps=["withdrawal", "death", "enrolled-in-error", 0, 0])
@example(steps=["vod", "hct", "vod", "relapse", 3, 1, 1, 0])
def test_any_sequence_of_events_and_undos_ends_where_the_standing_ones_put_it(
    patient: Patient, by: Any, steps: list[Any]
) -> None:
    """A number undoes the standing closure of that place; a name records an event, unless it stands already."""
    first = {pk: (state, None, "") for pk, (state, _, _) in plan(patient).items()}
    drugs = dict(patient.activities.values_list("pk", "drug"))
    _undo_all(patient, by)
    for step in steps:
        _take(patient, by, step)
        causes = [closure.cause for closure in closures.standing(patient)]
        assert {pk: row[0] for pk, row in plan(patient).items()} == expected(first, causes, drugs)
        assert state_of(patient) == _state_by_hand(causes)
    _undo_all(patient, by)
    assert plan(patient) == first
    assert state_of(patient) == PatientState.ON_TREATMENT


def _take(patient: Patient, by: Any, step: Any) -> None:
    standing = closures.standing(patient)
    if isinstance(step, int):
        if step < len(standing):
            closures.undo(closure=standing[step], by=by, reason=WHY)
    elif state_of(patient) == PatientState.ENROLLED_IN_ERROR:
        return
    elif step == "enrolled-in-error":
        closures.mark_enrolled_in_error(patient=patient, on=TODAY, by=by, reason=WHY)
    elif not (kinds.of(step).single and any(closure.cause == step for closure in standing)):
        record(patient, step, by=by)


def _undo_all(patient: Patient, by: Any) -> None:
    for closure in closures.standing(patient):
        closures.undo(closure=closure, by=by, reason=WHY)


def _state_by_hand(causes: list[str]) -> str:
    for cause, state in (
        ("enrolled-in-error", PatientState.ENROLLED_IN_ERROR),
        ("death", PatientState.DEAD),
        ("withdrawal", PatientState.WITHDRAWN),
    ):
        if cause in causes:
            return state
    return PatientState.OFF_TREATMENT if set(causes) - {"vod"} else PatientState.ON_TREATMENT
