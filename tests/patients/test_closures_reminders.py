"""A closing event cancels the reminders of what it closes, in its own transaction; its undo brings them back."""

import datetime as dt
from typing import Any

import pytest

from patients import kinds
from patients.actions import closures, records
from patients.actions.ledger import plan_due
from patients.enums import ReminderState
from patients.models import Digest, Patient, Reminder
from protocoltracker.accounts.models import Role
from tests import factories
from tests.patients import record_samples

pytestmark = pytest.mark.django_db
TODAY = factories.TODAY


@pytest.fixture
def by() -> Any:
    return factories.a_person(Role.INVESTIGATOR)


@pytest.fixture
def patient(by: Any) -> Patient:
    """In cycle 1 since a week, nothing recorded; one coordinator has been planned to be told this morning."""
    site = factories.a_site()
    factories.a_person(Role.COORDINATOR, site)
    patient = factories.enrolled(by=by, site=site)
    factories.opened(patient.cycles.get(position=1), by=by)
    plan_due(now=factories.at(TODAY, 8))
    assert Reminder.objects.filter(patient=patient, state=ReminderState.PLANNED).count() > 5
    return patient


def event(patient: Patient, by: Any, slug: str) -> Any:
    return records.add(
        by=by,
        patient=patient,
        kind=kinds.of(slug),
        values=record_samples.values(slug),
        today=TODAY,
        explanation="seen",
    )


def states() -> dict[Any, tuple[str, str]]:
    return {row.pk: (row.state, row.cancelled_because) for row in Reminder.objects.all()}


def test_death_cancels_every_reminder_and_undo_brings_them_back(patient: Patient, by: Any) -> None:
    before = states()
    seen = closures.preview(patient=patient, kind=kinds.of("death"))
    closure = closures.of_event(event(patient, by, "death").pk)
    assert set(states().values()) == {("cancelled", "closed: Death")}
    assert seen.reminders == len(before)
    assert Digest.objects.get().state == ReminderState.CANCELLED
    closures.undo(closure=closure, by=by, reason="not this patient")
    assert states() == before
    assert Digest.objects.get().state == ReminderState.PLANNED


def test_vod_cancels_only_the_reminders_of_its_drug(patient: Patient, by: Any) -> None:
    seen = closures.preview(patient=patient, kind=kinds.of("vod"))
    event(patient, by, "vod")
    cancelled = Reminder.objects.filter(state=ReminderState.CANCELLED)
    assert {row.activity.drug for row in cancelled} == {"inotuzumab ozogamicin"}
    assert seen.reminders == cancelled.count() > 0
    assert Digest.objects.get().state == ReminderState.PLANNED


def test_what_stays_closed_is_not_told_again(patient: Patient, by: Any) -> None:
    first = closures.of_event(event(patient, by, "hct").pk)
    event(patient, by, "death")
    closures.undo(closure=first, by=by, reason="no transplant")
    assert {state for state, _ in states().values()} == {"cancelled"}


def test_a_refused_event_cancels_nothing(patient: Patient, by: Any) -> None:
    before = states()
    tomorrow = record_samples.values("death", TODAY + dt.timedelta(days=1))
    with pytest.raises(records.Questioned):
        records.add(by=by, patient=patient, kind=kinds.of("death"), values=tomorrow, today=TODAY)
    assert states() == before
