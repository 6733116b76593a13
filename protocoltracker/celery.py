"""The doorbell. PostgreSQL holds what is due; Celery only says that it is time to look."""

import logging
import os
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "protocoltracker.settings")

app = Celery("protocoltracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["patients"])


@signals.setup_logging.connect
def _write_as_the_rest_does(loglevel: Any = None, **_: Any) -> None:
    """Celery's own lines would tell the text of a fault; with a receiver here it leaves the log to the settings."""
    if loglevel is not None:
        logging.getLogger("celery").setLevel(loglevel)
