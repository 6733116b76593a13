"""The audit trail of people, sites and roles in words, newest first."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from protocoltracker.accounts.models import Membership, Role, Site, User
from protocoltracker.audit.models import Change

# What every new account has; worth a line only once it changes.
DEFAULTS = {"is_active", "password", "must_change_password", "theme", "single_keys"}
STATES = {"insert": "created", "update": "changed", "delete": "deleted"}
LABELS = {
    "accounts_user": {
        "username": "User name",
        "full_name": "Name",
        "email": "Email",
        "is_active": "May sign in",
        "password": "Password",
        "must_change_password": "Has a one-time password",
        "theme": "Colours",
        "single_keys": "Single-key shortcuts",
    },
    "accounts_site": {"name": "Name", "time_zone": "Time zone", "digest_at": "Daily reminder at"},
    "accounts_membership": {"role": "Role", "site_id": "Site", "user_id": "Person", "ended_at": "Ended"},
}


@dataclass(frozen=True)
class Difference:
    label: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Entry:
    """One change as components/_history.html shows it."""

    state: str
    word: str
    at: datetime
    who: str
    reason: str
    source: str
    request: str
    record: str
    url: str
    changes: list[Difference]


def of_person(person: User, limit: int = 100) -> list[Entry]:
    """Changes of the account and of every role that the person ever had."""
    return _entries(Q(table_name="accounts_user", row_id=str(person.pk)) | _of_roles(user=person), limit)


def of_site(site: Site, limit: int = 100) -> list[Entry]:
    """Changes of the site and of every role at it."""
    return _entries(Q(table_name="accounts_site", row_id=str(site.pk)) | _of_roles(site=site), limit)


def _of_roles(**whose: object) -> Q:
    """By their keys, which are never removed: the trail is found by them without looking into its rows."""
    keys = [str(key) for key in Membership.objects.filter(**whose).values_list("pk", flat=True)]
    return Q(table_name="accounts_membership", row_id__in=keys)


def of_row(table: str, row_id: object, labels: Mapping[str, str], limit: int = 100) -> list[Entry]:
    """Changes of one row of another room; only the columns in `labels` are shown."""
    return _entries(Q(table_name=table, row_id=str(row_id)), limit, {table: labels})


def _entries(wanted: Q, limit: int, labels: Mapping[str, Mapping[str, str]] = LABELS) -> list[Entry]:
    changes = list(Change.objects.filter(wanted).order_by("-id")[:limit])
    names = _names(changes)
    return [_entry(change, names, labels) for change in changes]


def _names(changes: Iterable[Change]) -> dict[str, str]:
    """Names of the people and sites that the roles speak of, by their key."""
    roles = [change.new or {} for change in changes if change.table_name == "accounts_membership"]
    sites = {uuid.UUID(role["site_id"]) for role in roles if role.get("site_id")}
    people = {uuid.UUID(role["user_id"]) for role in roles}
    found: dict[str, str] = {}
    for kind, keys in ((Site, sites), (User, people)):
        found |= {str(one.pk): str(one) for one in kind.objects.filter(pk__in=keys)} if keys else {}
    return found


def _entry(change: Change, names: Mapping[str, str], labels: Mapping[str, Mapping[str, str]]) -> Entry:
    state, word = STATES[change.operation], ""
    if change.table_name == "accounts_membership":
        word = "Role given" if change.operation == "insert" else "Role ended"
    return Entry(
        state=state,
        word=word,
        at=change.at,
        who=change.actor_name,
        reason=change.reason if change.operation != "insert" else "",
        source=change.source,
        request=change.request_id[:4],
        record="",
        url="",
        changes=_differences(change, names, labels[change.table_name]),
    )


def _differences(change: Change, names: Mapping[str, str], labels: Mapping[str, str]) -> list[Difference]:
    if change.table_name == "accounts_membership":
        return [Difference("Role", *_side(change, _role_in_words(change.new or {}, names)))]
    touched = {name: (old, new) for name, old, new in change.differences()}
    shown = [name for name in labels if name in touched and (change.old is not None or name not in DEFAULTS)]
    return [Difference(labels[name], *_pair(change, name, *touched[name])) for name in shown]


def _side(change: Change, text: str) -> tuple[str | None, str | None]:
    """A role that ended is struck through; one that was given stands as new."""
    return (text, None) if (change.new or {}).get("ended_at") else (None, text)


def _role_in_words(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    site = names.get(row.get("site_id") or "", "every site")
    return f"{names.get(row['user_id'], '–')}: {Role(row['role']).label}, {site}"


def _pair(change: Change, name: str, old: object, new: object) -> tuple[str | None, str | None]:
    if name == "password":
        return None, "(not shown)"
    return (None if change.old is None else _shown(old)), _shown(new)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value in (None, "") else str(value)
