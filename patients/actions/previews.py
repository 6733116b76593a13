"""What recording an event would close, and what undoing it would bring back. Nothing is written."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from patients import kinds
from patients.actions.coverage import (
    OPEN_ACTIVITY,
    OPEN_CYCLE,
    causes,
    covered_activities,
    covered_cycles,
    ids,
    reach,
    standing,
    state_of,
    stop_drugs_of,
)
from patients.actions.ledger import LIVE, WAITING
from patients.enums import ActivityState, ClosureCause
from patients.models import Closure, Cycle, Patient, Reminder, ScheduledActivity


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What recording an event would close now. `fingerprint` changes when the plan does."""

    patient: Patient
    cause: ClosureCause
    drugs: tuple[str, ...]
    cycles: tuple[Cycle, ...]
    activities: tuple[ScheduledActivity, ...]
    running: tuple[ScheduledActivity, ...]
    reminders: int
    state_after: str
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class Return:
    """What undoing a closure brings back, and what `others` keep closed (doses and cycles)."""

    cycles: int
    activities: int
    still_closed: int
    others: tuple[Closure, ...]
    state_after: str


def preview(*, patient: Patient, kind: kinds.Kind) -> Preview | None:
    """What recording an event of `kind` closes; None for a kind that closes nothing."""
    if kind.closes is None:
        return None
    drugs = stop_drugs_of(patient, kind)
    activities, cycles = reach(patient, kind, drugs)
    return _preview(patient, kind.closes, drugs, activities, cycles)


def preview_enrolled_in_error(*, patient: Patient) -> Preview:
    cause = ClosureCause.ENROLLED_IN_ERROR
    return _preview(patient, cause, (), patient.activities.all(), patient.cycles.all())


def _preview(
    patient: Patient, cause: ClosureCause, drugs: tuple[str, ...], activities: QuerySet, cycles: QuerySet
) -> Preview:
    with_cycle = activities.select_related("cycle")
    closing = tuple(_by_cycle(with_cycle.filter(state__in=OPEN_ACTIVITY)))
    running = tuple(_by_cycle(with_cycle.filter(state=ActivityState.RUNNING)))
    closing_cycles = tuple(cycles.filter(state__in=OPEN_CYCLE))
    return Preview(
        patient=patient,
        cause=cause,
        drugs=drugs,
        cycles=closing_cycles,
        activities=closing,
        running=running,
        reminders=_waiting_reminders(closing, closing_cycles),
        state_after=state_of([*causes(standing(patient)), cause]),
        fingerprint=_fingerprint(patient, closing_cycles, closing, running),
    )


def _by_cycle(activities: QuerySet) -> QuerySet:
    return activities.order_by("cycle__position", "on", "day", "order_code", "slot")


def _waiting_reminders(activities: Sequence[ScheduledActivity], cycles: Sequence[Cycle]) -> int:
    """Reminders in digests that are not sent yet."""
    of_these = Q(activity__in=[row.pk for row in activities]) | Q(cycle__in=[row.pk for row in cycles])
    waiting = Reminder.objects.filter(
        state__in=LIVE, digest__state__in=WAITING, digest__next_attempt_at__isnull=False
    )
    return waiting.filter(of_these).count()


def _fingerprint(patient: Patient, *found: Iterable[Any]) -> str:
    rows = sorted(f"{row.pk} {row.state}" for rows in found for row in rows)
    return hashlib.sha256("\n".join([patient.state, *rows]).encode()).hexdigest()


def returns(closure: Closure) -> Return:
    """What `undo` would bring back now."""
    others = [other for other in standing(closure.patient) if other.pk != closure.pk]
    cycles, activities = set(ids(closure.cycles)), set(ids(closure.activities))
    held = {pk for other in others for pk in ids(covered_cycles(other).filter(closed_by=closure))}
    held |= {pk for other in others for pk in ids(covered_activities(other).filter(closed_by=closure))}
    return Return(
        cycles=len(cycles - held),
        activities=len(activities - held),
        still_closed=len(held),
        others=tuple(others),
        state_after=state_of(causes(others)),
    )
