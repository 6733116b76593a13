"""The sites of the demo and the accounts to sign in with: one password for all."""

from dataclasses import dataclass

from protocoltracker.accounts import actions
from protocoltracker.accounts.models import Role, Site, User

CENTRAL, NORTH, SOUTH = "Central", "North", "South"
SITES = {CENTRAL: "America/Chicago", NORTH: "Europe/Paris", SOUTH: "America/Sao_Paulo"}
EVERY_SITE = None


@dataclass(frozen=True)
class Account:
    """Somebody invented; `roles` are pairs of a role and the name of a site (None: every site)."""

    username: str
    full_name: str
    roles: tuple[tuple[Role, str | None], ...]


ACCOUNTS = (
    Account("nurse", "Nora Whitfield, nurse", ((Role.NURSE, CENTRAL),)),
    Account("nurse2", "Noel Abara, nurse", ((Role.NURSE, CENTRAL),)),
    Account("nurse3", "Ninon Lacroix, nurse", ((Role.NURSE, NORTH),)),
    Account("coordinator", "Carl Brandt, coordinator", ((Role.COORDINATOR, CENTRAL),)),
    Account("coordinator2", "Claire Fontaine, coordinator", ((Role.COORDINATOR, NORTH),)),
    Account("coordinator3", "Camila Duarte, coordinator", ((Role.COORDINATOR, SOUTH),)),
    Account(
        "investigator",
        "Irene Maldonado, investigator",
        tuple((Role.INVESTIGATOR, site) for site in SITES),
    ),
    Account("datamanager", "Daniel Osei, data manager", ((Role.DATA_MANAGER, EVERY_SITE),)),
    Account("monitor", "Mona Keller, monitor", ((Role.MONITOR, EVERY_SITE),)),
    Account("admin", "Ada Novak, administrator", ((Role.ADMINISTRATOR, EVERY_SITE),)),
)


def taken_names() -> list[str]:
    """User names of the demo that somebody has already; a user name is never given twice."""
    ours = [account.username for account in ACCOUNTS]
    return sorted(name for name in User.objects.values_list("username", flat=True) if name.lower() in ours)


def add_sites(*, by: str) -> dict[str, Site]:
    """The demo's sites by name; one that is there already is taken as it is."""
    known = {site.name: site for site in Site.objects.filter(name__in=SITES)}
    return {
        name: known.get(name) or actions.add_site(by=by, name=name, time_zone=zone)
        for name, zone in SITES.items()
    }


def add_people(*, by: str, sites: dict[str, Site], password: str) -> dict[str, User]:
    """The demo's people by user name, fresh from the database, with the one password that needs no change."""
    for account in ACCOUNTS:
        person, _ = actions.add_person(
            by=by,
            username=account.username,
            full_name=account.full_name,
            email=f"{account.username}@example.org",
            password=password,
        )
        for role, site in account.roles:
            actions.give_role(by=by, person=person, role=role, site=sites[site] if site else None)
    return {person.username: person for person in everybody()}


def everybody() -> list[User]:
    return list(User.objects.filter(username__in=[account.username for account in ACCOUNTS]))
