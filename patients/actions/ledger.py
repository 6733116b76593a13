"""The ledger of reminders: each is a row, unique, before it is a line of an email (PostgreSQL is the truth)."""

import datetime as dt
import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from patients import reminder_reads
from patients.enums import DigestKind, ReminderState
from patients.local_time import digest_instant, end_of_day
from patients.models import Digest, Reminder
from patients.reminders import Item, Key
from protocoltracker.accounts.models import Site, User

LIVE = [ReminderState.PLANNED, ReminderState.UNCERTAIN]
WAITING = [ReminderState.PLANNED, ReminderState.FAILED, ReminderState.UNCERTAIN]
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """How many rows a planning added."""

    digests: int = 0
    reminders: int = 0


def plan_due(*, now: dt.datetime) -> Planned:
    """Write the digests whose hour has come at their site, with their reminders, before anything is sent.

    Again, or by several at once, it adds nothing: each digest is unique, and whoever writes it writes its reminders
    in the same transaction. A site with nothing due gets no digest; what becomes due later that day is then told later.
    """
    by_day: dict[dt.date, list[Site]] = defaultdict(list)
    for site in reminder_reads.sites_with_patients():
        day = _day_whose_hour_has_come(site, now)
        if day is not None:
            by_day[day].append(site)
    plans = [plan(sites, day, kind=DigestKind.DAILY, now=now) for day, sites in by_day.items()]
    return Planned(digests=sum(p.digests for p in plans), reminders=sum(p.reminders for p in plans))


def _day_whose_hour_has_come(site: Site, now: dt.datetime) -> dt.date | None:
    try:
        day = site.today(now)
        return day if digest_instant(day, site.digest_at, site.zone) <= now else None
    except (
        KeyError,
        ValueError,
        OSError,
    ):  # a zone that this machine does not know must not stop the other sites
        log.error(
            "site %s: time zone %r is not known here; no digest is planned for it", site.pk, site.time_zone
        )
        return None


def plan(sites: Sequence[Site], day: dt.date, *, kind: str, now: dt.datetime) -> Planned:
    """Write the digests of local `day` of these sites that are not written yet, whatever the hour."""
    with transaction.atomic():
        missing = _missing(sites, day, kind)
        due = reminder_reads.items_due([site.pk for site in missing], day) if missing else {}
        drafts = [
            _draft(site, user, day, kind, now)
            for site, users in missing.items()
            if due[site.pk]
            for user in users
        ]
        written = _insert(drafts)
        reminders = [_reminder(digest, item) for digest in written for item in due[digest.site_id]]
        Reminder.objects.bulk_create(reminders, ignore_conflicts=True, batch_size=1000)
    return Planned(digests=len(written), reminders=len(reminders))


def _missing(sites: Sequence[Site], day: dt.date, kind: str) -> dict[Site, list[User]]:
    """Who has no digest of that day yet, by site."""
    told = reminder_reads.recipients([site.pk for site in sites])
    there = set(
        Digest.objects.filter(day=day, kind=kind, site__in=sites)
        .order_by()
        .values_list("site_id", "recipient_id")
    )
    for site in sites:
        if not told[site.pk]:
            log.error("site %s: nobody to tell; no coordinator there has an email address", site.pk)
    missing = {site: [user for user in told[site.pk] if (site.pk, user.pk) not in there] for site in sites}
    return {site: users for site, users in missing.items() if users}


def _draft(site: Site, user: User, day: dt.date, kind: str, now: dt.datetime) -> Digest:
    pk = uuid.uuid4()
    last_day = day if kind == DigestKind.DAILY else site.today(now)
    return Digest(
        id=pk,
        site=site,
        recipient=user,
        day=day,
        kind=kind,
        message_id=f"<{pk}@{_domain()}>",
        next_attempt_at=now,
        expires_at=end_of_day(last_day, site.zone),
        created_at=now,
    )


def _domain() -> str:
    """The right half of message ids: that of the sender's address."""
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ") or "localhost"


def _insert(drafts: list[Digest]) -> list[Digest]:
    """Insert; those that somebody else has just written are left to him, with their reminders."""
    if not drafts:
        return []
    Digest.objects.bulk_create(drafts, ignore_conflicts=True)
    ours = set(
        Digest.objects.filter(pk__in=[draft.pk for draft in drafts]).order_by().values_list("pk", flat=True)
    )
    return [draft for draft in drafts if draft.pk in ours]


def _reminder(digest: Digest, item: Item) -> Reminder:
    return Reminder(
        digest_id=digest.pk,
        site_id=digest.site_id,
        patient_id=item.cycle.patient_id,
        rule=item.rule,
        activity_id=item.activity_id,
        cycle_id=None if item.activity_id else item.cycle.id,
        due_on=item.on,
    )


def settle(digests: Sequence[Digest], *, because: str) -> dict[uuid.UUID, list[Item]]:
    """Make unsent digests hold exactly what is due now on their day; the items of each.

    Call it with the digests locked or claimed. What is no longer due is cancelled with `because`; what became due, or
    due again, is added. A digest that was sent is never touched: it says what was told.
    """
    due: dict[tuple[uuid.UUID, dt.date], list[Item]] = {}
    for day in {digest.day for digest in digests}:
        sites = {digest.site_id for digest in digests if digest.day == day}
        due.update({(site, day): items for site, items in reminder_reads.items_due(sites, day).items()})
    items = {digest.pk: due[digest.site_id, digest.day] for digest in digests}
    there = _rows(Reminder.objects.filter(digest__in=digests).order_by())
    _cancel_rows([row for rows in there.values() for row in rows.values()], items, because)
    revived = [
        there[pk][i.key].pk for pk, told in items.items() for i in told if _is_cancelled(there[pk].get(i.key))
    ]
    Reminder.objects.filter(pk__in=revived).update(state=ReminderState.PLANNED, cancelled_because="")
    new = [
        _reminder(digest, i) for digest in digests for i in items[digest.pk] if i.key not in there[digest.pk]
    ]
    Reminder.objects.bulk_create(new, ignore_conflicts=True, batch_size=1000)
    return items


def _rows(reminders: QuerySet) -> dict[uuid.UUID, dict[Key, Reminder]]:
    rows: dict[uuid.UUID, dict[Key, Reminder]] = defaultdict(dict)
    for row in reminders:
        rows[row.digest_id][(row.rule, row.activity_id, row.cycle_id, row.due_on)] = row
    return rows


def _cancel_rows(rows: Iterable[Reminder], items: dict[uuid.UUID, list[Item]], because: str) -> None:
    wanted = {pk: {item.key for item in told} for pk, told in items.items()}
    gone = [
        row.pk
        for row in rows
        if row.state in LIVE
        and (row.rule, row.activity_id, row.cycle_id, row.due_on) not in wanted[row.digest_id]
    ]
    Reminder.objects.filter(pk__in=gone).update(state=ReminderState.CANCELLED, cancelled_because=because[:80])


def _is_cancelled(row: Reminder | None) -> bool:
    return row is not None and row.state == ReminderState.CANCELLED
