"""Links of the accounts pages."""

from django.http import HttpRequest
from django.urls import reverse

from protocoltracker.accounts.access import is_administrator
from protocoltracker.accounts.models import Site
from protocoltracker.shell import Group, Item


def groups(request: HttpRequest, site: Site | None) -> list[Group]:
    if not is_administrator(request.user):
        return []
    people = Item("People", reverse("accounts:people"), "people")
    sites = Item("Sites", reverse("accounts:sites"), "building")
    return [Group("Administration", [people, sites, Item("System", reverse("system"), "gear")])]
