"""What becomes of a digest once it was claimed: sent, failed, uncertain; and of those that nobody finished.

Every change asks whether this attempt still owns the row: a process that slept may have lost it meanwhile.
"""

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from patients.actions.ledger import LIVE
from patients.enums import ReminderState
from patients.models import Digest, Reminder

FIRST_WAIT = dt.timedelta(minutes=1)
LONGEST_WAIT = dt.timedelta(hours=1)
MOST_REPEATS = 1
CLAIM_LOST = "claim lost"


@transaction.atomic
def sent(digest: Digest, now: dt.datetime) -> str:
    """Also one that had become uncertain meanwhile, if nobody has sent it again."""
    final = {"lease_until": None, "next_attempt_at": None, "fault": ""}
    if not ours(digest, ReminderState.UNCERTAIN).update(state=ReminderState.SENT, sent_at=now, **final):
        return CLAIM_LOST
    _mirror(digest, ReminderState.SENT)
    return ReminderState.SENT


def failed(digest: Digest, fault: str, *, now: dt.datetime, lasting: bool) -> str:
    """Tried again while the day lasts: soon, and ever more seldom; after a `lasting` fault once an hour."""
    wait = LONGEST_WAIT if lasting else backoff(digest.attempts, digest.pk)
    waits = {"next_attempt_at": now + wait, "lease_until": None}
    changed = ours(digest).update(state=ReminderState.FAILED, fault=fault, **waits)
    return ReminderState.FAILED if changed else CLAIM_LOST


@transaction.atomic
def uncertain(digest: Digest, fault: str, *, now: dt.datetime) -> str:
    """Sent once more, marked; after that it stays as it is and a person looks."""
    again = now + FIRST_WAIT if digest.repeats < MOST_REPEATS else None
    waits = {"next_attempt_at": again, "lease_until": None}
    if not ours(digest).update(state=ReminderState.UNCERTAIN, fault=fault, **waits):
        return CLAIM_LOST
    _mirror(digest, ReminderState.UNCERTAIN)
    return ReminderState.UNCERTAIN


def backoff(attempts: int, key: uuid.UUID) -> dt.timedelta:
    """1, 2, 4, ... minutes, at most an hour; up to a fifth longer, by the digest, so that not all come back at once."""
    wait = min(FIRST_WAIT * 2 ** min(attempts - 1, 10), LONGEST_WAIT)
    return min(wait * (1 + key.int % 1000 / 5000), LONGEST_WAIT)


def recover(*, now: dt.datetime) -> int:
    """Digests whose sender ended without a word: tried again, or uncertain if the message had been handed over."""
    with transaction.atomic():
        left = Digest.objects.filter(state=ReminderState.SENDING, lease_until__lte=now)
        abandoned = list(left.select_for_update(skip_locked=True).order_by("pk"))
        for digest in abandoned:
            if digest.data_at is not None:
                uncertain(digest, "The sender stopped after the message was handed over.", now=now)
            else:
                fault = "The sender stopped before the message was handed over."
                change(digest, state=ReminderState.FAILED, fault=fault, next_attempt_at=now, lease_until=None)
    return len(abandoned)


def lapse(*, now: dt.datetime) -> int:
    """The day of these is over: no further attempt. The next day's digest tells what is still due."""
    with transaction.atomic():
        over = Digest.objects.filter(next_attempt_at__isnull=False, expires_at__lte=now)
        digests = list(over.select_for_update(skip_locked=True).order_by("pk"))
        for digest in digests:
            fault = digest.fault or "Not sent while its day lasted: no sweep came to it."
            change(digest, state=_last_state(digest), next_attempt_at=None, fault=fault)
            _mirror(digest, digest.state)
    return len(digests)


def _last_state(digest: Digest) -> str:
    if digest.state in (ReminderState.CANCELLED, ReminderState.UNCERTAIN):
        return digest.state
    return ReminderState.UNCERTAIN if digest.repeats else ReminderState.FAILED


def ours(digest: Digest, *also: str) -> QuerySet:
    """The row, as long as this attempt owns it: nobody has claimed it since, nor given it up (save into `also`)."""
    return Digest.objects.filter(
        pk=digest.pk, attempts=digest.attempts, state__in=[ReminderState.SENDING, *also]
    )


def change(digest: Digest, **values: Any) -> None:
    """Change a row that this transaction holds locked."""
    for name, value in values.items():
        setattr(digest, name, value)
    digest.save(update_fields=list(values))


def _mirror(digest: Digest, state: str) -> None:
    """The reminders in it share its fate, save those that were cancelled."""
    Reminder.objects.filter(digest_id=digest.pk, state__in=LIVE).update(state=state)
