"""Somebody else saved first: theirs beside yours, field by field (components/_conflict.html)."""

from collections.abc import Mapping
from typing import Any

from patients.kinds import Kind
from patients.models.patient import PatientRecord
from patients.presenters.values import label, shown
from protocoltracker.audit.models import Change


def of(
    kind: Kind, current: PatientRecord, *, read: Mapping[str, Any], typed: Mapping[str, Any], last: Change
) -> dict[str, Any]:
    """`current` is what stands now, `read` the row that the page showed, `typed` what the person wanted to save."""
    zone = current.patient.site.zone
    changes = []
    for name in kind.fields():
        field = kind.field(name)
        old, new = (shown(field, value, zone=zone) for value in (read.get(name), getattr(current, name)))
        yours = shown(field, typed[name], zone=zone)
        if old != new or yours != new:
            changes.append(
                {
                    "label": label(field),
                    "theirs_old": old,
                    "theirs_new": new,
                    "yours": yours if yours != new else "",
                }
            )
    return {"who": last.actor_name, "at": last.at.astimezone(zone), "changes": changes}
