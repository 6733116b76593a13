"""Treatment of a former patient is resumed here, through the real actions and the page."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from patients import alarms, kinds, queries, reminder_reads
from patients.actions import closures, course, ledger, records, resuming
from patients.actions.cycles import open_cycle
from patients.enums import ActivityState, ClosureCause, CycleState, PatientState
from patients.models import Closure, Digest, Patient, Resumption, ScheduledActivity
from patients.received import Received
from protocoltracker.accounts.access import Denied
from protocoltracker.accounts.models import Role
from protocoltracker.audit.models import Change
from protocoltracker.records import Refused, Stale
from tests import factories as a
from tests.patients import record_samples
from tests.patients.recording import shown
from tests.patients.test_past_course import ORIGINAL
from tests.posting import Browser as Client

pytestmark = pytest.mark.django_db
DAY1 = dt.date(2026, 1, 5)
NOW = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
ONE_CYCLE = Received(phase="mini-hcvd", number=1, day1=dt.date(2018, 3, 7))
INOTUZUMAB = "inotuzumab ozogamicin"


@pytest.fixture
def by() -> Any:
    return a.a_person(Role.INVESTIGATOR)


@pytest.fixture
def patient() -> Patient:
    return a.an_imported()


def fresh(patient: Patient) -> Patient:
    return Patient.objects.get(pk=patient.pk)


def record(patient: Patient, slug: str, by: Any, on: dt.date) -> Any:
    entered = record_samples.values(slug, on)
    return records.add(
        by=by, patient=patient, kind=kinds.of(slug), values=entered, today=DAY1, explanation="letter"
    )


def test_the_rest_of_the_protocol_is_planned_and_the_patient_is_on_treatment(patient, by):
    cycle = a.resumed(patient, by=by)
    assert (cycle.label, cycle.day1, cycle.state) == ("POMP 1", DAY1, CycleState.PLANNED)
    assert fresh(patient).state == PatientState.ON_TREATMENT
    assert list(patient.cycles.values_list("phase", "number")[2:5]) == [
        ("pomp", 3),
        ("blinatumomab-maintenance", 1),
        ("pomp", 4),
    ]
    assert patient.cycles.count() == 16
    assert not patient.cycles.filter(phase__in=["mini-hcvd", "blinatumomab"]).exists()
    assert set(patient.activities.values_list("state", "provisional")) == {(ActivityState.PLANNED, True)}
    weights = {
        dict(row)["Weight"]
        for row in patient.activities.values_list("workings", flat=True)
        if "Weight" in dict(row)
    }
    assert weights == {"72.5 kg, 2026-01-02"}
    kept = Resumption.objects.get(patient=patient)
    assert (kept.cycle, kept.weight_kg, kept.measured_on) == (cycle, Decimal("72.5"), DAY1 - 3 * DAY)


def test_worklist_and_reminders_work_as_for_any_patient(patient, by):
    told = a.a_person(Role.COORDINATOR, patient.site)
    a.resumed(patient, by=by, day1=DAY1)
    [due] = queries.due_cycles([patient.site], NOW)
    assert due.patient_id == patient.pk
    items = reminder_reads.items_due([patient.site.pk], DAY1)[patient.site.pk]
    assert {item.cycle.patient_id for item in items} == {patient.pk}
    ledger.plan([patient.site], DAY1, kind="daily", now=NOW)
    assert Digest.objects.get().recipient == told
    opened = a.opened(patient.cycles.get(position=1), by=by, weight_kg="72.5", day1=DAY1)
    assert opened.state == CycleState.OPEN
    assert queries.due_activities([patient.site], NOW).exists()


def test_without_anybody_to_tell_the_alarm_rises_only_now(patient, by):
    doctor = a.a_person(Role.INVESTIGATOR, patient.site)
    titles = lambda: [alarm.title for alarm in alarms.alarms(doctor, now=NOW)]  # noqa: E731
    assert "Nobody to remind." not in titles()
    a.resumed(patient, by=by)
    assert "Nobody to remind." in titles()


def test_after_a_past_course_the_rest_comes_back_at_its_new_days(patient, by):
    a.with_past_course(patient, by=by)
    before = dict(patient.activities.values_list("pk", "planned_on"))
    cycle = a.resumed(patient, by=by, weight_kg=Decimal(90))
    rest = patient.cycles.filter(position__gte=cycle.position)
    assert set(rest.values_list("state", flat=True)) == {CycleState.PLANNED}
    assert [c.day1 for c in rest[:3]] == [DAY1, DAY1 + 28 * DAY, DAY1 + 56 * DAY]
    doses = ScheduledActivity.objects.filter(cycle__in=rest)
    assert set(doses.values_list("state", "closed_by", "provisional")) == {
        (ActivityState.PLANNED, None, True)
    }
    assert dict(patient.activities.values_list("pk", "planned_on")) == before
    native = a.enrolled(day1=DAY1, today=DAY1, weight_kg=Decimal(90))
    columns = ("cycle__phase", "cycle__number", "order_code", "day", "slot", "dose")
    same = native.activities.filter(cycle__phase__in=["pomp", "blinatumomab-maintenance"])
    assert set(doses.values_list(*columns)) == set(same.values_list(*columns))


def test_what_lies_before_the_chosen_cycle_is_never_due(patient, by):
    a.with_past_course(patient, by=by, ended_on=dt.date(2018, 6, 5))
    cycle = a.resumed(patient, by=by)
    passed = patient.cycles.filter(phase="blinatumomab")
    assert set(passed.values_list("state", flat=True)) == {CycleState.SKIPPED}
    skipped = patient.closures.get(cause=ClosureCause.CYCLE_SKIPPED)
    closed = patient.activities.filter(cycle__position__lt=cycle.position).exclude(state=ActivityState.GIVEN)
    assert set(closed.values_list("state", "closed_by")) == {(ActivityState.CLOSED, skipped.pk)}
    assert closed.filter(cycle__phase="mini-hcvd").exists()  # of the last cycle received, after its last day
    assert set(patient.cycles.filter(phase="mini-hcvd").values_list("state", flat=True)) == {
        CycleState.COMPLETED
    }
    assert [due.pk for due in queries.due_cycles([patient.site], NOW)] == [cycle.pk]
    assert not queries.due_activities([patient.site], NOW, ahead=99).exists()


def test_what_was_skipped_on_the_way_can_come_back(patient, by):
    a.with_past_course(patient, by=by)
    a.resumed(patient, by=by)
    skipped = patient.closures.get(cause=ClosureCause.CYCLE_SKIPPED)
    course.undo_course_change(by=by, closure=skipped, reason="blinatumomab after all")
    assert set(patient.cycles.filter(phase="blinatumomab").values_list("state", flat=True)) == {
        CycleState.PLANNED
    }


def test_a_drug_stopped_for_good_stays_closed(by):
    facts = {"vod_on": "2018-05-01", "vod_grade": "mild", "vod_resolved": "yes"}
    for entered in (False, True):
        former = a.an_imported(**facts)
        if entered:
            a.with_past_course(former, by=by, cycles=[ONE_CYCLE])
        a.resumed(former, by=by, phase="mini-hcvd", number=2)
        ours = former.activities.filter(cycle__state=CycleState.PLANNED)
        assert set(ours.filter(drug=INOTUZUMAB).values_list("state", "closed_by__cause")) == {
            (ActivityState.CLOSED, ClosureCause.VOD)
        }
        assert set(ours.exclude(drug=INOTUZUMAB).values_list("state", flat=True)) == {ActivityState.PLANNED}


def test_the_dose_level_is_asked_once_and_kept(by):
    former = a.an_imported(**ORIGINAL)
    with pytest.raises(Refused, match=r"dose levels 1\.8 or 1\.3") as refusal:
        a.resumed(former, by=by, dose_level="")
    assert refusal.value.field == "dose_level"
    a.resumed(former, by=by, dose_level="1.3")
    assert fresh(former).enrolment.dose_level == "1.3"
    other = a.with_past_course(a.an_imported(**ORIGINAL), by=by)
    with pytest.raises(Refused, match=r"Dose level 1\.8 is recorded"):
        a.resumed(other, by=by, dose_level="1.3")
    a.resumed(other, by=by, dose_level="")
    assert fresh(other).enrolment.dose_level == "1.8"


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"relapse_on": "2019-04-20", "cr_lost_on": "2019-04-20"}, "“Relapse on 2019-04-20”"),
        ({"hct_on": "2019-04-20"}, "“Transplant \\(HCT\\) on 2019-04-20”"),
        (
            {"death_on": "2020-04-20", "last_contact_on": "2020-04-20", "cr_lost_on": "2020-04-20"},
            "“Death on 2020-04-20”",
        ),
    ],
    ids=["relapse", "transplant", "death"],
)
def test_what_else_closed_the_plan_is_named(by, columns, named):
    former = a.an_imported(**columns)
    before = Change.objects.count()
    with pytest.raises(Refused, match=named):
        a.resumed(former, by=by)
    assert Change.objects.count() == before
    assert not former.cycles.exists()


def test_a_withdrawal_stands_in_the_way_until_it_is_undone(patient, by):
    event = record(patient, "withdrawal", by, dt.date(2021, 1, 4))
    with pytest.raises(Refused, match="Withdrawal of consent"):
        a.resumed(patient, by=by)
    closures.undo(closure=closures.of_event(event.pk), by=by, reason="another patient")
    a.resumed(patient, by=by)
    assert fresh(patient).state == PatientState.ON_TREATMENT


def test_impossible_starts_are_refused_with_the_field(patient, by):
    a.with_past_course(patient, by=by)
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"phase": "pomp", "number": 99}, "has no cycle pomp 99", "cycle"),
        ({"phase": "mini-hcvd", "number": 2}, "was received already", "cycle"),
        ({"day1": dt.date(2018, 5, 30)}, "not after day 1 of mini-HCVD 4", "day1"),
        ({"measured_on": DAY1 + DAY}, "future", "measured_on"),
        ({"weight_kg": Decimal(7)}, "7", "weight_kg"),
        ({"dose_level": "1.8"}, "no dose levels", "dose_level"),
    ]
    for facts, words, field in wrong:
        with pytest.raises(Refused, match=words) as refusal:
            a.resumed(patient, by=by, **facts)
        assert refusal.value.field == field, facts
    assert fresh(patient).state == PatientState.OFF_TREATMENT
    assert not Closure.objects.filter(undone_at__isnull=False).exists()


def test_only_an_investigator_resumes_once_and_gives_a_reason(patient, by):
    for role in (Role.NURSE, Role.COORDINATOR, Role.DATA_MANAGER, Role.MONITOR):
        with pytest.raises(Denied, match="resume the treatment of a former patient"):
            a.resumed(patient, by=a.a_person(role, patient.site))
    start = resuming.NewStart(
        phase="pomp", number=1, day1=DAY1, height_cm=Decimal(170), weight_kg=Decimal(70), measured_on=DAY1
    )
    with pytest.raises(Refused, match="Say why"):
        resuming.resume(by=by, patient=patient, start=start, today=DAY1, reason=" ")
    with pytest.raises(Stale):
        resuming.resume(by=by, patient=patient, start=start, today=DAY1, reason="x", row_version=99)
    a.resumed(patient, by=by)
    with pytest.raises(Refused, match="on treatment already"):
        a.resumed(patient, by=by)
    with pytest.raises(Refused, match="was enrolled here"):
        a.resumed(a.enrolled(), by=by)


def test_off_treatment_afterwards_closes_it_and_its_undo_opens_it_again(patient, by):
    a.with_past_course(patient, by=by)
    a.resumed(patient, by=by)
    open_before = set(patient.activities.open().values_list("pk", flat=True))
    event = record(patient, "off-treatment", by, DAY1)
    assert fresh(patient).state == PatientState.OFF_TREATMENT
    assert not patient.activities.open().exists()
    closures.undo(closure=closures.of_event(event.pk), by=by, reason="goes on")
    assert fresh(patient).state == PatientState.ON_TREATMENT
    assert set(patient.activities.open().values_list("pk", flat=True)) == open_before


def test_the_weight_of_the_day_is_what_the_next_one_is_compared_with(by):
    """70.5 kg years ago, 95 kg when treatment is resumed: 96 kg on day 1 is no surprise, 70 kg is one."""
    former = a.an_imported(weight_kg="")
    cycle = a.resumed(former, by=by, weight_kg=Decimal(95))
    facts = {
        "by": by,
        "cycle": cycle,
        "day1": DAY1,
        "height_cm": Decimal(170),
        "measured_on": DAY1,
        "today": DAY1,
    }
    with pytest.raises(Refused, match="differs from the last weight, 95"):
        open_cycle(weight_kg=Decimal(70), **facts)
    assert open_cycle(weight_kg=Decimal(96), **facts).state == CycleState.OPEN


# --- The page ----------------------------------------------------------------------------------------------------


@pytest.fixture
def later() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def web(client: Client, by: Any, later: Any) -> Client:
    client.force_login(by)
    return client


def typed(**changed: Any) -> dict[str, Any]:
    return {
        "cycle": "pomp 1",
        "day1": "2026-01-05",
        "height_cm": "170",
        "weight_kg": "72.5",
        "measured_on": "2026-01-04",
        "reason": "back in our hands",
        **changed,
    }


def test_preview_then_resume(web, patient):
    own = shown(web.get(patient.get_absolute_url()))
    url = reverse("patients:resume", args=[patient.pk])
    assert url in own
    assert "POMP 1" in shown(web.get(url))
    preview = shown(web.post(url, typed(step="preview")))
    assert "2026-02-02" in preview
    assert "nothing is saved yet" in preview
    assert not patient.cycles.exists()
    answer = web.post(url, typed(step="save"))
    assert answer.status_code == 302, shown(answer)
    page = shown(web.get(patient.get_absolute_url()))
    assert "On treatment" in page
    assert "Resume treatment" not in page
    assert "72.5" in page
    assert web.get(url).status_code == 302


def test_the_page_of_the_resumed_cycle_names_its_weight_and_can_open_it(web, by):
    former = a.an_imported(height_cm="", weight_kg="")
    cycle = a.resumed(former, by=by)
    page = shown(web.get(cycle.get_absolute_url())).replace("\xa0", " ")
    assert "with 72.5 kg of 2026-01-02" in page
    assert 'name="height_cm" value="170"' in page
    assert shown(web.get(former.get_absolute_url()))


def test_refusals_stand_at_their_fields(web, patient):
    url = reverse("patients:resume", args=[patient.pk])
    for step in ("preview", "save"):
        answer = web.post(url, typed(step=step, measured_on="2026-01-06"))
        assert answer.status_code == 422
        assert "lies in the future" in shown(answer)
    assert not patient.cycles.exists()


@pytest.mark.parametrize(
    "text", ["", "x", "pomp", "pomp x", "9" * 5000, "<b>", "\x00", "9999-12-31", "1e308"]
)
def test_awkward_answers_never_break(web, patient, text):
    url = reverse("patients:resume", args=[patient.pk])
    for field in typed():
        answer = web.post(url, typed(step="preview", **{field: text}))
        assert answer.status_code in {200, 422}, (field, text)


def test_who_died_is_sent_back_with_words(web):
    former = a.an_imported(
        death_on="2020-04-20",
        last_contact_on="2020-04-20",
        cr_lost_on="2020-04-20",
        cause_of_death="infection",
    )
    assert "Resume treatment" not in shown(web.get(former.get_absolute_url()))
    answer = web.get(reverse("patients:resume", args=[former.pk]), follow=True)
    assert "cannot be resumed: “Death on 2020-04-20” closed it" in shown(answer)
