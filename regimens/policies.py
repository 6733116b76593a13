"""Who may say from which day a site uses a protocol version. Everybody who signs in may read the protocol."""

import uuid
from typing import Any

from django.http import Http404

from protocoltracker.accounts.access import Denied
from protocoltracker.accounts.models import Site
from protocoltracker.accounts.policies import ADMINISTRATORS, covers, is_administrator, sites_for
from protocoltracker.accounts.rights import EVERYBODY, Section, right


def check_approve(user: Any, site: Site) -> None:
    if not may_approve(user, site):
        raise Denied(
            f"The approval date of {site} is entered by an administrator of that site. Ask one of them to enter it."
        )


def site_to_approve(user: Any, site_id: uuid.UUID) -> Site:
    """A site of the administrator; one of another answers like a missing one. Denied for everybody else."""
    if not is_administrator(user):
        raise Denied(
            "Approval dates are entered by an administrator of the site. Ask one of them to enter it."
        )
    site = next((site for site in sites_for(user) if site.pk == site_id), None)
    if site is None:
        raise Http404("no such site among the own ones")
    return site


def may_approve(user: Any, site: Site) -> bool:
    return is_administrator(user) and covers(user, site.pk)


def sections() -> list[Section]:
    """For the page of roles and rights."""
    rights = (
        right("read every version of the protocol", EVERYBODY),
        right(
            "enter from which day a site uses a version",
            ADMINISTRATORS,
            "At the own sites. A change takes a reason.",
        ),
    )
    return [Section("Protocol", "A version is never changed after it was stored.", rights)]
