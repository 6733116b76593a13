"""Send the digests that wait, one at a time: claim and commit, check again, hand over, mark.

Any number of processes may do this at once, and any of them may end at any line:
- before the message was handed over, the claim runs out and the digest is tried again;
- after it, nobody knows whether it arrived: it is uncertain, sent once more with the same Message-ID and Date, marked
  as a possible repeat, and listed;
- a process that lost its claim while it slept may not hand over any more.
"""

import datetime as dt
import logging
import traceback
from collections import Counter
from collections.abc import Callable

from django.db import transaction
from django.db.models import QuerySet

from patients import digest_mail, reminder_reads
from patients.actions.deliveries import CLAIM_LOST, change, failed, lapse, ours, recover, sent, uncertain
from patients.actions.ledger import LIVE, WAITING, settle
from patients.enums import ReminderState
from patients.models import Digest, Reminder
from protocoltracker.failpoints import reach
from protocoltracker.postman import NotAccepted, NotKnown, Postman

LEASE = dt.timedelta(minutes=5)  # longer than the slowest dialogue that still ends well: nine answers of 20 s
BUDGET = dt.timedelta(minutes=2)  # of one call; what is left then is taken by the next sweep
log = logging.getLogger(__name__)


class ClaimLost(Exception):
    """Somebody else took this digest over."""


def send_due(*, clock: Callable[[], dt.datetime], only: QuerySet | None = None) -> Counter:
    """Send what waits (of `only`, if given) until nothing is left or the budget is spent; counts by outcome."""
    outcomes: Counter = Counter()
    end = clock() + BUDGET
    recover(now=clock())
    lapse(now=clock())
    with Postman() as postman:
        while clock() < end:
            digest = claim(now=clock(), only=only)
            if digest is None:
                break
            outcomes[_send(digest, postman, clock)] += 1
    return outcomes


def claim(*, now: dt.datetime, only: QuerySet | None = None) -> Digest | None:
    """Take one waiting digest, so that nobody else does, and commit that before anything else."""
    waiting = Digest.objects.filter(state__in=WAITING, next_attempt_at__lte=now, expires_at__gt=now)
    if only is not None:
        waiting = waiting.filter(pk__in=only.order_by().values("pk"))
    with transaction.atomic():
        free = waiting.select_for_update(skip_locked=True, of=("self",)).select_related("site", "recipient")
        digest = free.order_by("next_attempt_at", "pk").first()
        if digest is not None:
            repeats = digest.repeats + (digest.state == ReminderState.UNCERTAIN)
            claimed = {"attempts": digest.attempts + 1, "repeats": repeats, "data_at": None}
            change(
                digest, state=ReminderState.SENDING, lease_until=now + LEASE, next_attempt_at=None, **claimed
            )
    reach("after-claim")
    return digest


def _send(digest: Digest, postman: Postman, clock: Callable[[], dt.datetime]) -> str:
    try:
        if not _prepare(digest):
            return _log(digest, ReminderState.CANCELLED)
        postman.post(digest_mail.message(digest), before_data=lambda: _handing_over(digest, clock()))
    except ClaimLost:
        return _log(digest, CLAIM_LOST)
    except NotAccepted as refusal:
        return _log(digest, failed(digest, refusal.fault, now=clock(), lasting=refusal.lasting))
    except NotKnown as doubt:
        return _log(digest, uncertain(digest, doubt.fault, now=clock()))
    except Exception as fault:  # one that cannot be written must not stop the others
        log.error("digest %s could not be written: %s", digest.pk, _where(fault))
        return failed(digest, f"It could not be written: {type(fault).__name__}.", now=clock(), lasting=False)
    # From here on a fault leaves it claimed, and so uncertain when the claim runs out: it was accepted.
    reach("after-accepted")
    return _log(digest, sent(digest, clock()))


def _where(fault: Exception) -> str:
    """Kind and place alone: the words of a database error may quote the row."""
    frame = traceback.extract_tb(fault.__traceback__)[-1]
    return f"{type(fault).__name__} at {frame.filename}:{frame.lineno}"


def _log(digest: Digest, outcome: str) -> str:
    level = logging.INFO if outcome in (ReminderState.SENT, ReminderState.CANCELLED) else logging.WARNING
    log.log(level, "digest %s, attempt %s: %s", digest.pk, digest.attempts, outcome)
    return outcome


@transaction.atomic
def _prepare(digest: Digest) -> bool:
    """Check again that each item is due and the person is still told, then write the message. False: called off."""
    items = settle([digest], because="no longer due")[digest.pk]
    told = reminder_reads.recipients([digest.site_id])[digest.site_id]
    person = next((user for user in told if user.pk == digest.recipient_id), None)
    if person is None:
        return _call_off(digest, "This person is no longer told about this site, or has no address any more.")
    if not items:
        return _call_off(digest, "Nothing in it is due any more.")
    content = digest_mail.compose(digest, items)
    digest.subject, digest.body, digest.html, digest.address = (*content, person.email)
    written = {"subject": digest.subject, "body": digest.body, "html": digest.html, "address": digest.address}
    if not ours(digest).update(**written):
        raise ClaimLost
    return True


def _call_off(digest: Digest, why: str) -> bool:
    """Nothing is sent. One that has perhaps arrived stays listed as uncertain."""
    state = ReminderState.UNCERTAIN if digest.repeats else ReminderState.CANCELLED
    if not ours(digest).update(state=state, lease_until=None, fault=why):
        raise ClaimLost
    reminders = Reminder.objects.filter(digest=digest, state__in=LIVE)
    reminders.update(state=ReminderState.CANCELLED, cancelled_because=why[:80])
    return False


def _handing_over(digest: Digest, now: dt.datetime) -> None:
    """The last moment at which a fault is a clear no. From here on the outcome may stay unknown."""
    reach("before-data")
    if not ours(digest).update(data_at=now, lease_until=now + LEASE):
        raise ClaimLost
    reach("after-data-mark")
