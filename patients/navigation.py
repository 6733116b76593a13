"""Links of the ward; the counts are the same queries as the pages."""

from django.http import HttpRequest
from django.urls import reverse

from patients import queries
from patients.models.patient import READERS
from protocoltracker.accounts.access import access_of
from protocoltracker.accounts.models import Site
from protocoltracker.shell import Group, Item


def counts_of(request: HttpRequest, site: Site | None) -> queries.Counts:
    """The counts beside the links, asked once a request."""
    kept: queries.Counts | None = getattr(request, "ward_counts", None)
    counts = kept or queries.counts_for_nav(request.user, site)
    setattr(request, "ward_counts", counts)  # noqa: B010 (a request has no such field of its own)
    return counts


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
