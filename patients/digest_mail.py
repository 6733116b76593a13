"""A digest as an email: text and HTML from the same lines, one recipient, the same headers at every attempt."""

from collections.abc import Iterable
from email.utils import format_datetime
from typing import NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from patients import digest_lines
from patients.models import Digest
from patients.reminders import Item

REPEAT_HEADER = "X-Protocoltracker-Possible-Repeat"


class Content(NamedTuple):
    subject: str
    body: str
    html: str


def compose(digest: Digest, items: Iterable[Item]) -> Content:
    """Subject, text and HTML of a digest that tells `items`."""
    groups = digest_lines.groups(list(items), today=digest.day)
    subject = digest_lines.subject_line(digest.site.name, groups)
    context = {
        "subject_line": subject,
        "groups": [_section(group) for group in groups],
        "headline": digest_lines.headline(groups),
        "site": digest.site,
        "day": digest_lines.date(digest.day),
        "why": f"To {digest.recipient}, {digest.site.name}.",
        "key": digest.pk,
        "repeat": digest.repeats > 0,
        "demo": settings.DEMO,
        "worklist": {"url": _address("worklist"), "label": "Open the list"},
        "settings_url": _address("reminders:list"),
    }
    text, html = (render_to_string(f"email/digest.{form}", context) for form in ("txt", "html"))
    return Content(subject, text, html)


def _section(group: digest_lines.Group) -> dict:
    rows = [
        {
            "subject": line.subject,
            "url": _address("patients:detail", line.patient_id),
            "what": line.what,
            "note": line.where,
            "date": line.date,
            "extra": line.extra,
            "state": line.state,
        }
        for line in group.lines
    ]
    return {"title": f"{group.title}: {group.count}", "late": group.rule == "overdue", "rows": rows}


def _address(name: str, *args: object) -> str:
    return settings.BASE_URL + reverse(name, args=args)


def message(digest: Digest) -> EmailMultiAlternatives:
    """The email of a composed digest. Message-ID and Date come from its row, so a second copy is known as one."""
    headers = {
        "Message-ID": digest.message_id,
        "Date": format_datetime(digest.created_at),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if digest.repeats:
        headers[REPEAT_HEADER] = "yes"
    email = EmailMultiAlternatives(digest.subject, digest.body, to=[digest.address], headers=headers)
    email.attach_alternative(digest.html, "text/html")
    return email
