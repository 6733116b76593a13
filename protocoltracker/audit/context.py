"""Say who writes, and why, for the length of one transaction."""

import contextvars
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
source: contextvars.ContextVar[str] = contextvars.ContextVar("source", default="command")


@contextmanager
def acting(*, by: Any, reason: str = "") -> Iterator[None]:
    """One transaction in the name of `by` (a User, or `"system:<job>"`), with `reason` for what it changes.

    The database refuses a write of an audited table outside such a block, and an update or delete without a reason.
    Blocks nest: the inner one speaks for itself and the outer one's person and reason come back afterwards.
    """
    values = (_name(by), reason, source.get(), request_id.get())
    inside = connection.in_atomic_block  # outside of any transaction the settings end with our own
    with transaction.atomic(), connection.cursor() as cursor:
        before = _get(cursor) if inside else None
        _set(cursor, values)
        yield
        if before is not None:
            _set(cursor, before)


def _name(by: Any) -> str:
    if isinstance(by, str):
        if not by.startswith("system:"):
            raise ValueError(f"acting: {by!r} is neither a user nor a system job ('system:<job>').")
        return by
    if by is None or not getattr(by, "pk", None):
        raise ValueError("acting: a write needs a signed-in person.")
    return f"{by.username} ({by.pk})"


def _get(cursor: Any) -> tuple[str, ...]:
    cursor.execute(
        "SELECT audit.setting('actor'), audit.setting('reason'), audit.setting('source'), "
        "audit.setting('request_id')"
    )
    return cursor.fetchone()


def _set(cursor: Any, values: tuple[str, ...]) -> None:
    cursor.execute(
        "SELECT set_config('tracker.actor', %s, true), set_config('tracker.reason', %s, true), "
        "set_config('tracker.source', %s, true), set_config('tracker.request_id', %s, true)",
        values,
    )
