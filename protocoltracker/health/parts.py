"""The parts that every installation has."""

import datetime as dt
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string
from kombu import Connection

from protocoltracker.clock import database_now
from protocoltracker.health.models import Pulse

log = logging.getLogger(__name__)
BEAT = "beat"
ENOUGH_DISK = 2**30  # bytes free
CLOCKS_DIFFER = dt.timedelta(seconds=1)
BROKER_SECONDS = 2


@dataclass(frozen=True)
class Part:
    """`words`: for a signed-in administrator alone."""

    ok: bool
    words: str


def patience() -> dt.timedelta:
    """How long a sign of life may be away: three minutes, or three turns where they are longer."""
    return max(dt.timedelta(minutes=3), dt.timedelta(seconds=3 * settings.SWEEP_SECONDS))


def examine(only: set[str] | None = None) -> dict[str, Part]:
    """The parts by name. Without a database, what is kept in it is not asked for: each question would wait as long."""
    found: dict[str, Part] = {}
    for name, dotted in settings.HEALTH.items():
        if only and name not in only:
            continue
        ask = import_string(dotted)
        if getattr(ask, "in_database", False) and not found.get("database", Part(True, "")).ok:
            found[name] = Part(False, "Not known: the database does not answer.")
        else:
            found[name] = _asked(name, ask)
    return found


def _asked(name: str, ask: Callable[[], Part]) -> Part:
    try:
        return ask()
    except Exception as fault:  # whatever it is, the other parts are still examined
        log.warning("health: %s failed with %s", name, type(fault).__name__)
        return Part(False, f"It does not answer ({type(fault).__name__}).")


def in_database(ask: Callable[[], Part]) -> Callable[[], Part]:
    """Mark a part that is read from the database."""
    ask.in_database = True  # type: ignore[attr-defined]
    return ask


def database() -> Part:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, pg_is_in_recovery()")
        role, copy = cursor.fetchone()
    if copy:
        return Part(False, "It answers, but it is a copy that can only be read.")
    return Part(True, f"It answers, to the role {role}.")


def broker() -> Part:
    """Reminders go out without it, later; pages never ask it."""
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "socket_connect_timeout": BROKER_SECONDS}
    with Connection(settings.CELERY_BROKER_URL, transport_options=options) as asked:
        asked.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=BROKER_SECONDS)
        asked.default_channel.close()  # opening it asks the server
    return Part(True, "It answers.")


@in_database
def beat() -> Part:
    """Beat rings by the broker at a worker, which writes it down: so this tells of the whole chain."""
    last = Pulse.objects.filter(name=BEAT).values_list("at", flat=True).first()
    if last is None:
        return Part(False, "It has never rung.")
    return Part(database_now() - last <= patience(), f"It last rang at {moment(last)}.")


@in_database
def clock() -> Part:
    """Signatures and the audit trail take the database's time, "today" and "overdue" this machine's."""
    apart = abs(dt.datetime.now(dt.UTC) - database_now())
    return Part(
        apart <= CLOCKS_DIFFER, f"This machine and the database are {apart.total_seconds():.1f} s apart."
    )


def disk() -> Part:
    """The disk of the data folder."""
    usage = shutil.disk_usage(settings.HOME)
    share = (
        f"{usage.free / 2**30:.1f} GB of {usage.total / 2**30:.0f} GB are free where the data folder lies."
    )
    return Part(usage.free >= ENOUGH_DISK, share)


def moment(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"
