"""Two people at the same patient at the same moment: one after the other, nothing lost, nothing twice."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from patients import kinds
from patients.actions import closures, records
from patients.models import Closure, Patient
from protocoltracker.accounts.models import Role
from protocoltracker.records import Refused
from tests import factories
from tests.patients import record_samples

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = factories.TODAY


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do all of them at the same moment, each on a connection of its own; their results or refusals."""
    start = threading.Barrier(len(deeds))
    results: list[Any] = [None] * len(deeds)

    def run(place: int, deed: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=20)
            results[place] = deed()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def recording(patient: Patient, by: Any, slug: str) -> Callable[[], Any]:
    kind, values = kinds.of(slug), record_samples.values(slug)
    return lambda: records.add(
        by=by, patient=patient, kind=kind, values=values, today=TODAY, explanation="seen"
    )


@pytest.fixture
def by() -> Any:
    return factories.a_person(Role.INVESTIGATOR)


@pytest.fixture
def patient(by: Any) -> Patient:
    return factories.enrolled(by=by)


def test_a_death_recorded_by_two_is_recorded_once(patient: Patient, by: Any) -> None:
    results = at_once(*[recording(patient, by, "death")] * 4)
    refusals = [result for result in results if isinstance(result, Refused)]
    assert len(refusals) == 3, results
    assert {refusal.message for refusal in refusals} == {refusals[0].message}
    assert "there can be one only" in refusals[0].message
    assert Closure.objects.count() == kinds.of("death").model.objects.count() == 1


def test_different_events_at_once_all_stand(patient: Patient, by: Any) -> None:
    slugs = ("hct", "relapse", "death", "vod")
    results = at_once(*[recording(patient, by, slug) for slug in slugs])
    assert {type(result) for result in results} == {kinds.of(slug).model for slug in slugs}
    assert not patient.activities.open().exists()
    patient.refresh_from_db()
    assert patient.state == "dead"


def test_an_undo_asked_for_twice_happens_once(patient: Patient, by: Any) -> None:
    recording(patient, by, "death")()
    closure = closures.standing(patient)[0]
    open_before = patient.activities.count()
    results = at_once(*[lambda: closures.undo(closure=closure, by=by, reason="neighbour")] * 3)
    assert sorted(type(result).__name__ for result in results) == ["NoneType", "Refused", "Refused"]
    assert patient.activities.open().count() == open_before
