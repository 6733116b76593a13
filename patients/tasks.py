"""The doors for Celery. A message carries nothing: it only says that it is time to look into the database.

A worker also looks by itself, at its start and whenever no sweep has ended for a while, so that neither a dead beat nor
a dead broker keeps a reminder back.
"""

import datetime as dt
import logging
import threading
from typing import Any

from celery import bootsteps, shared_task
from django.conf import settings
from django.db import close_old_connections, connections

from patients.actions.sweeping import sweep
from patients.models import SweepLog
from protocoltracker import head_mail
from protocoltracker.audit import sealing
from protocoltracker.celery import app
from protocoltracker.clock import database_now
from protocoltracker.health.models import heard
from protocoltracker.health.parts import BEAT

log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def sweep_reminders() -> None:
    """Plan and send what is due; then seal the audit trail."""
    close_old_connections()
    try:
        heard(BEAT)  # it reached us by the broker
        sweep(clock=database_now)
        keep_sealed()
    finally:
        close_old_connections()


def keep_sealed() -> None:
    """Seal what was written to the trail; a fault of it is told and keeps no reminder back."""
    try:
        sealing.seal()
        head_mail.tell(today=database_now().date())
    except Exception as fault:
        log.error("the audit trail was not sealed: %s: %s", type(fault).__name__, fault)


class SweepByItself(bootsteps.StartStopStep):
    """A thread of the worker's main process. It starts before the broker is sought, so it needs none."""

    requires = {"celery.worker.components:Pool"}

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run, name="sweep", daemon=True)

    def start(self, worker: Any) -> None:
        self.thread.start()

    def stop(self, worker: Any) -> None:
        self.ended.set()

    terminate = stop

    def run(self) -> None:
        """Once at the start; then whenever nobody else has swept for one and a half turns."""
        patience = dt.timedelta(0)
        while not self.ended.is_set():
            try:
                if silent_for(patience):
                    sweep(clock=database_now)
                    keep_sealed()
            except Exception as fault:  # the next turn tries again; the page tells if none succeeds
                log.error("the worker's own sweep failed: %s", type(fault).__name__)
            finally:
                connections.close_all()  # open ones must not be there when the pool makes a new process
            patience = dt.timedelta(seconds=settings.SWEEP_SECONDS * 1.5)
            self.ended.wait(settings.SWEEP_SECONDS / 2)


def silent_for(patience: dt.timedelta) -> bool:
    """Whether no sweep has ended within `patience`."""
    return not SweepLog.objects.filter(ended_at__gt=database_now() - patience).exists()


app.steps["worker"].add(SweepByItself)
