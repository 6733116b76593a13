"""The ground under every clinical row: a key that says nothing, who entered it and when, and a version."""

import uuid
from typing import Protocol

from django.conf import settings
from django.db import models


class Record(models.Model):
    """An audited row. `row_version` is counted by the database (1, 2, 3 ...), so that a stale form is noticed.

    Written only inside `protocoltracker.audit.context.acting`; its history is in `audit.change`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )
    row_version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


def required_together(name: str, *fields: str) -> models.CheckConstraint:
    """All of `fields` or none of them."""
    none = models.Q(**{f"{field}__isnull": True for field in fields})
    every = models.Q(**{f"{field}__isnull": False for field in fields})
    return models.CheckConstraint(condition=none | every, name=name)


def between(name: str, field: str, low: object, high: object) -> models.CheckConstraint:
    """`field`, where present, lies in low..high (both included)."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__isnull": True}) | models.Q(**{f"{field}__range": (low, high)}),
        name=name,
    )


def one_of(name: str, field: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    """`field` holds one of the values of `choices`, also for a write that bypasses the form."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": choices.values}), name=name)


def one_of_or_blank(name: str, field: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    """As `one_of`, or nothing: an imported record may leave open what a form asks for."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": ["", *choices.values]}), name=name)


class Refused(Exception):
    """A write that would make the record wrong. The message names the field, the value and the way out.

    `field` is the form field it belongs to, if it belongs to one.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Stale(Refused):
    """Somebody else changed the row since the page was read."""


class Versioned(Protocol):
    """A row whose changes the database counts."""

    @property
    def row_version(self) -> int: ...


def check_fresh(record: Versioned, row_version: int | None) -> None:
    """Refuse a write that is based on an older version of `record`. Call it with the row locked."""
    if row_version is not None and record.row_version != row_version:
        raise Stale(
            f"This was changed by somebody else after you opened the page (version {record.row_version}, yours was "
            f"{row_version}). Nothing of yours was saved. Look at what stands now, then enter your change again."
        )
