"""Which roles were held on a day, from the audit trail: what the database wrote down when it happened.

The rows of today would do as long as nobody touched them; the trail also knows what was changed behind them.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from protocoltracker.accounts.models import Role, Site
from protocoltracker.audit.models import Change

MEMBERSHIPS, USERS = "accounts_membership", "accounts_user"


@dataclass(frozen=True)
class Span:
    """A role from `since` to `until` (None: it still holds). `site_id` None: at every site."""

    user_id: uuid.UUID
    site_id: uuid.UUID | None
    role: Role
    since: dt.datetime
    given_by: str
    until: dt.datetime | None = None
    ended_by: str = ""

    def on(self, start: dt.datetime, end: dt.datetime) -> bool:
        """Whether it was held at any moment from `start` up to `end`."""
        return self.since < end and (self.until is None or self.until > start)


def held_on(day: dt.date, sites: Mapping[uuid.UUID, Site]) -> list[Span]:
    """Roles held on the local day of their site; of roles at every site, on the day in UTC. Two queries.

    Roles at sites that are not among `sites` are left out.
    """
    spans = spans_before(dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(days=2))
    return [span for span in spans if _is_seen(span, sites) and span.on(*_day(day, span, sites))]


def _is_seen(span: Span, sites: Mapping[uuid.UUID, Site]) -> bool:
    return span.site_id is None or span.site_id in sites


def _day(day: dt.date, span: Span, sites: Mapping[uuid.UUID, Site]) -> tuple[dt.datetime, dt.datetime]:
    zone: dt.tzinfo = sites[span.site_id].zone if span.site_id else dt.UTC
    start, end = (dt.datetime.combine(one, dt.time(), zone) for one in (day, day + dt.timedelta(days=1)))
    return start, end


def spans_before(moment: dt.datetime) -> list[Span]:
    """Every role that was ever held before `moment`, with what ended it, replayed from the trail."""
    found = Change.objects.filter(table_name__in=[MEMBERSHIPS, USERS], at__lt=moment).order_by("id")
    open_spans: dict[str, Span] = {}
    waiting: dict[str, Span] = {}  # roles that wait for their person's account to be opened again
    closed: list[Span] = []
    for change in found.only("table_name", "row_id", "at", "actor", "old", "new"):
        if change.table_name == USERS:
            _account(change, open_spans, waiting, closed)
        else:
            _membership(change, open_spans, waiting, closed)
    return closed + list(open_spans.values())


def _membership(
    change: Change, open_spans: dict[str, Span], waiting: dict[str, Span], closed: list[Span]
) -> None:
    row, key = change.new or {}, change.row_id
    waiting.pop(key, None)
    holds = bool(row) and not row.get("ended_at")
    if key in open_spans and not (holds and _same(open_spans[key], row)):
        closed.append(_ended(open_spans.pop(key), change))
    if holds and key not in open_spans:
        site = uuid.UUID(row["site_id"]) if row.get("site_id") else None
        open_spans[key] = Span(
            uuid.UUID(row["user_id"]), site, Role(row["role"]), change.at, change.actor_name
        )


def _same(span: Span, row: Mapping[str, Any]) -> bool:
    there = (str(span.user_id), str(span.site_id or ""), span.role)
    return there == (row["user_id"], row.get("site_id") or "", row["role"])


def _account(
    change: Change, open_spans: dict[str, Span], waiting: dict[str, Span], closed: list[Span]
) -> None:
    """Nothing holds while the account has ended."""
    was, now = ((row or {}).get("is_active", True) for row in (change.old, change.new))
    if was == now:
        return
    moved = open_spans if not now else waiting
    for key in _of_person(moved, change.row_id):
        span = moved.pop(key)
        if not now:
            closed.append(_ended(span, change))
            waiting[key] = span
        else:
            open_spans[key] = replace(span, since=change.at, given_by=change.actor_name)


def _of_person(spans: Mapping[str, Span], user_id: str) -> Iterable[str]:
    return [key for key, span in spans.items() if str(span.user_id) == user_id]


def _ended(span: Span, change: Change) -> Span:
    return replace(span, until=change.at, ended_by=change.actor_name)
