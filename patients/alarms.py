"""What goes wrong with the reminders themselves: nobody to tell, no sweep, an email that did not arrive."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse

from patients import reminder_reads
from patients.enums import ReminderState
from patients.models import Digest, SweepLog
from patients.models.patient import READERS
from protocoltracker.accounts.access import access_of
from protocoltracker.accounts.models import Site

SILENCE = dt.timedelta(minutes=10)
LISTED = dt.timedelta(hours=36)
MOST_LISTED = 5


@dataclass(frozen=True, slots=True)
class Alarm:
    """`kind` is the look of the note; `site_id` None: it concerns every site."""

    title: str
    text: str
    url: str = ""
    link: str = ""
    kind: str = "overdue"
    site_id: uuid.UUID | None = None


def alarms(user: Any, *, now: dt.datetime, site: Site | None = None, undelivered: bool = True) -> list[Alarm]:
    """Alarms of the sites that `user` may read (or of `site` alone), the gravest first; three queries.

    Without `undelivered`, only those for which somebody has to be told by another way (two queries).
    """
    if not access_of(user).has(READERS):
        return []
    site_ids = access_of(user).site_ids(READERS) if site is None else [site.pk]
    sites = Site.objects.all() if site_ids is None else Site.objects.filter(pk__in=site_ids)
    grave = [*_nobody_to_tell(reminder_reads.unattended(sites)), *_silence(now)]
    return [*grave, *_undelivered(sites, now)] if undelivered else grave


def nobody_to_tell(site: Site) -> str:
    """The alarm in words, the same on the page, in the log and on the command line."""
    return (
        f"{site.name} has patients on treatment but no coordinator with an email address: nobody is reminded. "
        "An administrator gives somebody that role, with an address."
    )


def _nobody_to_tell(sites: Iterable[Site]) -> list[Alarm]:
    return [Alarm("Nobody to remind.", nobody_to_tell(site), site_id=site.pk) for site in sites]


def _silence(now: dt.datetime) -> list[Alarm]:
    last = SweepLog.objects.values_list("ended_at", flat=True).first()
    if last is not None and now - last <= SILENCE:
        return []
    since = "ever" if last is None else f"since {last:%Y-%m-%d %H:%M} UTC"
    text = f"No sweep has ended {since}, so no email goes out. Work from this list, and tell whoever runs the system."
    return [Alarm("Reminders stand still.", text)]


def _undelivered(sites: QuerySet, now: dt.datetime) -> list[Alarm]:
    """Failed and waiting, failed for good, or perhaps not arrived."""
    faulty = Digest.objects.filter(
        site__in=sites.order_by().values("pk"),
        state__in=[ReminderState.FAILED, ReminderState.UNCERTAIN],
        created_at__gt=now - LISTED,
    ).select_related("site", "recipient")
    found = list(faulty.order_by(F("next_attempt_at").desc(nulls_first=True), "pk")[: MOST_LISTED + 1])
    shown = [_not_delivered(digest) for digest in found[:MOST_LISTED]]
    if len(found) > MOST_LISTED:
        shown.append(
            Alarm("More were not delivered.", "", reverse("reminders:outbox") + "?view=failed", "Outbox")
        )
    return shown


def _not_delivered(digest: Digest) -> Alarm:
    tried = "once" if digest.attempts == 1 else f"{digest.attempts} times"
    what = "perhaps did not arrive" if digest.state == ReminderState.UNCERTAIN else "was not delivered"
    text = f"The digest of {digest.day} for {digest.recipient} at {digest.site} {what}. {digest.fault.rstrip('.')}. "
    text += f"Tried {tried}; {_next_try(digest)}"
    look = "held" if digest.state == ReminderState.UNCERTAIN else "overdue"
    return Alarm("Not delivered.", text, digest.get_absolute_url(), "The message", look, digest.site_id)


def _next_try(digest: Digest) -> str:
    if digest.next_attempt_at is None:
        return "it is not tried again. Work from the list on this page."
    return f"next try {digest.next_attempt_at.astimezone(digest.site.zone):%H:%M}."
