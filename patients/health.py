"""Whether reminders are looked after: a part of the system's health (settings.HEALTH)."""

from patients.models import SweepLog
from protocoltracker.clock import database_now
from protocoltracker.health.parts import Part, in_database, moment, patience


@in_database
def sweep() -> Part:
    last = SweepLog.objects.values_list("ended_at", flat=True).first()
    if last is None:
        return Part(False, "Reminders have never been looked through.")
    return Part(database_now() - last <= patience(), f"Reminders were last looked through at {moment(last)}.")
