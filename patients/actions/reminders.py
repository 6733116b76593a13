"""What other actions tell the reminders, inside their own transaction: a dose was recorded, moved, closed, undone.

Only digests that are not sent yet change. One that is being sent at this moment is checked again just before. In each
case write the plan first, then call. None of these can refuse, and each costs one query when no digest is waiting.
"""

import uuid
from collections.abc import Collection

from django.db import transaction
from django.db.models import Q, QuerySet

from patients.actions.ledger import LIVE, WAITING, plan_due, settle
from patients.alarms import alarms
from patients.enums import ReminderState
from patients.models import Cycle, Digest, Reminder, ScheduledActivity

__all__ = ["alarms", "cancel", "cancel_cycles", "move", "plan_due", "restore", "restore_cycles"]

Ids = Collection[uuid.UUID]


def cancel(activity_ids: Ids, *, because: str) -> None:
    """These doses need no reminder any more. A digest that is left with nothing is cancelled with them."""
    _cancel(Q(activity_id__in=list(activity_ids)), because)


def cancel_cycles(cycle_ids: Ids, *, because: str) -> None:
    """The reminders of these cycles as a whole (their day 1, or that they are not opened); not those of their doses."""
    _cancel(Q(cycle_id__in=list(cycle_ids)), because)


def restore(activity_ids: Ids) -> None:
    """These doses stand again as planned: what is due of them is told again."""
    _settle_sites_of(ScheduledActivity.objects.filter(pk__in=list(activity_ids)), because="no longer due")


def restore_cycles(cycle_ids: Ids) -> None:
    """These cycles stand again as planned: what is due of them is told again."""
    _settle_sites_of(Cycle.objects.filter(pk__in=list(cycle_ids)), because="no longer due")


def move(activity_ids: Ids) -> None:
    """These doses have other dates now: they are told on those instead."""
    _settle_sites_of(ScheduledActivity.objects.filter(pk__in=list(activity_ids)), because="moved")


@transaction.atomic
def _cancel(which: Q, because: str) -> None:
    concerned = Reminder.objects.filter(which, state__in=LIVE).values("digest_id")
    digests = _locked(Digest.objects.filter(pk__in=concerned, state__in=WAITING))
    if digests:
        rows = Reminder.objects.filter(which, digest__in=digests, state__in=LIVE)
        rows.update(state=ReminderState.CANCELLED, cancelled_because=because[:80])
        _follow(digests, because)


@transaction.atomic
def _settle_sites_of(rows: QuerySet, *, because: str) -> None:
    sites = rows.order_by().values("patient__site_id").distinct()
    digests = _locked(Digest.objects.filter(site_id__in=sites, state__in=[*WAITING, ReminderState.CANCELLED]))
    if digests:
        settle(digests, because=because)
        _follow(digests, because)


def _locked(digests: QuerySet) -> list[Digest]:
    """Those that are still to be sent (or to come back), in one order for everybody, so that nobody waits in a ring."""
    return list(digests.filter(next_attempt_at__isnull=False).select_for_update().order_by("pk"))


def _follow(digests: list[Digest], because: str) -> None:
    """A digest without a live item is cancelled; one that has got an item back is planned again."""
    live = set(
        Reminder.objects.filter(digest__in=digests, state__in=LIVE)
        .order_by()
        .values_list("digest_id", flat=True)
    )
    empty = Digest.objects.filter(pk__in=[digest.pk for digest in digests if digest.pk not in live])
    # One that has perhaps arrived is not called cancelled: its claim finds nothing due and leaves it as it is.
    empty.exclude(state=ReminderState.UNCERTAIN).update(
        state=ReminderState.CANCELLED, fault=f"Nothing left to tell: {because}."
    )
    back = [digest.pk for digest in digests if digest.pk in live and digest.state == ReminderState.CANCELLED]
    Digest.objects.filter(pk__in=back).update(state=ReminderState.PLANNED, fault="")
