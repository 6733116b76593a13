"""One look at the reminders: plan what is due, send what waits, write down that it was done; and give up old uploads.

Whoever rings (beat, a worker's own timer, a person) and however often, the result is the same.
"""

import datetime as dt
from collections.abc import Callable

from patients.actions import uploads
from patients.actions.ledger import plan_due
from patients.actions.sending import send_due
from patients.enums import ReminderState
from patients.models import SweepLog

KEPT = dt.timedelta(days=7)


def sweep(*, clock: Callable[[], dt.datetime]) -> SweepLog:
    """`clock` gives the present instant, aware. The log row is written at the end: silence means that none ended."""
    planned = plan_due(now=clock())
    outcomes = send_due(clock=clock)
    now = clock()
    SweepLog.objects.filter(ended_at__lt=now - KEPT).delete()
    uploads.give_up_old(now=now)
    return SweepLog.objects.create(
        ended_at=now,
        planned=planned.digests,
        sent=outcomes[ReminderState.SENT],
        failed=outcomes[ReminderState.FAILED] + outcomes[ReminderState.UNCERTAIN],
    )
