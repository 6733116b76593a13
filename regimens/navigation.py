"""Links of the protocol pages; everybody who signs in may read the protocol."""

from django.http import HttpRequest
from django.urls import reverse

from protocoltracker.accounts.models import Site
from protocoltracker.shell import Group, Item


def groups(request: HttpRequest, site: Site | None) -> list[Group]:
    return [Group("Trial", [Item("Protocol", reverse("regimens:list"), "doc")])]
