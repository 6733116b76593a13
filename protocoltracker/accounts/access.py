"""Which roles a person has where: read once a request, asked everywhere. Deny by default."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from protocoltracker.accounts.models import Membership, Role, Site, User


class Denied(Exception):
    """Not allowed; the message tells the person why and who can. On a form it is shown above the fields."""

    field: str | None = None

    @property
    def message(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Access:
    """Roles that hold at every site, roles at single sites, and those sites by name."""

    everywhere: frozenset[str] = frozenset()
    at: dict[uuid.UUID, frozenset[str]] = field(default_factory=dict)
    known: dict[uuid.UUID, Site] = field(default_factory=dict)

    def has(self, roles: Iterable[str], site_id: uuid.UUID | None = None) -> bool:
        """True when one of `roles` holds at the site; without a site, when it holds anywhere."""
        wanted = frozenset(roles)
        if site_id is not None:
            return bool(wanted & (self.everywhere | self.at.get(site_id, frozenset())))
        return bool(wanted & self.everywhere) or any(wanted & held for held in self.at.values())

    def sites(self, roles: Iterable[str]) -> list[Site]:
        """The sites at which one of `roles` holds, by name."""
        ids = self.site_ids(roles)
        return [site for pk, site in self.known.items() if ids is None or pk in ids]

    def site_ids(self, roles: Iterable[str]) -> list[uuid.UUID] | None:
        """Ids of those sites; None means every site."""
        wanted = frozenset(roles)
        if wanted & self.everywhere:
            return None
        return [site for site, held in self.at.items() if wanted & held]

    def roles(self) -> frozenset[str]:
        return self.everywhere.union(*self.at.values())


def access_of(user: Any) -> Access:
    """The access of `user` now; kept on the instance, so one query a request."""
    if not getattr(user, "is_authenticated", False):
        return Access()
    if not hasattr(user, "_access"):
        user._access = _read(user)
    return user._access


def _read(user: User) -> Access:
    everywhere: set[str] = set()
    at: dict[uuid.UUID, set[str]] = {}
    known: dict[uuid.UUID, Site] = {}
    for membership in (
        Membership.objects.current().filter(user=user).select_related("site").order_by("site__name")
    ):
        if membership.site is None:
            everywhere.add(membership.role)
        else:
            at.setdefault(membership.site.pk, set()).add(membership.role)
            known[membership.site.pk] = membership.site
    if everywhere:
        known = {site.pk: site for site in Site.objects.order_by("name")}
    return Access(frozenset(everywhere), {site: frozenset(roles) for site, roles in at.items()}, known)


def is_administrator(user: Any) -> bool:
    return access_of(user).has([Role.ADMINISTRATOR])
