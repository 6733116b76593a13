"""What surrounds every page: navigation by role, the site switcher, the notice on synthetic data."""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.module_loading import import_string

from protocoltracker.accounts.access import access_of
from protocoltracker.accounts.models import Role, Site

CLINICAL = (Role.NURSE, Role.COORDINATOR, Role.INVESTIGATOR, Role.DATA_MANAGER, Role.MONITOR)


@dataclass
class Item:
    """One link of the navigation."""

    title: str
    url: str
    icon: str
    count: int | None = None
    alert: bool = False
    current: bool = False


@dataclass
class Group:
    title: str
    items: list[Item] = field(default_factory=list)


def sites_of(request: HttpRequest) -> list[Site]:
    """Sites where the person may read patients, by name."""
    return access_of(request.user).sites(CLINICAL)


def chosen_site(request: HttpRequest) -> Site | None:
    """The site chosen in the switcher; None means all sites of the person."""
    wanted = request.session.get("site")
    sites = sites_of(request)
    if len(sites) == 1:
        return sites[0]
    return next((site for site in sites if str(site.pk) == wanted), None)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell` as base.html expects it."""
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    site = chosen_site(request) if signed_in else None
    # A page about one site, such as a patient's, says its times in that site's zone (request.page_site).
    clock = getattr(request, "page_site", None) or site
    return {
        "shell": {
            "demo": settings.DEMO,
            "trial": "NCT01371630",
            "theme": getattr(user, "theme", "auto"),
            "keys": getattr(user, "single_keys", True),
            "sites": sites_of(request) if signed_in else [],
            "site": site,
            "zone": site.time_zone if site else "",
            "clock": clock,
            "read_at": timezone.now().astimezone(clock.zone) if clock else timezone.now(),
            "nav": _nav(request, site) if signed_in else [],
            "roles": _roles(request) if signed_in else "",
        }
    }


def _roles(request: HttpRequest) -> str:
    roles = [Role(role).label for role in Role.values if role in access_of(request.user).roles()]
    return ", ".join(roles) or "No role yet"


def _nav(request: HttpRequest, site: Site | None) -> list[Group]:
    """Each room adds its own links (`settings.NAVIGATION`); groups of the same title are put together."""
    groups: dict[str, Group] = {}
    for dotted in settings.NAVIGATION:
        for group in import_string(dotted)(request, site):
            groups.setdefault(group.title, Group(group.title)).items.extend(group.items)
    _mark_current(list(groups.values()), request.path)
    return list(groups.values())


def _mark_current(groups: list[Group], path: str) -> None:
    items = [item for group in groups for item in group.items]
    fitting = [item for item in items if path == item.url or (item.url != "/" and path.startswith(item.url))]
    if fitting:
        max(fitting, key=lambda item: len(item.url)).current = True
