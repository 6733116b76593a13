"""Readings. This room knows patients by their key alone."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.http import HttpRequest

from protocoltracker.audit import context


class Read(models.Model):
    """A page about a patient was shown to somebody. The run-time role may add rows and nothing else."""

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    patient_id = models.UUIDField()
    page = models.CharField(max_length=20)
    at = models.DateTimeField(db_default=Now(), help_text="By the database's clock.")
    request_id = models.CharField(max_length=32, blank=True)

    class Meta:
        ordering = ("-at", "-id")
        indexes = [models.Index(fields=("patient_id", "at"), name="read_of_patient")]

    def __str__(self) -> str:
        return f"{self.page} at {self.at}"


def note(request: HttpRequest, page: str, patient_id: uuid.UUID) -> None:
    """Write down that `page` is being shown. A part of it that is asked for again (htmx) is no second reading."""
    if getattr(request, "htmx", False):
        return
    Read.objects.create(
        reader_id=str(request.user.pk), patient_id=patient_id, page=page, request_id=context.request_id.get()
    )
