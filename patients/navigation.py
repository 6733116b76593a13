"""Links of the ward; the counts are the same queries as the pages."""

from django.http import HttpRequest
from django.urls import reverse

from patients.models.patient import READERS
from patients.views.common import counts_of
from protocoltracker.accounts.access import access_of
from protocoltracker.accounts.models import Site
from protocoltracker.shell import Group, Item


def groups(request: HttpRequest, site: Site | None) -> list[Group]:
    if not access_of(request.user).has(READERS):
        return []
    counts = counts_of(request, site)
    return [
        Group(
            "Ward",
            [
                Item("Today", reverse("worklist"), "list", counts.overdue or None, alert=True),
                Item("Patients", reverse("patients:list"), "people", counts.patients),
                Item("Reminders", reverse("reminders:list"), "bell"),
            ],
        )
    ]
