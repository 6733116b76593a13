"""Who may say from which day a site uses a protocol version. Everybody who signs in may read the protocol."""

from typing import Any

from protocoltracker.accounts.access import Denied
from protocoltracker.accounts.models import Site
from protocoltracker.accounts.policies import covers, is_administrator


def check_approve(user: Any, site: Site) -> None:
    if not may_approve(user, site):
        raise Denied(
            f"The approval date of {site} is entered by an administrator of that site. Ask one of them to enter it."
        )


def may_approve(user: Any, site: Site) -> bool:
    return is_administrator(user) and covers(user, site.pk)
