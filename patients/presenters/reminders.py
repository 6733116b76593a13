"""Words and links of the reminder pages: what is due, what was told, each message as it was sent."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse

from patients import digest_lines
from patients.enums import DigestKind, ReminderRule, ReminderState
from patients.models import Digest, Reminder, SweepLog
from patients.reminders import Item
from protocoltracker.accounts.models import Site, User

TAGS = {
    ReminderState.PLANNED: "planned",
    ReminderState.SENDING: "queued",
    ReminderState.SENT: "sent",
    ReminderState.UNCERTAIN: "warning",
    ReminderState.FAILED: "failed",
    ReminderState.CANCELLED: "cancelled",
}
VIEWS = {"open": "Open", "sent": "Sent", "failed": "Failed", "cancelled": "Cancelled"}
STATES_OF_VIEW = {
    "sent": [ReminderState.SENT],
    "failed": [ReminderState.FAILED, ReminderState.UNCERTAIN],
    "cancelled": [ReminderState.CANCELLED],
}
HINTS = {
    "open": "as the next digest would tell them",
    "sent": "newest first",
    "failed": "not delivered, or perhaps not",
    "cancelled": "no longer due before they were sent",
}


def open_row(line: digest_lines.Line, *, to: Iterable[User]) -> dict[str, Any]:
    """What one patient needs on one day, as the digest tells it."""
    return {
        "on": line.on,
        "subject": line.subject,
        "patient_id": line.patient_id,
        "about": ", ".join(filter(None, (line.what, line.where, line.extra))),
        "to": names(to),
        "state": _look(line.item),
        "state_word": line.state,
    }


def _look(item: Item) -> str:
    if item.late:
        return "overdue"
    if item.state in ("held", "running"):
        return item.state
    return "due" if item.rule == ReminderRule.TODAY else "planned"


def reminder_row(reminder: Reminder) -> dict[str, Any]:
    """One thing that was told, or was to be."""
    digest = reminder.digest
    state, word = TAGS[ReminderState(reminder.state)], reminder.get_state_display()
    return {
        "on": reminder.due_on,
        "subject": reminder.patient.subject,
        "patient_id": reminder.patient_id,
        "about": about_reminder(reminder),
        "to": f"{digest.recipient}, digest of {digest.day}",
        "state": state,
        "state_word": f"{word}: {reminder.cancelled_because}" if reminder.cancelled_because else word,
    }


def about_reminder(reminder: Reminder) -> str:
    """Order, cycle and day; the rule in words for a whole cycle."""
    if reminder.activity is not None:
        activity = reminder.activity
        return f"{activity.drug}, {activity.cycle.label} day {activity.day}"
    assert reminder.cycle is not None  # noqa: S101 (the database holds that it is of a dose or of a cycle)
    return f"{reminder.get_rule_display()}: {reminder.cycle.label} day 1"


def names(people: Iterable[User]) -> str:
    return ", ".join(str(person) for person in people) or "nobody"


def ladder(sites: Iterable[Site], told: Mapping[Any, list[User]]) -> list[dict[str, str]]:
    """Who is told, and when."""
    text = "What is overdue, due today or in the next 3 days; day 1 of a cycle also 7 days ahead."
    return [
        {
            "when": f"{site.digest_at:%H:%M} every day",
            "who": f"{names(told[site.pk])}, {site.name}",
            "text": f"{text} Local time, {site.time_zone}.",
        }
        for site in sites
    ]


def digest_row(digest: Digest) -> dict[str, Any]:
    """A digest in the panel beside the list."""
    return {
        "to": f"{digest.recipient}, {digest.site}",
        "at": digest.sent_at.astimezone(digest.site.zone) if digest.sent_at else None,
        "state": TAGS[ReminderState(digest.state)],
        "state_word": digest.get_state_display(),
        "url": digest.get_absolute_url() if digest.body else "",
    }


def message_row(digest: Digest) -> dict[str, Any]:
    """A message in the outbox."""
    written = digest.sent_at or digest.created_at
    return digest_row(digest) | {
        "at": written.astimezone(digest.site.zone),
        "to": f"{digest.recipient} <{digest.address or digest.recipient.email}>",
        "subject_line": digest.subject or f"Not written yet: {digest.site}, {digest.day}",
        "site": digest.site.name,
        "attempts": digest.attempts,
        "url": digest.get_absolute_url(),
    }


def message(digest: Digest, items: Iterable[Reminder]) -> dict[str, Any]:
    """One message, exactly as it was written."""
    requested = " (on request)" if digest.kind == DigestKind.ON_REQUEST else ""
    return {
        "subject_line": digest.subject or "Not written yet",
        "state": TAGS[ReminderState(digest.state)],
        "state_word": digest.get_state_display(),
        "text": digest.body or "This message has not been written yet.",
        "html_url": reverse("reminders:message-html", args=[digest.pk]) if digest.html else "",
        "facts": [
            {"label": "To", "value": digest.address or digest.recipient.email or "–"},
            {"label": "Site, day", "value": f"{digest.site}, {digest.day}{requested}"},
            {"label": "Date", "value": _local(digest.created_at, digest.site)},
            {"label": "Message-ID", "value": digest.message_id},
        ],
        "items": [reminder_row(item) | {"about": about_reminder(item)} for item in items],
    }


def attempts(digest: Digest) -> list[dict[str, Any]]:
    """What became of it; the last attempt in words."""
    if not digest.attempts and not digest.fault:
        return []
    told = [f"Attempt {digest.attempts}." if digest.attempts else "", digest.fault]
    if digest.state == ReminderState.SENT:
        told.append("Accepted by the mail server, or written to the outbox folder.")
    if digest.repeats:
        told.append(
            "It had perhaps arrived before: sent again with the same Message-ID, marked as a possible repeat."
        )
    if digest.next_attempt_at and digest.state != ReminderState.CANCELLED:
        told.append(f"Next try {_local(digest.next_attempt_at, digest.site)}.")
    at = digest.sent_at or digest.data_at or digest.created_at
    return [
        {
            "at": at.astimezone(digest.site.zone),
            "state": TAGS[ReminderState(digest.state)],
            "state_word": digest.get_state_display(),
            "text": " ".join(filter(None, told)),
        }
    ]


def last_sweep(log: SweepLog | None, now: dt.datetime) -> str:
    """“Last sweep 3 minutes ago.”"""
    if log is None:
        return "No sweep has ended yet."
    minutes = int((now - log.ended_at).total_seconds() // 60)
    return f"Last sweep {digest_lines.counted(minutes, 'minute')} ago." if minutes else "Last sweep just now."


def reached(digests: Iterable[Digest]) -> str:
    """“Today’s digest reached 1 of 2 people.”"""
    states = [digest.state for digest in digests if digest.state != ReminderState.CANCELLED]
    if not states:
        return "No digest has been written today."
    return f"Today’s digest reached {states.count(ReminderState.SENT)} of {len(states)} people."


def _local(moment: dt.datetime, site: Site) -> str:
    return f"{moment.astimezone(site.zone):%Y-%m-%d %H:%M %z}"
