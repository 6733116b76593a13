"""Every write on people, roles and sites. `by` is a signed-in person, or `"system:<job>"` for a command."""

import secrets
from collections.abc import Collection
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from psycopg.errors import UniqueViolation

from protocoltracker.accounts import policies
from protocoltracker.accounts.models import Membership, Role, Site, User
from protocoltracker.audit.context import acting
from protocoltracker.records import Refused, check_fresh

# No letter or digit that is mistaken for another when it is read out or copied by hand.
NO_ADDRESS = "A coordinator gets the daily reminders of the site by email: {person} needs an email address."
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def new_password() -> str:
    """Four groups of four: 79 bits, enough for a password that nobody is asked to remember."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def add_person(
    *,
    by: Any,
    username: str,
    full_name: str,
    email: str = "",
    password: str | None = None,
    role: str = "",
    site: Site | None = None,
) -> tuple[User, str]:
    """A new person, with `role` (if any) at `site` (None: every site), and the password to sign in with.

    Without `password` a one-time password is made: the person chooses an own one at the first sign-in. Only a command
    may set a lasting one, because then nobody else's hand is in it.
    """
    with acting(by=by, reason="person added"):
        _check(by, policies.check_administrator)
        if password is not None and isinstance(by, User):
            raise Refused("Nobody chooses a lasting password for somebody else.", field="password")
        person = User(username=User.normalize_username(username), full_name=full_name, email=email)
        secret = password or new_password()
        person.must_change_password = password is None
        person.set_password(secret)
        _clean(person)
        _check_name_is_new(person.username)
        _save_new(person, _name_is_taken(person.username))
        if role:
            give_role(by=by, person=person, role=role, site=site)
    return person, secret


def change_person(
    *, by: Any, person: User, full_name: str, email: str, reason: str, row_version: int | None = None
) -> User:
    with acting(by=by, reason=reason):
        person = _locked(person)
        _check(by, policies.check_manage, person)
        check_fresh(person, row_version)
        if not email and person.memberships.filter(role=Role.COORDINATOR, ended_at__isnull=True).exists():
            raise Refused(NO_ADDRESS.format(person=person), field="email")
        person.full_name, person.email = full_name, email
        _clean(person)
        person.save(update_fields=["full_name", "email"])
    return person


def give_role(*, by: Any, person: User, role: str, site: Site | None, reason: str = "") -> Membership:
    """`role` at `site`, or at every site when `site` is None."""
    with acting(by=by, reason=reason or "role given"):
        person = _locked(person)
        _check(by, policies.check_give, person, site)
        if not person.is_active:
            raise Refused(f"The account of {person} has ended. Let {person} start again first.")
        if role == Role.COORDINATOR and not person.email:
            raise Refused(NO_ADDRESS.format(person=person), field="role")
        membership = Membership(user=person, site=site, role=Role(role), created_by=_person(by))
        where = f"at {site}" if site else "at every site"
        _save_new(
            membership, Refused(f"{person} is {Role(role).label.lower()} {where} already.", field="role")
        )
    return membership


def end_role(*, by: Any, membership: Membership, reason: str) -> Membership:
    """From the next request on the role no longer holds. The membership stays as a record of who could do what."""
    with acting(by=by, reason=reason):
        _lock_administrators()
        membership = (
            Membership.objects.select_for_update(of=("self",))
            .select_related("user", "site")
            .get(pk=membership.pk)
        )
        _check(by, policies.check_give, membership.user, membership.site)
        if membership.ended_at is None:
            membership.ended_at = timezone.now()
            membership.save(update_fields=["ended_at"])
    return membership


def end_person(*, by: Any, person: User, reason: str, row_version: int | None = None) -> User:
    """The person no longer signs in; open pages stop at the next request. The user name stays taken for ever."""
    with acting(by=by, reason=reason):
        _lock_administrators()
        person = _locked(person)
        _check(by, policies.check_manage, person)
        check_fresh(person, row_version)
        for membership in person.memberships.filter(ended_at__isnull=True).order_by("pk").select_for_update():
            membership.ended_at = timezone.now()
            membership.save(update_fields=["ended_at"])
        person.is_active = False
        person.save(update_fields=["is_active"])
    return person


def restore_person(*, by: Any, person: User, reason: str, row_version: int | None = None) -> tuple[User, str]:
    """The person may sign in again, with a one-time password and without any role."""
    with acting(by=by, reason=reason):
        person = _locked(person)
        _check(by, policies.check_manage, person)
        check_fresh(person, row_version)
        person.is_active = True
        secret = _give_one_time_password(person, "is_active")
    return person, secret


def issue_password(*, by: Any, person: User, reason: str) -> tuple[User, str]:
    """A new one-time password; the old one and every open session of the person end with it."""
    with acting(by=by, reason=reason):
        person = _locked(person)
        _check(by, policies.check_manage, person)
        if not person.is_active:
            raise Refused(f"The account of {person} has ended. Let {person} start again first.")
        secret = _give_one_time_password(person)
    return person, secret


def choose_password(*, by: User, password: str, current: str | None = None) -> User:
    """The own password. `current` is needed unless the present one is a one-time password.

    Errors: Refused with everything that is wrong with the new one.
    """
    with acting(by=by, reason="password changed"):
        person = _locked(by)
        if not person.must_change_password and not person.check_password(current or ""):
            raise Refused("This is not your present password.", field="current")
        if person.check_password(password):
            raise Refused("That is the password you have now. Choose another one.", field="new_password1")
        try:
            validate_password(password, person)
        except ValidationError as fault:
            raise Refused(" ".join(fault.messages), field="new_password1") from None
        person.set_password(password)
        person.must_change_password = False
        person.save(update_fields=["password", "must_change_password"])
    return person


def change_profile(*, by: User, theme: str, single_keys: bool) -> User:
    with acting(by=by, reason="own settings"):
        person = _locked(by)
        person.theme, person.single_keys = theme, single_keys
        _clean(person)
        person.save(update_fields=["theme", "single_keys"])
    return person


def add_site(*, by: Any, **values: Any) -> Site:
    """`values`: name, time_zone (IANA), digest_at."""
    with acting(by=by, reason="site added"):
        _check(by, policies.check_trial_administrator)
        site = Site(**values, created_by=_person(by))
        _clean(site)
        _save_new(site, _site_is_taken(site))
    return site


def open_sites(*, by: Any, names: Collection[str]) -> dict[str, Site]:
    """The sites of these names; those that are not there are added, in UTC until somebody gives their time zone.

    For a file of former patients, whose import asks for the right and tells the person.
    """
    with acting(by=by, reason="site named by an imported file"):
        there = set(Site.objects.filter(name__in=names).values_list("name", flat=True))
        new = [Site(name=name, created_by=_person(by)) for name in sorted(set(names) - there)]
        Site.objects.bulk_create(new, ignore_conflicts=True)  # somebody may add one at the same moment
    return {site.name: site for site in Site.objects.filter(name__in=names)}


def change_site(*, by: Any, site: Site, reason: str, row_version: int | None = None, **values: Any) -> Site:
    with acting(by=by, reason=reason):
        site = Site.objects.select_for_update().get(pk=site.pk)
        _check(by, policies.check_site, site)
        check_fresh(site, row_version)
        for name, value in values.items():
            setattr(site, name, value)
        _clean(site)
        _save_new(site, _site_is_taken(site))
    return site


def create_administrator(
    *, username: str, full_name: str, email: str, password: str | None = None
) -> tuple[User, str]:
    """The first administrator of every site, made by a command, because no administrator is there to make one."""
    by = "system:create_administrator"
    with acting(by=by, reason="first administrator"):
        person, secret = add_person(
            by=by, username=username, full_name=full_name, email=email, password=password
        )
        give_role(by=by, person=person, role=Role.ADMINISTRATOR, site=None)
    return person, secret


def _check(by: Any, check: Any, *about: Any) -> None:
    """Ask `check` with the rights as they stand now; a system job is not asked."""
    if isinstance(by, str):
        return
    fresh = User.objects.get(pk=by.pk)
    check(fresh if fresh.is_active else User(is_active=False), *about)


def _person(by: Any) -> User | None:
    return by if isinstance(by, User) else None


def _locked(person: User) -> User:
    return User.objects.select_for_update().get(pk=person.pk)


def _lock_administrators() -> None:
    """Two administrators who end each other at the same moment take turns; the second is no longer one."""
    held = Membership.objects.filter(role=Role.ADMINISTRATOR, ended_at__isnull=True)
    list(held.order_by("pk").select_for_update().values_list("pk"))


def _clean(record: Any) -> None:
    try:
        record.clean_fields(exclude=["password"])
    except ValidationError as fault:
        field, texts = next(iter(fault.message_dict.items()))
        raise Refused(" ".join(texts), field=field) from None


def _save_new(record: Any, refusal: Refused) -> None:
    """Save; a row that is there already becomes `refusal` (also when another request was faster)."""
    try:
        with transaction.atomic():
            record.save()
    except IntegrityError as fault:
        if isinstance(fault.__cause__, UniqueViolation):
            raise refusal from None
        raise


def _check_name_is_new(username: str) -> None:
    if User.objects.filter(username__iexact=username).exists():
        raise _name_is_taken(username)


def _name_is_taken(username: str) -> Refused:
    return Refused(
        f"The user name “{username}” was given before; user names are never given twice. Choose another one.",
        field="username",
    )


def _site_is_taken(site: Site) -> Refused:
    return Refused(f"There is a site “{site.name}” already.", field="name")


def _give_one_time_password(person: User, *also: str) -> str:
    secret = new_password()
    person.set_password(secret)
    person.must_change_password = True
    person.save(update_fields=["password", "must_change_password", *also])
    return secret
