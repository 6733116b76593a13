"""What can be done with a planned dose: the same on the worklist and on the page of its cycle."""

import uuid
from typing import Any

from django.urls import reverse

from patients.enums import ActivityState
from patients.models import ScheduledActivity
from patients.presenters.common import amount

NOTHING: dict[str, Any] = {"primary": None, "other": None}


def of_dose(activity: ScheduledActivity, *, due: str | None, subject: str, back: str = "") -> dict[str, Any]:
    """`primary` and `other` of a row. `due` as in patients.due; `back` "cycle" returns there after one click.

    One click only where it is safe: a dose due today, of a drug that needs no second pair of eyes, not held.
    """
    if activity.provisional or due not in ("today", "overdue"):
        return NOTHING
    name = f"{activity.drug}, {subject}"
    if activity.state == ActivityState.RUNNING:
        url = reverse("patients:end-dose", args=[activity.patient_id, activity.pk])
        return {"primary": _link("Record end…", url, f"Record end: {name}"), "other": None}
    form = reverse("patients:record-dose", args=[activity.patient_id, activity.pk])
    if due == "overdue" or activity.second_person or activity.state != ActivityState.PLANNED:
        return {"primary": _link("Record dose…", form, f"Record dose: {name}"), "other": None}
    return {"primary": _one_click(activity, subject, back), "other": _link("…", form, f"Other: {name}")}


def _link(label: str, url: str, aria: str) -> dict[str, Any]:
    return {"label": label, "url": url, "aria": aria, "key": "o"}


def _one_click(activity: ScheduledActivity, subject: str, back: str) -> dict[str, Any]:
    label = "Started as planned" if activity.until else "Given as planned"
    hidden = {"row_version": activity.row_version, "form_token": uuid.uuid4()}
    return {
        "label": label,
        "method": "post",
        "url": reverse("patients:give", args=[activity.patient_id, activity.pk]),
        "icon": "check",
        "key": "g",
        "aria": f"{label}: {activity.drug} {amount(activity.dose, activity.dose_unit)}, {subject}",
        "hidden": hidden | ({"back": back} if back else {}),
    }
