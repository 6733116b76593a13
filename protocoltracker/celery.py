"""The doorbell. PostgreSQL holds what is due; Celery only says that it is time to look."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "protocoltracker.settings")

app = Celery("protocoltracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["patients"])
