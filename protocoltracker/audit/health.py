"""Whether the audit trail is sealed as it grows: a part of the system's health (settings.HEALTH)."""

from django.db import connection

from protocoltracker.clock import database_now
from protocoltracker.health.parts import Part, in_database, moment, patience

OLDEST = "SELECT min(at) FROM audit.change WHERE id > (SELECT coalesce(max(last_id), 0) FROM audit.seal)"


@in_database
def seal() -> Part:
    """Each look through the reminders seals what was written; an entry that waits for long says that none did."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST)
        (oldest,) = cursor.fetchone()
    if oldest is None:
        return Part(True, "Every entry of the audit trail is sealed.")
    return Part(
        database_now() - oldest <= patience(), f"The oldest entry that is not sealed is of {moment(oldest)}."
    )
