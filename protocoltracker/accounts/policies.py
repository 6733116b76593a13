"""Who may manage people and sites: administrators, at their sites, and never themselves.

`check_x` raises with a reason that a person can act on; `may_x` answers.
"""

from typing import Any

from django.db.models import Q

from protocoltracker.accounts.access import Denied, access_of, is_administrator
from protocoltracker.accounts.models import Membership, Role, Site, User
from protocoltracker.accounts.rights import EVERYBODY, Section, right

ADMINISTRATORS = (Role.ADMINISTRATOR,)
LOOK_BACK = (Role.ADMINISTRATOR, Role.MONITOR)


def is_trial_administrator(user: Any) -> bool:
    """An administrator of every site, present and future."""
    return Role.ADMINISTRATOR in access_of(user).everywhere


def check_administrator(user: Any) -> None:
    if not is_administrator(user):
        raise Denied(
            "People and sites are managed by administrators. Ask one of them for what you need here."
        )


def check_trial_administrator(user: Any) -> None:
    if not is_trial_administrator(user):
        raise Denied("Sites are added by an administrator of every site. Ask one of them.")


def check_site(user: Any, site: Site) -> None:
    if not covers(user, site.pk):
        raise Denied(f"You are no administrator of {site}. Ask one for the change there.")


def sites_for(user: Any) -> list[Site]:
    """Sites that `user` administers, by name."""
    return access_of(user).sites(ADMINISTRATORS)


def people_for(user: Any) -> Any:
    """People whom `user` may see on the people pages: those of the own sites, and those without any role yet."""
    people = User.objects.all()
    site_ids = access_of(user).site_ids(ADMINISTRATORS)
    if site_ids is None:
        return people
    here = Membership.objects.filter(Q(site_id__in=site_ids) | Q(site=None))
    elsewhere = Membership.objects.exclude(site_id__in=site_ids)
    return people.filter(Q(pk__in=here.values("user_id")) | ~Q(pk__in=elsewhere.values("user_id")))


def check_not_self(user: User, person: User) -> None:
    if user.pk == person.pk:
        raise Denied("Nobody changes the own roles or ends the own account. Ask another administrator.")


def check_give(user: User, person: User, site: Site | None) -> None:
    """Roles at `site` (None: at every site) are given and ended by an administrator of that site, to other people."""
    check_administrator(user)
    check_not_self(user, person)
    if site is None and not is_trial_administrator(user):
        raise Denied(
            "A role at every site is given and ended by an administrator of every site. Ask one of them."
        )
    if site is not None and not covers(user, site.pk):
        raise Denied(f"You are no administrator of {site}. Ask one for the change there.")


def check_manage(user: User, person: User) -> None:
    """The account as a whole (name, password, end) is in the hands of an administrator of all its sites."""
    check_administrator(user)
    check_not_self(user, person)
    held = Membership.objects.filter(user=person, ended_at__isnull=True)
    if any(not covers(user, site_id) for site_id in held.values_list("site_id", flat=True)):
        raise Denied(
            f"{person} also works at a site that you do not administer. Ask an administrator of every site for this; "
            "the roles at your own site you can end yourself."
        )


def may_manage(user: User, person: User) -> bool:
    return _allows(check_manage, user, person)


def may_give(user: User, person: User, site: Site | None) -> bool:
    return _allows(check_give, user, person, site)


def check_look_back(user: Any) -> None:
    if not may_look_back(user):
        raise Denied("Who could do what on a day is shown to administrators and monitors. Ask one of them.")


def may_look_back(user: Any) -> bool:
    return access_of(user).has(LOOK_BACK)


def sections() -> list[Section]:
    """For the page of roles and rights."""
    people = (
        right("see people of the own sites and their roles", ADMINISTRATORS),
        right("add a person", ADMINISTRATORS, "With a one-time password; nobody sets a lasting one for somebody else."),
        right("give and end a role", ADMINISTRATORS, "At the own sites; a role at every site takes an administrator of "
              "every site. Never the own roles."),
        right("change, end or open an account, issue a one-time password", ADMINISTRATORS,
              "Where all sites of the person are the own ones. Never the own account."),
        right("add a site", ADMINISTRATORS, "As administrator of every site."),
        right("change a site", ADMINISTRATORS, "At the own sites, with a reason."),
        right("see who could do what on a day", LOOK_BACK, "At the own sites."),
        right("see how the system is", ADMINISTRATORS),
        right("change the own settings and password", EVERYBODY),
    )  # fmt: skip
    note = "Administrators neither see nor change what is recorded about patients. Nobody changes the own rights."
    return [Section("People, sites and the system", note, people)]


def covers(user: User, site_id: Any) -> bool:
    """Whether `user` administers the site; for None, every site."""
    if site_id is None:
        return is_trial_administrator(user)
    return access_of(user).has(ADMINISTRATORS, site_id)


def _allows(check: Any, *args: Any) -> bool:
    try:
        check(*args)
    except Denied:
        return False
    return True
