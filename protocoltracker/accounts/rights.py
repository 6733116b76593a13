"""Roles and rights as a table, told by the policies of each room (settings.RIGHTS): what decides is what is shown."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from protocoltracker.accounts.models import Role


@dataclass(frozen=True)
class Right:
    """`words`: after "may". `condition`: what must be true beside the role, as a sentence, or empty."""

    words: str
    roles: frozenset[str]
    condition: str = ""


@dataclass(frozen=True)
class Section:
    """The rights of one kind of thing, and a sentence that holds for all of them."""

    title: str
    note: str
    rights: tuple[Right, ...]


def right(words: str, roles: Iterable[str], condition: str = "") -> Right:
    return Right(words, frozenset(str(role) for role in roles), condition)


EVERYBODY = frozenset(Role.values)


def sections() -> list[Section]:
    return [section for dotted in settings.RIGHTS for section in import_string(dotted)()]


def of_role(role: str) -> list[str]:
    """What the role may do, in words, in the order of the table."""
    return [one.words for section in sections() for one in section.rights if role in one.roles]
