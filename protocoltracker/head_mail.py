"""Once a day the head of the audit trail goes by mail to the administrators: counts and a hash, nothing of a patient.

A copy of the head on another machine is what shows that the trail's end was cut off, or the whole of it written anew.
PostgreSQL remembers who was told on which day (UTC), so it does not matter who sweeps, or how often.
"""

import datetime as dt
import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction

from protocoltracker.accounts.models import Role, User
from protocoltracker.audit import sealing
from protocoltracker.audit.heads import Head
from protocoltracker.postman import NotAccepted, NotKnown, Postman

log = logging.getLogger(__name__)
TURN = 0x41554449  # of the advisory lock: one process at a time sends
TEXT = """\
{head}

{waiting} entries have been written since and are not sealed yet.

Keep this mail. Should the audit trail ever be in doubt, save such mails as a file and run:
manage.py verify_audit --anchors FILE
"""


def tell(*, today: dt.date) -> int:
    """Mail the head to every administrator who was not told today; how many were told.

    What is not accepted is tried again at the next sweep; only a lasting refusal waits for the next day.
    """
    head = sealing.head()
    if head is None:
        return 0
    with transaction.atomic():
        people = _not_told(today) if _our_turn() else []
        with Postman() as postman:
            outcomes = [(person, _post(postman, person, head)) for person in people]
        for (
            person,
            outcome,
        ) in outcomes:  # written last: a transaction that has written keeps the sealing waiting
            if outcome:
                _remember(today, person, outcome)
    return sum(outcome in ("sent", "uncertain") for _, outcome in outcomes)


def _our_turn() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TURN])
        return cursor.fetchone()[0]


def _not_told(today: dt.date) -> list[User]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT recipient FROM audit.head_mail WHERE day = %s", [today])
        told = [row[0] for row in cursor.fetchall()]
    administrators = User.objects.filter(
        is_active=True, memberships__role=Role.ADMINISTRATOR, memberships__ended_at__isnull=True
    )
    return list(administrators.exclude(pk__in=told).exclude(email="").order_by("pk").distinct())


def _post(postman: Postman, person: User, head: Head) -> str:
    """What to remember of it; empty when it is to be tried again."""
    try:
        postman.post(_message(person, head), before_data=lambda: None)
    except NotKnown:
        return "uncertain"
    except NotAccepted as refusal:
        log.warning("the head of the audit trail was not accepted by the mail server: %s", refusal.fault)
        return "refused" if refusal.lasting else ""
    return "sent"


def _message(person: User, head: Head) -> EmailMessage:
    return EmailMessage(
        subject=f"Audit trail: {head.total} entries sealed",
        body=TEXT.format(head=head, waiting=sealing.waiting()),
        to=[person.email],
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
        from_email=settings.DEFAULT_FROM_EMAIL,
    )


def _remember(today: dt.date, person: User, outcome: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit.head_mail (day, recipient, outcome) VALUES (%s, %s, %s)",
            [today, person.pk, outcome],
        )
