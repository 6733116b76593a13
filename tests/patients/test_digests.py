"""The ledger: planned once, checked again before sending, cancelled and restored with the plan."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone

from patients import queries, reminder_reads
from patients.actions import ledger, reminders, sending, treatment
from patients.actions.deliveries import backoff
from patients.actions.ledger import plan_due
from patients.actions.sending import send_due
from patients.actions.sweeping import sweep
from patients.enums import Outcome, PatientState, ReminderState
from patients.models import Digest, Patient, Reminder, ScheduledActivity, SweepLog
from protocoltracker.accounts.models import Membership, Role
from protocoltracker.audit.context import acting
from tests.factories import TODAY, a_person, a_site, at, enrolled, opened

pytestmark = pytest.mark.django_db
NOW = at(TODAY, 8)
DAY = dt.timedelta(days=1)


@pytest.fixture
def site():
    return a_site("Central")


@pytest.fixture
def coordinator(site):
    return a_person(Role.COORDINATOR, site, name="coordinator")


@pytest.fixture
def nurse(site):
    return a_person(Role.INVESTIGATOR, site, name="nurse")


@pytest.fixture
def patient(site, nurse, coordinator) -> Patient:
    """In cycle 1 since a week, nothing recorded yet."""
    patient = enrolled(site=site, by=nurse)
    opened(patient.cycles.get(position=1), by=nurse)
    return patient


def clock(now: dt.datetime = NOW):
    return lambda: now


def states(**which) -> list[str]:
    return sorted(Reminder.objects.filter(**which).values_list("state", flat=True))


# --- planning -------------------------------------------------------------------------------------------------


def test_nothing_is_planned_before_the_local_morning_and_everything_at_it(patient) -> None:
    assert plan_due(now=at(TODAY, 6)).digests == 0
    planned = plan_due(now=at(TODAY, 7))
    assert planned.digests == 1
    assert Reminder.objects.count() == planned.reminders > 5
    digest = Digest.objects.get()
    assert (digest.day, digest.state, digest.message_id) == (TODAY, "planned", f"<{digest.pk}@localhost>")
    assert digest.expires_at == at(TODAY + DAY, 0)


def test_planning_again_adds_nothing(patient) -> None:
    plan_due(now=NOW)
    before = list(Reminder.objects.order_by("pk").values())
    assert plan_due(now=NOW) == plan_due(now=NOW + dt.timedelta(hours=5)) == ledger.Planned()
    assert list(Reminder.objects.order_by("pk").values()) == before


def test_every_item_becomes_a_row_for_every_recipient(site, patient, coordinator) -> None:
    a_person(Role.COORDINATOR, None, name="everywhere")
    a_person(Role.COORDINATOR, a_site("Elsewhere"), name="elsewhere")
    items = reminder_reads.items_due([site.pk], TODAY)[site.pk]
    plan_due(now=NOW)
    digests = Digest.objects.filter(site=site).order_by("recipient__username")
    assert [digest.recipient.username for digest in digests] == ["coordinator", "everywhere"]
    for digest in digests:
        rows = digest.reminders.all()
        assert {(row.rule, row.activity_id, row.cycle_id, row.due_on) for row in rows} == {
            i.key for i in items
        }


def test_each_site_is_planned_on_its_own_local_day(coordinator) -> None:
    auckland, honolulu = a_site(zone="Pacific/Auckland"), a_site(zone="Pacific/Honolulu")
    for place in (auckland, honolulu):
        enrolled(site=place, day1=TODAY)
        a_person(Role.COORDINATOR, place)
    now = at(TODAY, 8, zone="Pacific/Auckland")
    plan_due(now=now)
    assert [(d.site, d.day) for d in Digest.objects.all()] == [(auckland, TODAY), (honolulu, TODAY - DAY)]


def test_a_site_with_nothing_due_gets_no_digest_until_something_is(site, coordinator) -> None:
    patient = enrolled(site=site, day1=TODAY + 20 * DAY, today=TODAY + 20 * DAY)
    assert plan_due(now=NOW).digests == 0
    with acting(by="system:test", reason="test"):
        dose = patient.activities.filter(cycle__position=1).first()
        ScheduledActivity.objects.filter(pk=dose.pk).update(on=TODAY)
    assert plan_due(now=NOW).digests == 1


@pytest.mark.parametrize("state", [state for state in PatientState if state != PatientState.ON_TREATMENT])
def test_only_patients_on_treatment_are_told(patient, state) -> None:
    with acting(by="system:test", reason="test"):
        Patient.objects.filter(pk=patient.pk).update(state=state)
    assert plan_due(now=NOW).digests == 0


def test_a_zone_that_is_not_known_here_stops_no_other_site(patient, caplog) -> None:
    broken = a_site("Broken", zone="Mars/Olympus")
    with acting(by="system:test"):
        Patient.objects.create(
            subject_number=900, site=broken, sex="female", birth_date=TODAY, created_by=None
        )
    assert plan_due(now=NOW).digests == 1
    assert "Mars/Olympus" in caplog.text


def test_the_overdue_count_is_that_of_the_navigation(site, patient, nurse, coordinator) -> None:
    late = enrolled(site=site, by=nurse, day1=TODAY - 3 * DAY)
    assert late.cycles.get(position=1).state == "planned"
    items = reminder_reads.items_due([site.pk], TODAY)[site.pk]
    overdue = [item for item in items if item.rule == "overdue"]
    assert any(item.activity_id is None for item in overdue)
    assert len(overdue) == queries.counts_for_nav(coordinator, site, NOW).overdue > 1


def test_planning_takes_the_same_number_of_queries_for_many_patients(
    site, patient, nurse, django_assert_num_queries
) -> None:
    with django_assert_num_queries(10):
        plan_due(now=NOW)
    for _ in range(3):
        opened(enrolled(site=site, by=nurse).cycles.get(position=1), by=nurse)
    with django_assert_num_queries(10):
        plan_due(now=NOW + DAY)


# --- sending --------------------------------------------------------------------------------------------------


def test_a_sweep_sends_one_message_a_day_however_often_it_runs(patient, coordinator) -> None:
    for hour in (7, 7, 8, 12, 23):
        sweep(clock=clock(at(TODAY, hour)))
    assert [message.to for message in mail.outbox] == [["coordinator@example.org"]]
    assert states() == ["sent"] * Reminder.objects.count()
    sweep(clock=clock(NOW + DAY))
    assert len(mail.outbox) == 2
    assert mail.outbox[0].extra_headers["Message-ID"] != mail.outbox[1].extra_headers["Message-ID"]


def test_what_is_stored_is_exactly_what_was_sent(patient) -> None:
    sweep(clock=clock())
    digest, (message,) = Digest.objects.get(), mail.outbox
    assert digest.state == ReminderState.SENT
    assert digest.sent_at == NOW
    assert (digest.subject, digest.body, digest.address) == (message.subject, message.body, message.to[0])
    assert message.alternatives[0].content == digest.html
    assert message.extra_headers["Date"] == "Mon, 15 Jun 2020 06:00:00 +0000"


def test_a_sweep_leaves_a_log_row_and_forgets_old_ones(patient) -> None:
    SweepLog.objects.create(ended_at=NOW - 8 * DAY)
    sweep(clock=clock())
    sweep(clock=clock())
    rows = SweepLog.objects.order_by("pk").values_list("ended_at", "planned", "sent", "failed")
    assert list(rows) == [(NOW, 1, 1, 0), (NOW, 0, 0, 0)]


def test_a_dose_that_was_recorded_after_planning_is_not_told(patient, nurse) -> None:
    plan_due(now=NOW)
    dose = patient.activities.filter(cycle__position=1, until=None).open().first()
    given = treatment.Given(outcome=Outcome.GIVEN, given_at=at(dose.on), dose=dose.dose)
    treatment.record(by=nurse, activity=dose, given=given, now=NOW)
    send_due(clock=clock())
    (row,) = Reminder.objects.filter(activity=dose)
    assert (row.state, row.cancelled_because) == ("cancelled", "recorded")
    assert set(states()) == {"cancelled", "sent"}


def test_the_claim_sees_a_change_of_the_plan_that_told_nobody(patient) -> None:
    """Even a row changed by hand in SQL: what is sent is what is due at that moment."""
    plan_due(now=NOW)
    doses = list(patient.activities.filter(cycle__position=1, on__lt=TODAY, until=None).order_by("pk")[:3])
    with acting(by="system:test", reason="by hand"):
        ScheduledActivity.objects.filter(pk=doses[0].pk).update(state="omitted")
        ScheduledActivity.objects.filter(pk=doses[1].pk).update(on=TODAY + DAY)
    send_due(clock=clock())
    assert states(activity=doses[0]) == ["cancelled"]
    moved = Reminder.objects.filter(activity=doses[1]).order_by("due_on")
    assert [(row.rule, row.due_on, row.state) for row in moved] == [
        ("overdue", doses[1].on, "cancelled"),
        ("coming", TODAY + DAY, "sent"),
    ]
    assert states(activity=doses[2]) == ["sent"]


@pytest.mark.parametrize("change", ["left", "inactive", "no address", "other role"])
def test_somebody_who_is_no_longer_told_gets_nothing(patient, coordinator, change) -> None:
    plan_due(now=NOW)
    with acting(by="system:test", reason="test"):
        if change == "left":
            Membership.objects.filter(user=coordinator).update(ended_at=timezone.now())
        elif change == "other role":
            Membership.objects.filter(user=coordinator).update(role=Role.MONITOR)
        elif change == "inactive":
            type(coordinator).objects.filter(pk=coordinator.pk).update(is_active=False)
        else:
            type(coordinator).objects.filter(pk=coordinator.pk).update(email="")
    send_due(clock=clock())
    digest = Digest.objects.get()
    assert mail.outbox == []
    assert digest.state == "cancelled"
    assert "no longer told" in digest.fault
    assert set(states()) == {"cancelled"}


def test_a_patient_who_left_treatment_after_planning_is_not_told(patient) -> None:
    plan_due(now=NOW)
    with acting(by="system:test", reason="test"):
        Patient.objects.filter(pk=patient.pk).update(state=PatientState.WITHDRAWN)
    send_due(clock=clock())
    digest = Digest.objects.get()
    assert (mail.outbox, digest.state, digest.fault) == ([], "cancelled", "Nothing in it is due any more.")


def test_a_poison_digest_stops_no_other(patient, coordinator) -> None:
    other = a_person(Role.COORDINATOR, patient.site, name="another")
    plan_due(now=NOW)
    with acting(by="system:test", reason="test"):
        type(coordinator).objects.filter(pk=coordinator.pk).update(email="two\nlines@example.org")
    counts = send_due(clock=clock())
    assert counts == {"failed": 1, "sent": 1}
    assert [message.to for message in mail.outbox] == [[other.email]]
    digest = Digest.objects.get(recipient=coordinator)
    assert digest.fault == "It could not be written: BadHeaderError."
    assert NOW < digest.next_attempt_at < NOW + dt.timedelta(minutes=2)


# --- the day ends ---------------------------------------------------------------------------------------------


def test_what_was_not_sent_on_its_day_is_failed_and_the_next_day_tells_what_is_still_due(patient) -> None:
    plan_due(now=NOW)
    sweep(clock=clock(NOW + DAY))
    old, new = Digest.objects.order_by("day")
    assert (old.state, old.next_attempt_at) == ("failed", None)
    assert "no sweep came to it" in old.fault
    assert new.state == "sent"
    assert len(mail.outbox) == 1
    assert set(states(digest=old)) == {"failed"}


def test_no_attempt_is_made_after_the_day(patient) -> None:
    plan_due(now=NOW)
    midnight = at(TODAY + DAY, 0)
    assert sending.claim(now=midnight) is None
    assert sending.claim(now=midnight - dt.timedelta(seconds=1)) is not None


# --- cancel, restore, move ------------------------------------------------------------------------------------


def test_cancel_restore_and_cancel_of_everything(patient) -> None:
    plan_due(now=NOW)
    ids = [row.activity_id for row in Reminder.objects.exclude(activity=None)]
    reminders.cancel(ids, because="closed: HCT")
    digest = Digest.objects.get()
    assert set(states()) == {"cancelled"}
    assert (digest.state, digest.fault) == ("cancelled", "Nothing left to tell: closed: HCT.")
    assert send_due(clock=clock()) == {}
    reminders.restore(ids)
    digest.refresh_from_db()
    assert (digest.state, digest.fault) == ("planned", "")
    assert set(states()) == {"planned"}
    assert set(Reminder.objects.values_list("cancelled_because", flat=True)) == {""}
    assert send_due(clock=clock()) == {"sent": 1}


def test_restore_brings_back_only_what_is_due(patient) -> None:
    plan_due(now=NOW)
    dose = patient.activities.filter(cycle__position=1, until=None).open().first()
    reminders.cancel([dose.pk], because="recorded")
    with acting(by="system:test", reason="test"):
        ScheduledActivity.objects.filter(pk=dose.pk).update(on=TODAY + 9 * DAY)
    reminders.restore([dose.pk])
    assert states(activity=dose) == ["cancelled"]


def test_a_moved_dose_is_told_on_its_new_date(patient) -> None:
    plan_due(now=NOW)
    dose = patient.activities.filter(cycle__position=1, on__lt=TODAY, until=None).first()
    with acting(by="system:test", reason="test"):
        ScheduledActivity.objects.filter(pk=dose.pk).update(on=TODAY + 2 * DAY)
    reminders.move([dose.pk])
    rows = Reminder.objects.filter(activity=dose).order_by("due_on")
    assert [(row.rule, row.state, row.cancelled_because) for row in rows] == [
        ("overdue", "cancelled", "moved"),
        ("coming", "planned", ""),
    ]


def test_cycles_are_cancelled_and_restored_by_themselves(site, coordinator) -> None:
    patient = enrolled(site=site, day1=TODAY + 7 * DAY, today=TODAY + 7 * DAY)
    plan_due(now=NOW)
    cycle = patient.cycles.get(position=1)
    assert [(row.rule, row.cycle) for row in Reminder.objects.all()] == [("cycle-start", cycle)]
    reminders.cancel_cycles([cycle.pk], because="moved")
    assert Digest.objects.get().state == "cancelled"
    reminders.restore_cycles([cycle.pk])
    assert Digest.objects.get().state == "planned"
    assert states() == ["planned"]


def test_a_sent_digest_is_never_changed(patient) -> None:
    sweep(clock=clock())
    before = list(Reminder.objects.order_by("pk").values()), list(Digest.objects.values())
    ids = [row.activity_id for row in Reminder.objects.exclude(activity=None)]
    reminders.cancel(ids, because="recorded")
    reminders.move(ids)
    reminders.restore(ids)
    assert (list(Reminder.objects.order_by("pk").values()), list(Digest.objects.values())) == before


def test_other_actions_pay_one_query_when_no_digest_waits(patient, django_assert_num_queries) -> None:
    sweep(clock=clock())
    ids = list(patient.activities.values_list("pk", flat=True))
    for call in (lambda: reminders.cancel(ids, because="x"), lambda: reminders.move(ids)):
        with django_assert_num_queries(3):  # with the savepoint
            call()


# --- what the message may say ---------------------------------------------------------------------------------

CANARIES = {"dose": "777", "reason": "canary-reason", "arm": "canary-arm", "note": "canary-note"}


def test_no_dose_result_arm_or_name_gets_into_a_message(site, nurse, coordinator) -> None:
    """Canaries in every neighbouring field: the issue allows subject number, order, cycle and day, date, state."""
    patient = enrolled(site=site, by=nurse, bilirubin_mg_dl=Decimal("77.77"), karyotype="KMT2A-rearranged")
    cycle = opened(patient.cycles.get(position=1), by=nurse, weight_kg="77.7")
    dose = cycle.activities.filter(on__lt=TODAY, until=None).first()
    given = treatment.Given(
        outcome=Outcome.HELD, given_at=at(dose.on), reason_code="liver", reason=CANARIES["reason"]
    )
    treatment.record(by=nurse, activity=dose, given=given, now=NOW)
    with acting(by="system:test", reason="test"):
        type(patient.enrolment).objects.filter(patient=patient).update(arm=CANARIES["arm"])
        ScheduledActivity.objects.filter(patient=patient).update(
            dose=Decimal("777.777"),
            protocol_dose=Decimal("777.7"),
            dose_unit="ug/canary",
            route="canary-route",
        )
    sweep(clock=clock())
    (message,) = mail.outbox
    parts = [message.subject, message.body, message.alternatives[0].content]
    assert f"{patient.subject}  " in message.body
    assert "Held, " in message.body
    for part in parts:
        text = part.replace(str(patient.pk), "").replace(str(Digest.objects.get().pk), "")
        for canary in ("777", "77.7", "canary", "liver", "mg", "µg", "KMT2A", "1980", "bilirubin", "2 July"):
            assert canary not in text, canary
    assert patient.subject not in message.subject
    assert not any(drug in message.subject for drug in set(patient.activities.values_list("drug", flat=True)))


def test_the_message_links_behind_sign_in_and_says_why_it_came(patient, settings, client) -> None:
    sweep(clock=clock())
    (message,) = mail.outbox
    for part in (message.body, message.alternatives[0].content):
        assert f"{settings.BASE_URL}/patients/{patient.pk}/" in part
        assert "because you are a coordinator at Central" in part
        assert "Not an order" in part
        assert "Synthetic data" not in part
    answer = client.get(f"/patients/{patient.pk}/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


def test_the_demo_says_that_its_data_are_synthetic(patient, settings) -> None:
    settings.DEMO = True
    sweep(clock=clock())
    (message,) = mail.outbox
    for part in (message.body, message.alternatives[0].content):
        assert "Synthetic data: every patient here is invented." in part


def test_names_of_sites_cannot_start_a_header_or_an_element(nurse) -> None:
    site = a_site('Nord & <b>Süd</b>"\r\nBcc: x@example.org')
    a_person(Role.COORDINATOR, site)
    enrolled(site=site, day1=TODAY)
    sweep(clock=clock())
    (message,) = mail.outbox
    sent = message.message()
    assert sent["Bcc"] is None
    assert len(sent.get_all("Subject")) == 1
    assert "\n" not in message.subject
    assert "Nord & <b>Süd</b>" in message.body
    assert "<b>Süd" not in message.alternatives[0].content
    assert "Nord &amp; &lt;b&gt;Süd" in message.alternatives[0].content


def test_a_message_has_one_recipient_and_fixed_headers(patient) -> None:
    sweep(clock=clock())
    (message,) = mail.outbox
    assert (len(message.to), message.cc, message.bcc, message.reply_to) == (1, [], [], [])
    digest = Digest.objects.get()
    assert message.extra_headers == {
        "Message-ID": f"<{digest.pk}@localhost>",
        "Date": "Mon, 15 Jun 2020 06:00:00 +0000",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    assert [part.get_content_type() for part in message.message().walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_waits_between_attempts_grow_from_a_minute_to_an_hour() -> None:
    waits = [backoff(attempt, Digest().pk).total_seconds() / 60 for attempt in range(1, 12)]
    assert waits[:6] == sorted(waits[:6])
    assert 1 <= waits[0] <= 1.2
    assert waits[-1] == 60
    assert sending.LEASE.total_seconds() > 9 * 20  # EMAIL_TIMEOUT a server answer
