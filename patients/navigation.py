"""Links of the ward; the counts are the same queries as the pages."""

from django.http import HttpRequest
from django.urls import reverse

from patients import policies
from patients.models.patient import READERS
from patients.views.common import counts_of
from protocoltracker.accounts.access import access_of
from protocoltracker.accounts.models import Site
from protocoltracker.shell import Group, Item


def groups(request: HttpRequest, site: Site | None) -> list[Group]:
    if not access_of(request.user).has(READERS):
        return []
    outcomes = Group("Trial", [Item("Outcomes", reverse("outcomes:dashboard"), "chart")])
    return [*_data(request), _ward(request, site), outcomes]


def _data(request: HttpRequest) -> list[Group]:
    """First for whoever looks after the data."""
    if not policies.may(request.user, "import patients"):
        return []
    return [Group("Data", [Item("Import", reverse("imports:list"), "up")])]


def _ward(request: HttpRequest, site: Site | None) -> Group:
    counts = counts_of(request, site)
    return Group(
        "Ward",
        [
            Item("Today", reverse("worklist"), "list", counts.overdue or None, alert=True),
            Item("Patients", reverse("patients:list"), "people", counts.patients),
            Item("Reminders", reverse("reminders:list"), "bell"),
        ],
    )
