"""A file of former patients between its check and its storing."""

import hashlib
import uuid
from typing import Any

from django.db import models

from patients.enums import UploadState
from protocoltracker.accounts.models import User
from protocoltracker.records import one_of


class ImportedFile(models.Model):
    """An uploaded file, kept until it is stored or given up; then only its name, size and hash stay.

    The rows themselves are in the records of the patients, each with its history.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    uploaded_at = models.DateTimeField(auto_now_add=True)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(help_text="Emptied when the file is stored or given up.")
    data_cutoff = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.CHECKED)
    ended_at = models.DateTimeField(null=True)
    patients = models.PositiveIntegerField(default=0, help_text="Stored by it.")

    class Meta:
        ordering = ("-uploaded_at",)
        constraints = [
            one_of("upload_state", "state", UploadState),
            models.CheckConstraint(
                condition=models.Q(state=UploadState.CHECKED) | models.Q(content=b""), name="upload_emptied"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of(cls, *, content: bytes, name: str, **facts: Any) -> "ImportedFile":
        """Not saved yet; size and hash are those of the content."""
        digest = hashlib.sha256(content).hexdigest()
        return cls(content=content, name=name[:200], size=len(content), sha256=digest, **facts)
