"""What the people of a site have to do, for tests."""

import datetime as dt

from patients import queries
from patients.due import due_state
from protocoltracker.accounts.models import Site


def due_at(site: Site, now: dt.datetime) -> set[str]:
    """Subjects with something overdue or due today at `now`, cycles to open included."""
    today = site.today(now)
    doses = queries.due_activities([site], now).select_related("patient")
    urgent = [row for row in doses if due_state(row.on, row.until, row.state, today) in {"overdue", "today"}]
    cycles = queries.due_cycles([site], now, ahead=0).select_related("patient")
    return {row.patient.subject for row in [*urgent, *cycles]}
