"""What is due on a day, as text for people and as JSON for scripts."""

import json
from typing import Any

from patients import digest_lines
from patients.actions.on_request import DayReport
from patients.enums import ReminderState
from patients.models import Digest


def as_text(reports: list[DayReport]) -> str:
    """Sites one below the other: who is told, then the groups of the digest, a line each patient, cycle and day."""
    if not reports:
        return "No site has a patient on treatment."
    return "\n\n".join("\n".join(_site(report)) for report in reports)


def _site(report: DayReport) -> list[str]:
    groups = digest_lines.groups(report.items, today=report.day)
    told = digest_lines.headline(groups) or "nothing is due"
    lines = [f"{report.site.name} · {digest_lines.date(report.day)} · {told}"]
    lines += [f"  to {person} <{person.email}>: {_fate(report, person)}" for person in report.people]
    if not report.people:
        lines.append("  to nobody: no coordinator with an email address")
    for group in groups:
        lines.append(f"  {group.title}: {group.count}")
        lines += [f"    {line.subject}  {line.what} · {line.note} · {line.state}" for line in group.lines]
    return lines


def _fate(report: DayReport, person: Any) -> str:
    digest = report.digests.get(person)
    if digest is not None:
        return _state(digest, report)
    if not report.items:
        return "no message, nothing is due"
    return "not sent" if report.is_today else "not sent (another day than today; --send sends it)"


def _state(digest: Digest, report: DayReport) -> str:
    if digest.state == ReminderState.SENT and digest.sent_at:
        return f"sent {digest.sent_at.astimezone(report.site.zone):%Y-%m-%d %H:%M %z}"
    return f"{digest.get_state_display().lower()}. {digest.fault}".rstrip(". ")


def as_json(reports: list[DayReport]) -> str:
    """A list of sites; dates ISO, instants with their offset, a missing value null."""
    return json.dumps([_site_object(report) for report in reports], indent=1, ensure_ascii=False)


def _site_object(report: DayReport) -> dict[str, Any]:
    groups = digest_lines.groups(report.items, today=report.day)
    return {
        "site": report.site.name,
        "time_zone": report.site.time_zone,
        "day": report.day.isoformat(),
        "is_today": report.is_today,
        "counts": {group.rule: group.count for group in groups},
        "recipients": [_person_object(report, person) for person in report.people],
        "items": [
            {
                "group": item.rule,
                "subject": item.cycle.subject,
                "order": item.order or None,
                "phase": item.cycle.phase,
                "cycle": item.cycle.number,
                "cycle_opened": item.cycle.opened,
                "day": item.day,
                "date": item.on.isoformat(),
                "state": item.state,
                "days_late": item.late,
            }
            for item in report.items
        ],
        "alarms": report.faults,
    }


def _person_object(report: DayReport, person: Any) -> dict[str, Any]:
    digest = report.digests.get(person)
    sent_at = digest.sent_at.astimezone(report.site.zone).isoformat() if digest and digest.sent_at else None
    return {
        "name": str(person),
        "address": person.email,
        "state": digest.state if digest else "not sent",
        "sent_at": sent_at,
        "message_id": digest.message_id if digest else None,
    }
